/**
 * Requests in the one form in which SDKs send nearly all of them: a POST to `/` whose head and body arrive together, with nothing
 * of HTTP/1.1 (RFC 9112) in it but plain headers and a Content-Length. What is not exactly so is not refused here: it is for
 * node:http to read, which knows the rest of the protocol.
 */

export interface WholeRequest {
  /** Names and values in turns, as IncomingMessage.rawHeaders. */
  readonly rawHeaders: string[];
  readonly body: Uint8Array;
  readonly host: string;
  /** Of those below the first counts. */
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  /** For the next request of the same client to be read with: most of its headers are what they were. */
  readonly lines: readonly HeaderLine[];
}

/** A header that can be read in one way alone. */
interface HeaderLine {
  /** As it was sent, with its line end. */
  readonly text: string;
  /** That, as far as the value. */
  readonly start: string;
  readonly name: string;
  readonly value: string;
  readonly meaning: Meaning;
}

const requestLine = 'POST / HTTP/1.1\r\n';
const endOfHead = Buffer.from('\r\n\r\n');
const mostHeadBytes = 16_384;

/**
 * RFC 9110 section 5.1 and 5.5; values in ASCII alone, and without the white space around them. The look ahead keeps blanks from being
 * tried in both places, which would take a time that grows with the square of their number.
 */
const header = /([!#$%&'*+.^_`|~\w-]+):[ \t]*(?![ \t])((?:[!-~]+(?:[ \t]+[!-~]+)*)?)[ \t]*\r\n/y;

/** A value that is all of its line. */
const plainValue = /^[!-~]+(?:[ \t]+[!-~]+)*$/;

/** Undefined for anything but one whole request, of at most so many bytes after its head. `before` makes no difference but in time. */
export function readWholeRequest(
  bytes: Buffer,
  mostBodyBytes: number,
  before: readonly HeaderLine[] = [],
): WholeRequest | undefined {
  const headEnd = bytes.indexOf(endOfHead);
  if (headEnd < 0 || headEnd > mostHeadBytes) return undefined;
  const head = bytes.toString('latin1', 0, headEnd + 2);
  if (!head.startsWith(requestLine)) return undefined;
  const lines: HeaderLine[] = [];
  const rawHeaders: string[] = [];
  let host: string | undefined;
  let length: string | undefined;
  let userAgent: string | undefined;
  let referer: string | undefined;
  let at = requestLine.length;
  while (at < head.length) {
    const known = before[lines.length];
    const line = (known && lineLike(known, head, at)) ?? readLine(head, at);
    if (line === undefined) return undefined;
    const { text, name, value, meaning } = line;
    lines.push(line);
    rawHeaders.push(name, value);
    at += text.length;
    switch (meaning) {
      case undefined:
        break;
      case 'host':
        if (host !== undefined) return undefined;
        host = value;
        break;
      case 'user-agent':
        userAgent ??= value;
        break;
      case 'referer':
        referer ??= value;
        break;
      case 'content-length':
        if (length !== undefined) return undefined;
        length = value;
        break;
      case 'connection':
        if (value.toLowerCase() !== 'keep-alive') return undefined;
        break;
      case 'unusual':
        return undefined;
    }
  }
  if (host === undefined || length === undefined || !/^\d{1,7}$/.test(length)) return undefined;
  const body = bytes.subarray(headEnd + endOfHead.length);
  if (body.length !== Number(length) || body.length > mostBodyBytes) return undefined;
  return { rawHeaders, body, host, userAgent, referer, lines };
}

/** The next line where it is the same header again, as a rule with the same value. Slices compare faster than startsWith does. */
function lineLike(known: HeaderLine, head: string, at: number): HeaderLine | undefined {
  const { text, start, name, meaning } = known;
  if (head.slice(at, at + text.length) === text) return known;
  const valueAt = at + start.length;
  if (head.slice(at, valueAt) !== start) return undefined;
  const end = head.indexOf('\r\n', valueAt);
  const value = head.slice(valueAt, end);
  return plainValue.test(value) ? { text: head.slice(at, end + 2), start, name, value, meaning } : undefined;
}

function readLine(head: string, at: number): HeaderLine | undefined {
  header.lastIndex = at;
  const [text, name, value] = header.exec(head) ?? [];
  if (text === undefined || name === undefined || value === undefined) return undefined;
  const start = text.slice(0, text.indexOf(value, name.length + 1));
  return { text, start, name, value, meaning: meanings.get(name.toLowerCase()) };
}

const read = ['host', 'content-length', 'connection', 'user-agent', 'referer'] as const;
const unusual = ['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'keep-alive', 'proxy-connection'];

/** What a header says about the message itself or its sender; undefined for those that are for the service to read. */
type Meaning = (typeof read)[number] | 'unusual' | undefined;

const meanings = new Map<string, Meaning>([
  ...read.map((name) => [name, name] as const),
  ...unusual.map((name) => [name, 'unusual'] as const),
]);
