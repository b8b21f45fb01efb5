/** What is checked of a store besides what a start checks. */

/** Whether the store is as it was written. */
export type StoreState =
  /** All of it has been checked, at the start or since. */
  | 'checked'
  /** What a start needs has been checked; the rest is, by and by. Every record is when it is read. */
  | 'being checked'
  /** Something in it is not. */
  | 'damaged';

export interface StoreCheckListener {
  checked(records: number): void;
  /** The store is not as it was written, or could not be checked. */
  failed(error: unknown): void;
}

export interface StoreCheck {
  readonly state: StoreState;
  /** Goes on with what the start has left out, if it has. */
  start(listener: StoreCheckListener): void;
  /** Ends it, wherever it is. */
  stop(): Promise<void>;
}
