/** A trail with records to deliver, and the files that come of it, for tests below the wire. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bucketOf, type Destination } from '#audit/delivery/delivered-files.ts';
import { serviceEvent } from '#audit/event.ts';
import { openTrail } from '#audit/open-trail.ts';
import type { Trail } from '#audit/trail.ts';
import { ManualClock } from '#base/clock.ts';
import type { Vault } from '#custody/vault.ts';
import { parseAccountId, parseRegion } from '#model/arn.ts';
import type { GetObject } from './cloudtrail.ts';
import { memoryVault, testPlace } from './kms.ts';

export interface Place extends AsyncDisposable {
  readonly vault: Vault;
  readonly clock: ManualClock;
  readonly trail: Trail;
  /** Of the trail. */
  readonly directory: string;
  /** Of what is delivered. */
  readonly workplace: string;
  /** Closes the trail and opens it again, as a process that ends and is started. */
  reopen(): Promise<Trail>;
}

/** Half past three, so that hours are easy to see. */
export const startMs = Date.UTC(2026, 0, 2, 3, 30);

export async function startPlace(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const clock = new ManualClock(startMs);
  const vault = await memoryVault(clock);
  let trail = await openTrail(vault, { directory, anchors: undefined });
  return {
    vault,
    clock,
    get trail() {
      return trail;
    },
    directory,
    workplace: join(directory, 'cloudtrail'),
    async reopen() {
      await trail.close();
      trail = await openTrail(vault, { directory, anchors: undefined });
      return trail;
    },
    async [Symbol.asyncDispose]() {
      await trail.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const here: Destination = { prefix: '', home: testPlace() };

export interface Wanted {
  readonly account?: string;
  readonly region?: string;
  /** By what the test knows it again. */
  readonly name: string;
}

export function lineOf({ account = '111122223333', region = 'us-east-1', name }: Wanted, atMs = startMs): string {
  const accountId = parseAccountId(account);
  const place = parseRegion(region);
  assert(accountId !== undefined && place !== undefined);
  // What callers choose may look like what is looked for.
  const details = {
    evil: '","recipientAccountId":"999999999999","awsRegion":"xx-evil-1"',
    recipientAccountId: '999999999999',
  };
  return JSON.stringify(serviceEvent({ eventName: name, accountId, region: place, atMs, details }));
}

/** The paths of all files below a folder. */
export function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return names.filter((name) => statSync(join(folder, name)).isFile());
}

/** The keys of an account's files that have that in their names. */
export function keysIn(workplace: string, part: string, account = '111122223333'): readonly string[] {
  return filesIn(join(workplace, account)).filter((key) => key.includes(part) && key.endsWith('.json.gz'));
}

/** As if the folder were the bucket of that name. */
export function objectsIn(workplace: string, account = '111122223333', bucket = bucketOf(account)): GetObject {
  return (name, key) => {
    if (name !== bucket) return undefined;
    try {
      const path = join(workplace, account, key);
      const metadata = key.includes('Digest') ? JSON.parse(readFileSync(`${path}.meta`, 'utf8')) : {};
      return { bytes: readFileSync(path), metadata };
    } catch {
      return undefined;
    }
  };
}
