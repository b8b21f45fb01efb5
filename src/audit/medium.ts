/** What the trail asks of the operating system, and how the file of a segment begins. */
import { closeSync, fdatasync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { chainHash } from '#crypto/audit-seal.ts';
import { headerLine } from './chain.ts';
import type { Segments } from './segments.ts';

/** The medium does not take records at present. What was to be recorded must not be answered. */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable';
}

/** A test may put a failing one in its place. */
export interface Medium {
  write(file: number, bytes: Buffer, position: number): void;
  sync(file: number): Promise<void>;
}

const syncData = promisify(fdatasync);

export const medium: Medium = {
  write(file, bytes, position) {
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(file, bytes, written, bytes.length - written, position + written);
    }
  },
  sync: (file) => syncData(file),
};

export interface NewSegment {
  readonly trail: string;
  readonly segment: number;
  readonly first: number;
  readonly previous: string;
  readonly nowMs: number;
}

/** Makes the file of a segment, on the medium when this returns, with its header alone. Throws where it cannot. */
export function createSegment(segments: Segments, { nowMs, ...wanted }: NewSegment) {
  const path = segments.path(wanted.segment);
  const header = Buffer.from(headerLine({ keywrightAudit: 1, ...wanted, openedAt: new Date(nowMs).toISOString() }));
  rmSync(path, { force: true }); // what an attempt that failed has left
  const file = openSync(path, 'wx+', 0o600);
  try {
    medium.write(file, header, 0);
    fsyncSync(file);
    segments.sync();
    return { file, end: header.length, hash: chainHash('', header) };
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
}
