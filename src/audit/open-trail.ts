/** Opens the trail of a data directory, or begins it; refuses one that is not all that was ever written. */
import { closeSync, existsSync, mkdirSync, readdirSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { AuditSeal } from '#crypto/audit-seal.ts';
import { sha256Hex } from '#crypto/digest.ts';
import { randomUUID } from '#crypto/random.ts';
import { openServiceSecret, type Vault } from '#custody/vault.ts';
import { noHash } from './chain.ts';
import type { ServiceEvent } from './event.ts';
import { type Head, HeadFile } from './head.ts';
import { createSegment } from './medium.ts';
import { Segments } from './segments.ts';
import { putServiceEvent } from './service-events.ts';
import { Trail, type TrailSettings } from './trail.ts';
import { type Finding, type Thoroughness, type Verification, verifyTrail } from './verify.ts';

/** The trail is not all that was ever written, and nobody has accepted that. */
export class TrailError extends Error {
  override readonly name = 'TrailError';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const texts = findings.map(({ text }) => `\n  ${text}`).join('');
    super(
      `The audit trail is not what it was:${texts}\nNothing has been changed. "keywright audit verify" looks at all of it; "keywright audit accept --reason TEXT" sets it aside, says so in a new one, and lets the server start.`,
    );
    this.findings = findings;
  }
}

export interface TrailPlace {
  /** The folder of the trail in the data directory. */
  readonly directory: string;
  /** A folder outside of the data directory for the anchor; undefined for none. */
  readonly anchors: string | undefined;
}

export type TrailTuning = Pick<TrailSettings, 'medium' | 'segmentBytes' | 'retryMs'>;

/** Throws TrailError for a trail that has been altered; what a crash left behind its last whole group is cut off. */
export async function openTrail(vault: Vault, place: TrailPlace, tuning: TrailTuning = {}): Promise<Trail> {
  const found = await lookAt(vault, place, { isWhole: false });
  if (found === undefined) return begin(vault, place, tuning);
  const { files, findings, head, lastScan, tornBytes } = found;
  if (findings.length > 0 || head === undefined || lastScan === undefined) throw new TrailError(findings);
  const { header, end, last, hash } = lastScan;
  if (tornBytes > 0) truncateSync(files.segments.path(header.segment), end);
  const starts = await countStart(vault, head.trail, head.starts);
  const reached = { ...head, starts, segment: header.segment, end, last, hash };
  return new Trail(reached, { ...files, ...tuning, clock: vault.clock });
}

/** The same beside the server that writes it, whose word `head` is. */
export function inspectServedTrail(
  { directory }: TrailPlace,
  head: Head,
  onProgress?: Thoroughness['onProgress'],
): Promise<Verification> {
  const notes = { own: head, anchor: undefined, anchorPath: undefined, seal: undefined, starts: head.starts };
  return verifyTrail(segmentsIn(directory), notes, { isWhole: true, ...(onProgress && { onProgress }) });
}

/** Looks at all of it. Undefined where there is no trail. Changes nothing. */
export function inspectTrail(vault: Vault, place: TrailPlace, onProgress?: Thoroughness['onProgress']) {
  return lookAt(vault, place, { isWhole: true, ...(onProgress && { onProgress }) });
}

/** What is being accepted: the record of it is made of this. */
export interface Acceptance {
  readonly findings: readonly Finding[];
  /** Where what is wrong is kept from now on; undefined where it goes on being the trail. */
  readonly setAside: string | undefined;
}

/**
 * Lets the trail go on in spite of what is wrong with it: one that is only older than it should be is continued, any other is set
 * aside whole. `eventOf` makes the record of it, which is in the trail when that is next opened, whatever happens in between.
 */
export async function acceptTrail(
  vault: Vault,
  place: TrailPlace,
  eventOf: (acceptance: Acceptance) => ServiceEvent,
): Promise<Acceptance> {
  const found = await lookAt(vault, place, { isWhole: true });
  if (found === undefined || found.findings.length === 0) return { findings: [], setAside: undefined };
  const { files, findings, head, lastScan } = found;
  const stamp = new Date(vault.clock.now()).toISOString().replaceAll(':', '');
  const goesOn = head !== undefined && lastScan !== undefined && findings.every(({ kind }) => kind === 'behind');
  const acceptance = { findings, setAside: goesOn ? undefined : `${place.directory}-set-aside-${stamp}` };
  // First: whoever stops here finds the trail as it was.
  await vault.store.write(async (transaction) => {
    putServiceEvent(transaction, eventOf(acceptance));
    const kept = await transaction.get('trail', ['trail']);
    if (goesOn) transaction.put('trail', ['trail'], { ...kept, trailId: head.trail, starts: head.starts });
    else transaction.delete('trail', ['trail']);
  });
  if (goesOn) {
    const { header, end, last, hash } = lastScan;
    const next = { ...head, generation: head.generation + 1, segment: header.segment, end, last, hash };
    for (const file of [files.headFile, files.anchor]) file?.write(file.note(next));
  } else {
    retireAnchors(place);
    renameSync(place.directory, acceptance.setAside ?? '');
    keepDelivered(acceptance.setAside ?? '', place.directory);
  }
  for (const file of [files.headFile, files.anchor]) file?.close();
  return acceptance;
}

/** For a store that is restored where there is no trail any more: that the old one is gone has been decided. */
export function forgetLostTrail(place: TrailPlace): void {
  if (!existsSync(join(place.directory, 'HEAD'))) retireAnchors(place);
}

