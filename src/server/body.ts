/** The body of a request, whole and within bounds. */
import type { IncomingMessage } from 'node:http';

/** The bytes; or that there were more than `maxBytes`, or that the client went away before the end. */
export function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array | 'too large' | 'aborted'> {
  return new Promise((resolve) => {
    if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) return resolve('too large');
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        incoming.pause();
        resolve('too large');
      } else {
        chunks.push(chunk);
      }
    });
    incoming.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    incoming.on('error', () => resolve('aborted'));
    incoming.on('close', () => resolve('aborted'));
  });
}
