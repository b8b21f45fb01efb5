/** What happens to the trail, for those who want to know. */

/** Whom to tell. None of these may throw. */
export interface TrailListener {
  /** Nothing can be recorded from now on. */
  failed?(error: unknown): void;
  /** Again it can. */
  recovered?(failure: TrailFailure): void;
  /** The anchor cannot be written; the trail goes on without. */
  anchorFailed?(error: unknown): void;
  /** A group is about to be written, and its requests will be answered: what has to be so before that is done now. */
  writing?(): void;
  /** A group is durable; how long that took. */
  written?(records: number, milliseconds: number): void;
  /** A segment is complete and will not change any more. */
  closed?(segment: number): void;
}

export interface TrailFailure {
  readonly sinceMs: number;
  readonly error: unknown;
  /** How many records, or calls that could not have been recorded, were refused meanwhile. */
  readonly refused: number;
}
