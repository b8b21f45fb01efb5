/**
 * Whether the trail is all that was ever written: every segment there, every record as it was, nothing cut off, and nothing put
 * back from an older copy. What is found is told exactly, and nothing is changed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { AuditSeal } from '#crypto/audit-seal.ts';
import { type Scan, scanSegment } from './chain.ts';
import type { Head } from './head.ts';
import type { Segments } from './segments.ts';

export interface Finding {
  /** `behind`: what is there is genuine, but older than it should be. */
  readonly kind: 'missing' | 'altered' | 'cut off' | 'behind' | 'forged';
  /** A sentence for the operator. */
  readonly text: string;
}

/** What is known of where the trail ends, from whoever noted it. */
export interface Notes {
  /** From the trail's own folder; `forged` where nobody can vouch for it. */
  readonly own: Head | 'forged' | undefined;
  /** From outside of the data directory, and where that is. */
  readonly anchor: Head | 'forged' | undefined;
  readonly anchorPath: string | undefined;
  /** What has vouched for groups of records; undefined where that cannot be looked at here. */
  readonly seal: Pick<AuditSeal, 'isOf'> | undefined;
  /** From the store: how often the trail has been opened. */
  readonly starts: number;
}

export interface Verification {
  readonly findings: readonly Finding[];
  /** The newest note. Undefined where there is none to trust. */
  readonly head: Head | undefined;
  /** What the last segment holds. */
  readonly lastScan: Scan | undefined;
  /** Bytes after its last whole group: of requests that nobody was answered. */
  readonly tornBytes: number;
  readonly segments: number;
  readonly records: number;
}

export interface Thoroughness {
  /** Also all that is in the segments that are closed. */
  readonly isWhole: boolean;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Reads the files and changes none. */
export async function verifyTrail(segments: Segments, notes: Notes, how: Thoroughness): Promise<Verification> {
  const found = await follow(segments, notes, how);
  const { own, anchor, anchorPath } = notes;
  if (found.findings.length === 0 || typeof own !== 'object' || typeof anchor !== 'object') return found;
  if (own.generation >= anchor.generation) return found;
  // Is it whole, as of an earlier time?
  const earlier = await follow(segments, { ...notes, anchor: undefined, starts: own.starts }, how);
  if (earlier.findings.length > 0) return found;
  const text = `The data directory has been put back from an older copy: its trail ends with record ${own.last} of start ${own.starts}, and had reached record ${anchor.last} of start ${anchor.starts}, as ${anchorPath} says.`;
  return { ...earlier, head: anchor, findings: [{ kind: 'behind', text }] };
}

async function follow(segments: Segments, notes: Notes, { isWhole, onProgress }: Thoroughness): Promise<Verification> {
  const findings = findingsOf(notes);
  const head = newestOf(notes);
  const nothing = { head, findings, lastScan: undefined, tornBytes: 0, segments: 0, records: 0 };
  if (head === undefined) {
    findings.push({ kind: 'missing', text: 'There is no note of where the trail ends (audit/HEAD).' });
    return nothing;
  }
  const present = segments.list().filter((segment) => segment >= head.firstSegment);
  const missing = missingOf(present, head);
  findings.push(...missing);
  if (missing.length > 0) return nothing;
  const follower = new Follower(head, findings, notes.seal);
  for (const [done, segment] of present.entries()) {
    if (!isWhole && segment < head.segment) continue;
    follower.take(segment, readIfPossible(segments, segment), segment === present.at(-1));
    onProgress?.(done + 1, present.length);
    await turn();
  }
  const { scan: lastScan, tornBytes } = follower;
  const records = (lastScan?.last ?? head.last) - (follower.first ?? 1) + 1;
  return { findings, head, lastScan, tornBytes, segments: present.length, records };
}

function findingsOf({ own, anchor, anchorPath, starts }: Notes): Finding[] {
  const findings: Finding[] = [];
  if (own === 'forged') {
    findings.push({ kind: 'forged', text: 'The note of where the trail ends (audit/HEAD) has been altered.' });
  }
  if (anchor === 'forged') findings.push({ kind: 'forged', text: `The anchor ${anchorPath} has been altered.` });
  const head = newestOf({ own, anchor });
  if (head !== undefined && starts < head.starts) {
    const text = `The database is an older copy: it knows of ${starts} starts, and the trail of ${head.starts}.`;
    findings.push({ kind: 'behind', text });
  }
  return findings;
}

function newestOf({ own, anchor }: Pick<Notes, 'own' | 'anchor'>): Head | undefined {
  const heads = [own, anchor].filter((note) => typeof note === 'object');
  return heads.sort((a, b) => b.generation - a.generation)[0];
}

function missingOf(present: readonly number[], { firstSegment, segment }: Head): Finding[] {
  const there = new Set(present);
  const findings: Finding[] = [];
  for (let wanted = firstSegment; wanted <= segment; wanted++) {
    if (there.has(wanted)) continue;
    const from = wanted;
    while (wanted < segment && !there.has(wanted + 1)) wanted++;
    const which = from === wanted ? `Segment ${from} has` : `Segments ${from} to ${wanted} have`;
    findings.push({ kind: 'missing', text: `${which} been removed.` });
  }
  return findings;
}

/** Follows the chain from segment to segment. */
class Follower {
  readonly #head: Head;
  readonly #findings: Finding[];
  readonly #seal: Notes['seal'];
  scan: Scan | undefined;
  tornBytes = 0;
  /** The first record that was seen. */
  first: number | undefined;

