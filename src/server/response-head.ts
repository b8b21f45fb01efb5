/** The head of an answer: the same headers whichever way it leaves. */
import { STATUS_CODES } from 'node:http';
import { systemClock } from '#base/clock.ts';
import type { Reply } from '#call/stages.ts';

/** For how long a connection on which nothing happens is kept, in milliseconds. */
export const keepAliveMs = 60_000;

/** Those of the answer itself. */
export function headersOf({ body, contentType, headers }: Reply, requestId: string) {
  return {
    'x-amzn-RequestId': requestId,
    'Content-Type': contentType ?? 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store', // answers hold plaintexts
    ...headers,
  };
}

/** All of the head as it goes over the wire (RFC 9112 section 4), the empty line included. */
export function headText(reply: Reply, requestId: string, isKept: boolean): string {
  const { status } = reply;
  const connection = isKept ? keptText : 'Connection: close\r\n';
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  const headers = headersOf(reply, requestId);
  for (const name in headers) text += `${name}: ${headers[name as keyof typeof headers]}\r\n`;
  return `${text}Date: ${dateText()}\r\n${connection}\r\n`;
}

const keptText = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1000}\r\n`;

let date = { second: 0, text: '' };

/** RFC 9110 section 5.6.7, made once a second. */
function dateText(): string {
  const nowMs = systemClock.now();
  const second = Math.floor(nowMs / 1000);
  if (second !== date.second) date = { second, text: new Date(nowMs).toUTCString() };
  return date.text;
}
