/** A worker thread with jobs that only tests have: they look at what arrives, fail, and die. */
import type { KeyObject } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { serveJobs } from '#crypto/offload/serve-jobs.ts';

serveJobs({
  threadId: () => threadId,
  echo: ({ bytes }: { bytes: Uint8Array }) => bytes,
  describe: ({ key, bytes, ...rest }: { key: KeyObject; bytes: Uint8Array }) => ({
    keyBytes: key.symmetricKeySize,
    text: Buffer.from(bytes).toString(),
    bufferBytes: bytes.buffer.byteLength,
    rest: Object.values(rest),
  }),
  fail({ secret }: { secret: string }) {
    throw Object.assign(new Error(secret), { code: 'ERR_OF_TEST' });
  },
  failWithoutCode({ secret }: { secret: string }) {
    throw new RangeError(secret);
  },
  exit: () => process.exit(3),
  exitLater() {
    setTimeout(() => process.exit(0), 20);
    return threadId;
  },
  // A function cannot be posted: the error is nobody's to catch.
  crash: () => () => 'crash',
});
