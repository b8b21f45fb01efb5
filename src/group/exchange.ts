/** Requests and answers as one process hands them to another: what is known of them as JSON, a line feed, and their bytes. */
import type { Received, Reply } from '#call/stages.ts';

const lineFeed = 10;

export function encodeReceived({ request, arrivedAtMs: _, ...received }: Received): Buffer {
  const { body, ...rest } = request;
  return joined({ ...received, request: rest }, body);
}

export function decodeReceived(bytes: Buffer): Received {
  const { known, rest } = split(bytes);
  const { request, ...received } = known as Omit<Received, 'arrivedAtMs'>; // as encodeReceived made it
  return { ...received, request: { ...request, body: rest }, arrivedAtMs: performance.now() };
}

export function encodeReply({ body, ...reply }: Reply): Buffer {
  const isText = typeof body === 'string';
  return joined({ ...reply, isText }, isText ? Buffer.from(body) : body);
}

export function decodeReply(bytes: Buffer): Reply {
  const { known, rest } = split(bytes);
  const { isText, ...reply } = known as Omit<Reply, 'body'> & { readonly isText: boolean }; // as encodeReply made it
  return { ...reply, body: isText ? rest.toString() : rest };
}

function joined(known: object, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(known)}\n`), bytes]);
}

function split(bytes: Buffer): { readonly known: unknown; readonly rest: Buffer } {
  const at = bytes.indexOf(lineFeed);
  return { known: JSON.parse(bytes.toString('utf8', 0, at)), rest: bytes.subarray(at + 1) };
}
