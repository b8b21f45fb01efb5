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
}

const requestLine = 'POST / HTTP/1.1\r\n';
const endOfHead = Buffer.from('\r\n\r\n');
const mostHeadBytes = 16_384;

/**
 * RFC 9110 section 5.1 and 5.5; values in ASCII alone, and without the white space around them. The look ahead keeps blanks from being
 * tried in both places, which would take a time that grows with the square of their number.
 */
const header = /([!#$%&'*+.^_`|~\w-]+):[ \t]*(?![ \t])((?:[!-~]+(?:[ \t]+[!-~]+)*)?)[ \t]*\r\n/y;

/** Undefined for anything but one whole request, of at most so many bytes after its head. */
export function readWholeRequest(bytes: Buffer, mostBodyBytes: number): WholeRequest | undefined {
  const headEnd = bytes.indexOf(endOfHead);
  if (headEnd < 0 || headEnd > mostHeadBytes) return undefined;
  const head = bytes.toString('latin1', 0, headEnd + 2);
  if (!head.startsWith(requestLine)) return undefined;
  const rawHeaders: string[] = [];
  let host: string | undefined;
  let length: string | undefined;
  let userAgent: string | undefined;
  let referer: string | undefined;
  header.lastIndex = requestLine.length;
  while (header.lastIndex < head.length) {
    const [, name, value] = header.exec(head) ?? [];
    if (name === undefined || value === undefined) return undefined;
    rawHeaders.push(name, value);
    switch (meaningOf(name)) {
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
  return { rawHeaders, body, host, userAgent, referer };
}

const read = ['host', 'content-length', 'connection', 'user-agent', 'referer'] as const;
const unusual = ['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'keep-alive', 'proxy-connection'];
const meanings = new Map<string, (typeof read)[number] | 'unusual'>([
  ...read.map((name) => [name, name] as const),
  ...unusual.map((name) => [name, 'unusual'] as const),
]);

/** What a header says about the message itself or its sender; undefined for those that are for the service to read. */
function meaningOf(name: string) {
  return meanings.get(name.toLowerCase());
}
