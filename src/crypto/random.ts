/**
 * Random bytes from the operating system's generator by way of OpenSSL's DRBG (SP 800-90A), drawn in bulk: one small
 * request a time costs more than the bytes are worth. What has been handed out is wiped from the pool.
 */
import { randomFillSync } from 'node:crypto';

const poolBytes = 16_384;
const pool = Buffer.alloc(poolBytes);
let used = poolBytes;

/** `length` fresh random bytes, the caller's own. */
export function randomBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  fillRandomly(bytes, 0, length);
  return bytes;
}

/** Fresh random bytes for a part of what the caller has. */
export function fillRandomly(target: Buffer, from: number, to: number): void {
  const length = to - from;
  if (length > poolBytes / 4) {
    randomFillSync(target, from, length);
    return;
  }
  if (used + length > poolBytes) {
    randomFillSync(pool);
    used = 0;
  }
  pool.copy(target, from, used, used + length);
  pool.fill(0, used, used + length);
  used += length;
}

export { randomUUID } from 'node:crypto';
