/**
 * Log files: the records of a stretch of the trail by account and Region, as `{"Records":[…]}`, gzipped. They are compressed piece
 * by piece (RFC 1951 lets blocks follow each other, RFC 1952 puts them into one member), so that few lines are in memory however
 * many there are. Source: AWS CloudTrail User Guide, CloudTrail log file name format, Finding your CloudTrail log files.
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { linesOf } from '#audit/chain.ts';
import type { Segments } from '#audit/segments.ts';
import { RunningHash } from '#crypto/audit-digest.ts';
import { parseAccountId, parseRegion } from '#model/arn.ts';
import { bucketOf } from './delivered-files.ts';
import { hourMs, logFileKey, type Owner } from './names.ts';
import { groupsFrom } from './reading.ts';
import { type Cursor, commit, type DigestChain, type LogFile, type LogPlan, type State } from './state.ts';
import type { Workplace } from './workplace.ts';

export interface StepSizes {
  /** How much of the trail one step delivers, in bytes. */
  readonly step: number;
  /** How many bytes of lines are in memory at a time. */
  readonly piece: number;
  /** How large a file may become, as text and gzipped, before the next is begun. */
  readonly text: number;
  readonly gzipped: number;
}

export const stepSizes: StepSizes = { step: 134_217_728, piece: 4_194_304, text: 48_000_000, gzipped: 4_000_000 };

/** Does what the state has planned, as far as one step goes. */
export function deliverLogs(
  workplace: Workplace,
  segments: Segments,
  { state, plan, sizes = stepSizes }: { readonly state: State; readonly plan: LogPlan; readonly sizes?: StepSizes },
): State {
  workplace.clearDrafts();
  const writer = new LogWriter(workplace, state.trail, plan, sizes);
  let cursor = state.cursor;
  let bytesRead = 0;
  for (const { bytes, group, cursor: next } of groupsFrom(segments, cursor, plan.to)) {
    for (const [index, line] of linesOf(bytes, group).entries()) writer.take(line, group.first + index);
    cursor = next;
    bytesRead += group.end - group.from;
    if (bytesRead >= sizes.step) break;
  }
  const finished = writer.finish();
  for (const { draft, file, owner } of finished) workplace.publish(draft, owner.accountId, file.key);
  const done = { ...state, cursor, plan: null, chains: withFiles(state.chains, finished, plan) };
  const delivered = finished.map(({ owner, file }) => ({ accountId: owner.accountId, key: file.key }));
  return commit(workplace, done, delivered, plan);
}

export function isBefore(cursor: Cursor, to: LogPlan['to']): boolean {
  return cursor.segment < to.segment || (cursor.segment === to.segment && cursor.offset < to.end);
}

// Diverges: digest-regions
function withFiles(chains: State['chains'], finished: readonly FinishedFile[], { atMs }: LogPlan): State['chains'] {
  const next: Record<string, DigestChain> = { ...chains };
  for (const { owner, file } of finished) {
    const name = `${owner.accountId}/${owner.region}`;
    const fresh = { startMs: atMs - (atMs % hourMs), previous: null, pending: [], latestDigestMs: null };
    const chain = next[name] ?? { ...fresh, ...owner };
    next[name] = { ...chain, pending: [...chain.pending, file], latestDeliveryMs: atMs };
  }
  return next;
}

interface FinishedFile {
  readonly draft: string;
  readonly owner: Owner;
  readonly file: LogFile;
}

/** Lines of an owner that wait to be compressed together. */
interface Waiting {
  readonly owner: Owner;
  readonly lines: string[];
  readonly first: number;
  readonly times: string[];
}

class LogWriter {
  readonly #workplace: Workplace;
  readonly #trail: string;
  readonly #plan: LogPlan;
  readonly #sizes: StepSizes;
  readonly #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  readonly #open = new Map<string, OpenFile>();
  readonly #finished: FinishedFile[] = [];
  #drafts = 0;

  constructor(workplace: Workplace, trail: string, plan: LogPlan, sizes: StepSizes) {
    this.#workplace = workplace;
    this.#trail = trail;
    this.#plan = plan;
    this.#sizes = sizes;
  }