  constructor(head: Head, findings: Finding[], seal: Notes['seal']) {
    this.#seal = seal;
    this.#head = head;
    this.#findings = findings;
  }

  take(segment: number, bytes: Buffer | undefined, isLast: boolean): void {
    const scan = bytes && scanSegment(bytes);
    if (
      bytes === undefined ||
      scan === undefined ||
      scan.header.segment !== segment ||
      scan.header.trail !== this.#head.trail
    ) {
      // A crash may leave the beginning of a segment that nothing was written to.
      if (segment > this.#head.segment && isLast) return;
      this.#find('altered', `Segment ${segment} cannot be read: its file has been altered or damaged.`);
      return;
    }
    this.#requireLink(segment, scan);
    const rest = bytes.length - scan.end;
    if (segment < this.#head.segment && rest > 0) this.#findAltered(segment, scan);
    if (segment === this.#head.segment) this.#requireHead(scan, bytes.length);
    this.#requireOwn(segment, scan);
    if (isLast) this.tornBytes = rest;
    this.first ??= scan.header.first;
    this.scan = scan;
  }

  /** Each segment says how the one before it ended. */
  #requireLink(segment: number, { header }: Scan): void {
    const { firstSegment, firstPrevious } = this.#head;
    const previous = segment === firstSegment ? firstPrevious : this.scan?.hash;
    const isFollowing = this.scan === undefined || header.first === this.scan.last + 1;
    if (previous === undefined || (previous === header.previous && isFollowing)) return;
    this.#find(
      'altered',
      `Segment ${segment} does not follow from segment ${segment - 1}: one of them has been altered or cut off.`,
    );
  }

  /** The segment must hold what was in it when its end was noted, and may hold more. */
  #requireHead(scan: Scan, length: number): void {
    const { segment, end, last, hash } = this.#head;
    const isThere = [scan.beginning, ...scan.groups].some((at) => at.end === end && at.hash === hash);
    if (isThere) return;
    const missing = last - scan.last;
    if (length < end && missing > 0) {
      const found = `Segment ${segment} ends with record ${scan.last}`;
      this.#find(
        'cut off',
        `${found}, and had reached record ${last}: the newest ${missing} are missing, or the data directory has been put back from an older copy.`,
      );
    } else this.#findAltered(segment, scan);
  }

  /** Above all what was written after the end was last noted: nothing else vouches for that. */
  #requireOwn(segment: number, { groups }: Scan): void {
    const forged = groups.find(({ hash, mac }) => this.#seal?.isOf(hash, mac) === false);
    if (forged === undefined) return;
    this.#find('forged', `Segment ${segment} has records from ${forged.first} on that this server has not written.`);
  }

  #findAltered(segment: number, { last }: Scan): void {
    this.#find('altered', `Segment ${segment} has been altered or damaged after record ${last}.`);
  }

  #find(kind: Finding['kind'], text: string): void {
    this.#findings.push({ kind, text });
  }
}

function readIfPossible(segments: Segments, segment: number): Buffer | undefined {
  try {
    return segments.read(segment);
  } catch {
    return undefined; // what cannot be read or decompressed is not what was written
  }
}
