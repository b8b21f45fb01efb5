/** An audit trail in a temporary directory, with a store in memory, that is closed, killed and opened again as a test wishes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf, scanSegment } from '#audit/chain.ts';
import { type Medium, medium } from '#audit/medium.ts';
import { inspectTrail, openTrail, type TrailPlace } from '#audit/open-trail.ts';
import { Segments } from '#audit/segments.ts';
import type { Trail, TrailSettings } from '#audit/trail.ts';
import type { Verification } from '#audit/verify.ts';
import { ManualClock } from '#base/clock.ts';
import type { Vault } from '#custody/vault.ts';
import { memoryVault } from './kms.ts';
import { until } from './server-process.ts';

export interface TrailBench extends AsyncDisposable {
  readonly trail: Trail;
  readonly vault: Vault;
  readonly place: TrailPlace;
  readonly headPath: string;
  readonly anchorPath: string;
  /** How often the medium was synchronised. */
  readonly syncs: number;
  /** Opens it again; a killed trail was not closed before. Rejects as openTrail does. */
  reopen(how?: { readonly isKilled: boolean }): Promise<void>;
  /** Looks at all of it. */
  verify(): Promise<Verification>;
  /** Waits until it can be written again. */
  recovered(): Promise<void>;
}

export type TrailBenchSettings = Partial<Pick<TrailSettings, 'medium' | 'segmentBytes' | 'retryMs'>> & {
  readonly clock?: ManualClock;
};

export async function makeTrail(settings: TrailBenchSettings = {}): Promise<TrailBench> {
  const { clock = new ManualClock(), ...own } = settings;
  const directory = mkdtempSync(join(tmpdir(), 'keywright-trail-'));
  const place = { directory: join(directory, 'audit'), anchors: join(directory, 'anchors') };
  const vault = await memoryVault(clock);
  let syncs = 0;
  const below = own.medium ?? medium;
  const counting: Medium = {
    write: below.write,
    sync(file) {
      syncs++;
      return below.sync(file);
    },
  };
  const open = () => openTrail(vault, place, { ...own, medium: counting });
  let trail = await open();
  const verify = async () => {
    const found = await inspectTrail(vault, place);
    if (found === undefined) throw new Error('There is a trail.');
    return found;
  };
  return {
    get trail() {
      return trail;
    },
    vault,
    place,
    headPath: join(place.directory, 'HEAD'),
    get anchorPath() {
      return trail.anchorPath ?? '';
    },
    get syncs() {
      return syncs;
    },
    async reopen({ isKilled } = { isKilled: false }) {
      if (!isKilled) await trail.close();
      trail = await open();
    },
    verify,
    recovered: () => until('the trail can be written', () => trail.failure === undefined),
    async [Symbol.asyncDispose]() {
      await trail.close().catch(() => undefined); // a test may have closed it
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** How many records each request has in a folder of segments, by request id; copies for the owners of keys not counted. */
export function recordedRequests(directory: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { requestID, recipientAccountId, userIdentity } of readRecords(new Segments(directory))) {
    if (userIdentity.accountId !== undefined && userIdentity.accountId !== recipientAccountId) continue;
    counts.set(requestID, (counts.get(requestID) ?? 0) + 1);
  }
  return counts;
}

/** Every record of a trail, parsed, as its files have them. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at records of every shape
export function readRecords(segments: Segments): any[] {
  return segments.list().flatMap((segment) => {
    const bytes = segments.read(segment);
    const { groups } = scanSegment(bytes) ?? { groups: [] };
    return groups.flatMap((group) => linesOf(bytes, group).map((line) => JSON.parse(line)));
  });
}