  take(line: string, sequence: number): void {
    const { owner, time } = readLine(line, this.#plan);
    const name = `${owner.accountId}/${owner.region}`;
    let waiting = this.#waiting.get(name);
    if (waiting === undefined) {
      waiting = { owner, lines: [], first: sequence, times: [] };
      this.#waiting.set(name, waiting);
    }
    waiting.lines.push(line);
    waiting.times.push(time);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= this.#sizes.piece) this.#compress();
  }

  finish(): readonly FinishedFile[] {
    this.#compress();
    for (const name of this.#open.keys()) this.#close(name);
    return this.#finished;
  }

  #compress(): void {
    for (const [name, waiting] of this.#waiting) this.#write(name, waiting);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #write(name: string, { owner, lines, first, times }: Waiting): void {
    const text = lines.join(',');
    const { text: mostText, gzipped: mostGzipped } = this.#sizes;
    if ((this.#open.get(name)?.textBytes ?? 0) + text.length > mostText) this.#close(name);
    const file = this.#open.get(name) ?? this.#begin(name, owner, first);
    file.add(text, times);
    if (file.gzippedBytes > mostGzipped) this.#close(name);
  }

  #begin(name: string, owner: Owner, first: number): OpenFile {
    const draft = `log-${++this.#drafts}`;
    const file = new OpenFile(owner, first, (bytes) => this.#workplace.append(draft, bytes), draft);
    this.#open.set(name, file);
    return file;
  }

  #close(name: string): void {
    const file = this.#open.get(name);
    if (file === undefined) return;
    this.#open.delete(name);
    const { owner, first, draft } = file;
    const { destination, atMs } = this.#plan;
    const key = logFileKey(destination, { ...owner, atMs, first, trail: this.#trail });
    const bucket = bucketOf(owner.accountId, destination.bucket);
    this.#finished.push({ draft, owner, file: { bucket, key, atMs, ...file.finish() } });
  }
}

const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Callers choose much of what is in a record, so it is parsed and not searched. */
function readLine(line: string, { destination: { home }, atMs }: LogPlan): { owner: Owner; time: string } {
  const { recipientAccountId, awsRegion, eventTime } = Object(JSON.parse(line));
  const accountId = parseAccountId(String(recipientAccountId)) ?? home.accountId;
  const region = parseRegion(String(awsRegion)) ?? home.region;
  const time = timeForm.test(eventTime) ? eventTime : `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  return { owner: { accountId, region }, time };
}

/** RFC 1952 section 2.3.1: no name, no time, whatever system, so that the same records make the same bytes. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** RFC 1951 section 3.2.6: the last block, with nothing in it. */
const lastBlock = Buffer.from([3, 0]);

class OpenFile {
  readonly owner: Owner;
  /** The sequence number of its first record. */
  readonly first: number;
  readonly draft: string;
  textBytes = 0;
  gzippedBytes = 0;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #hash = new RunningHash();
  #crc = 0;
  #oldest = '';
  #newest = '';

  constructor(owner: Owner, first: number, write: (bytes: Uint8Array) => void, draft: string) {
    this.owner = owner;
    this.first = first;
    this.draft = draft;
    this.#write = write;
  }

  add(text: string, times: readonly string[]): void {
    const isFirst = this.textBytes === 0;
    this.#compress(`${isFirst ? '{"Records":[' : ','}${text}`, isFirst ? gzipHeader : undefined);
    for (const time of times) {
      if (this.#oldest === '' || time < this.#oldest) this.#oldest = time;
      if (time > this.#newest) this.#newest = time;
    }
  }

  finish(): Pick<LogFile, 'hash' | 'oldest' | 'newest'> {
    this.#compress(']}');
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.textBytes % 2 ** 32, 4);
    this.#write(Buffer.concat([lastBlock, trailer]));
    return { hash: this.#hash.finish(), oldest: this.#oldest, newest: this.#newest };
  }

  #compress(text: string, before = Buffer.alloc(0)): void {
    const bytes = Buffer.from(text);
    this.#hash.update(bytes);
    this.#crc = crc32(bytes, this.#crc);
    this.textBytes += bytes.length;
    const blocks = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    this.gzippedBytes += blocks.length;
    this.#write(Buffer.concat([before, blocks]));
  }
}
