/**
 * Just enough of HTTP/1.1's responses (RFC 9112) to load a server with little work: a status, and a body of the length
 * that Content-Length says. Chunked and undelimited bodies are left out: AWS KMS sends neither.
 */

export interface Response {
  readonly status: number;
  readonly body: Buffer;
  /** Whether the server ends the connection after this response. */
  readonly closes: boolean;
}

/** What came over the wire is not a response that the bench understands. */
export class ProtocolError extends Error {}

const maxHeadBytes = 65_536;

/** The response in `bytes`, or undefined while some of it is missing. Throws ProtocolError. */
export function parseResponse(bytes: Buffer): Response | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) {
    if (bytes.length > maxHeadBytes) throw new ProtocolError('The head of a response does not end.');
    return undefined;
  }
  const head = bytes.toString('latin1', 0, headEnd);
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + contentLength(head);
  if (bytes.length < bodyEnd) return undefined;
  // One request is in flight at a time, so nothing may follow.
  if (bytes.length > bodyEnd) throw new ProtocolError('A response is longer than its Content-Length.');
  return { status: statusOf(head), body: bytes.subarray(bodyStart, bodyEnd), closes: closes(head) };
}

function statusOf(head: string): number {
  const status = /^HTTP\/1\.[01] (\d{3})(?= |\r|$)/.exec(head)?.[1];
  if (status === undefined) throw new ProtocolError('A response does not begin with a status line.');
  return Number(status);
}

function contentLength(head: string): number {
  const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new ProtocolError('A response has no Content-Length.');
  return Number(length);
}

function closes(head: string): boolean {
  return head.startsWith('HTTP/1.0') || /\r\nconnection:[ \t]*close/i.test(head);
}
