/** What is worked out of a segment once it is closed, in one pass over its records, and kept in a file beside it. */
import type { AuditEvent } from './event.ts';
import type { SealedBlock } from './sealing/blocks.ts';

export interface Sidecar {
  /** Of the file's name, after the segment's number: `.idx`. Another form of the content has another ending. */
  readonly ending: string;
  begin(): SidecarWork;
}

export interface SidecarWork {
  /** Records come in order; `block` is the number of the compressed block that the record lies in, from 0. */
  take(event: AuditEvent, block: number): void;
  /** What the file is to hold; `blocks` are all blocks of the segment. */
  finish(blocks: readonly SealedBlock[]): Uint8Array;
}