/** From now on the trail of this place is another one. What the anchors say is kept. */
function retireAnchors({ directory, anchors }: TrailPlace): void {
  for (const path of anchorsOf({ directory, anchors })) renameSync(path, `${path}.retired`);
}

/** All anchors of this place, whichever trail they are of. */
function anchorsOf({ directory, anchors }: TrailPlace): readonly string[] {
  if (anchors === undefined || !existsSync(anchors)) return [];
  const ending = placeEnding(directory);
  return readdirSync(anchors).flatMap((name) => (name.endsWith(ending) ? [join(anchors, name)] : []));
}

function placeEnding(directory: string): string {
  return `-${sha256Hex(directory).slice(0, 8)}`;
}

/** What has been delivered is there for others, who know what they have by its signatures. */
function keepDelivered(aside: string, directory: string): void {
  const delivered = join(aside, 'cloudtrail');
  if (!existsSync(delivered)) return;
  mkdirSync(directory, { mode: 0o700 });
  renameSync(delivered, join(directory, 'cloudtrail'));
}

interface Files {
  readonly segments: Segments;
  readonly headFile: HeadFile;
  readonly anchor: HeadFile | undefined;
}

interface Found extends Verification {
  readonly files: Files;
  /** Whether there is a note outside of the data directory. */
  readonly hasAnchor: boolean;
}

/** Undefined where there is no trail, and none is known of. */
async function lookAt(vault: Vault, place: TrailPlace, how: Thoroughness): Promise<Found | undefined> {
  const kept = await vault.store.get('trail', ['trail']);
  const { segments, headFile, seal } = await filesOf(vault, place);
  const own = headFile.read();
  if (kept === undefined && own === undefined) return lostTrail(place, { segments, headFile, seal });
  const trailId = kept?.trailId ?? (typeof own === 'object' ? own.trail : '');
  const anchor = anchorOf(place, trailId, seal);
  const files = { segments, headFile, anchor };
  // After a restore the store does not know of the trail; its key shows that it is its own.
  const starts = kept?.starts ?? (typeof own === 'object' ? own.starts : 0);
  const notes = { own, anchor: anchor?.read(), anchorPath: anchor?.path, seal, starts };
  const verification = await verifyTrail(segments, notes, how);
  const strange = typeof own === 'object' && kept !== undefined && own.trail !== kept.trailId;
  const hasAnchor = notes.anchor !== undefined;
  if (!strange) return { ...verification, files, hasAnchor };
  const text = 'The trail in the data directory is that of another store.';
  return { ...verification, files, hasAnchor, findings: [{ kind: 'altered', text }] };
}

/** Where neither folder nor store know of a trail, an anchor may. */
function lostTrail(
  place: TrailPlace,
  { segments, headFile, seal }: { readonly segments: Segments; readonly headFile: HeadFile; readonly seal: AuditSeal },
): Found | undefined {
  for (const path of anchorsOf(place)) {
    const anchor = new HeadFile(path, seal);
    const head = anchor.read();
    if (typeof head !== 'object') continue; // of a store that was here before
    const text = `The audit trail is gone: it had reached record ${head.last}, as ${path} says.`;
    const nothing = { lastScan: undefined, tornBytes: 0, segments: 0, records: 0 };
    const files = { segments, headFile, anchor };
    return { ...nothing, head, findings: [{ kind: 'missing', text }], files, hasAnchor: true };
  }
  return undefined;
}

/** The segments of the trail in its folder. */
export function segmentsIn(directory: string): Segments {
  return new Segments(join(directory, 'segments'));
}

async function filesOf(vault: Vault, { directory }: TrailPlace) {
  using secret = await openServiceSecret(vault, 'audit');
  const seal = new AuditSeal(secret);
  const segments = segmentsIn(directory);
  mkdirSync(segments.directory, { recursive: true, mode: 0o700 });
  return { segments, headFile: new HeadFile(join(directory, 'HEAD'), seal), seal };
}

/** Named by trail and place: a copy that is used elsewhere is not the one that was put back. */
function anchorOf({ directory, anchors }: TrailPlace, trailId: string, seal: AuditSeal): HeadFile | undefined {
  if (anchors === undefined) return undefined;
  return new HeadFile(join(anchors, `${trailId}${placeEnding(directory)}`), seal);
}

async function begin(vault: Vault, place: TrailPlace, tuning: TrailTuning): Promise<Trail> {
  const trail = randomUUID();
  const { segments, headFile, seal } = await filesOf(vault, place);
  const nowMs = vault.clock.now();
  const { file, end, hash } = createSegment(segments, { trail, segment: 1, first: 1, previous: noHash, nowMs });
  closeSync(file);
  const starts = 1;
  const head: Head = {
    trail,
    generation: 0,
    starts,
    firstSegment: 1,
    firstPrevious: noHash,
    segment: 1,
    end,
    last: 0,
    hash,
  };
  headFile.write(headFile.note(head));
  headFile.sync();
  // Last: as long as the store does not know of it, it begins anew.
  await countStart(vault, trail, 0);
  const anchor = anchorOf(place, trail, seal);
  return new Trail(head, { segments, headFile, anchor, ...tuning, clock: vault.clock });
}

async function countStart(vault: Vault, trailId: string, noted: number): Promise<number> {
  return vault.store.write(async (transaction) => {
    const kept = await transaction.get('trail', ['trail']);
    const starts = Math.max(kept?.starts ?? 0, noted) + 1;
    transaction.put('trail', ['trail'], { ...kept, trailId, starts });
    return starts;
  });
}
