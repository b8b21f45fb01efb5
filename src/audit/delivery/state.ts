/**
 * How far delivery has come. What is to be done next is written down before it is begun (`plan`), and everything follows from
 * that: after a kill it is done again, with the same files and the same bytes, so that every record is in exactly one file.
 */
import type { Destination } from './delivered-files.ts';
import type { Workplace } from './workplace.ts';

/** A place in the trail, after a group of records or, with offset 0, before the header of a segment. */
export interface Cursor {
  readonly segment: number;
  readonly offset: number;
  /** The sequence number of the record before it. */
  readonly last: number;
  /** The hash of the chain there. */
  readonly hash: string;
}

/** A log file that has been delivered, and that no digest file has yet. */
export interface LogFile {
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of its content, uncompressed. */
  readonly hash: string;
  readonly oldest: string;
  readonly newest: string;
  readonly atMs: number;
}

export interface PreviousDigest {
  readonly bucket: string;
  readonly key: string;
  readonly hash: string;
  readonly signature: string;
}

/** The digest files of an account in a Region. */
export interface DigestChain {
  readonly accountId: string;
  readonly region: string;
  /** When the next one starts, which is when the one before has ended. */
  readonly startMs: number;
  readonly previous: PreviousDigest | null;
  readonly pending: readonly LogFile[];
  readonly latestDeliveryMs: number;
  readonly latestDigestMs: number | null;
}

/** Settings that must not change between an attempt and the next. */
export interface PlanSettings {
  readonly destination: Destination;
  /** Whether the files are to be uploaded. */
  readonly isUploaded: boolean;
  readonly atMs: number;
}

/** Deliver what there is from the cursor to there, or as much of it as one step takes. */
export interface LogPlan extends PlanSettings {
  readonly kind: 'logs';
  readonly to: { readonly segment: number; readonly end: number };
}

/** Make the digest files of all full hours up to then; with `isFlush`, also one that ends then. */
export interface DigestPlan extends PlanSettings {
  readonly kind: 'digests';
  readonly untilMs: number;
  readonly isFlush: boolean;
}

export interface State {
  readonly version: 1;
  readonly trail: string;
  readonly startedMs: number;
  readonly cursor: Cursor;
  readonly plan: LogPlan | DigestPlan | null;
  /** By account and Region, `111122223333/us-east-1`. */
  readonly chains: Readonly<Record<string, DigestChain>>;
  /** How many lists of files to upload there have been. */
  readonly batches: number;
  /** All buckets that files were said to lie in; null for one of each account. */
  readonly buckets: readonly (string | null)[];
}

export function readState(workplace: Workplace): State | undefined {
  return workplace.readState() as State | undefined; // ours
}

/** Puts the files of a finished step into the outbox if they are to be uploaded, and the state behind it. */
export function commit(workplace: Workplace, state: State, files: readonly Delivered[], plan: PlanSettings): State {
  const { destination, isUploaded, atMs } = plan;
  const isListed = isUploaded && files.length > 0;
  if (isListed) workplace.placeBatch(state.batches + 1, { atMs, bucket: destination.bucket, files } satisfies Batch);
  const bucket = destination.bucket ?? null;
  const next: State = {
    ...state,
    batches: state.batches + (isListed ? 1 : 0),
    buckets: state.buckets.includes(bucket) ? state.buckets : [...state.buckets, bucket],
  };
  workplace.writeState(next);
  return next;
}

export interface Delivered {
  readonly accountId: string;
  readonly key: string;
}

/** Files to upload, oldest first. */
export interface Batch {
  readonly atMs: number;
  readonly bucket: string | undefined;
  readonly files: readonly Delivered[];
}
