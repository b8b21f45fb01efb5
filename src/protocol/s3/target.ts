/**
 * What a request to Amazon S3 is about: its path is a bucket and a key, both as they are. Nothing in a key has a meaning here: `..`
 * and empty segments are parts of a name. Source: Amazon S3 User Guide, Path-style requests; Naming Amazon S3 objects.
 */
import { invalidArgument, invalidUri, keyTooLong } from '#model/s3-errors.ts';
import { parseQuery, percentDecode, splitTarget } from '#protocol/sigv4/query.ts';

export interface S3Target {
  /** Undefined for the service itself. */
  readonly bucket: string | undefined;
  /** Undefined for the bucket itself. */
  readonly key: string | undefined;
  /** Without those of a presigned signature. */
  readonly parameters: ReadonlyMap<string, string>;
}

const longestKeyBytes = 1024;

/** Throws InvalidURI, KeyTooLongError, InvalidArgument, or InvalidSignature for what is not percent-encoding. */
export function parseS3Target(target: string): S3Target {
  const { path, query } = splitTarget(target);
  if (!path.startsWith('/')) throw invalidUri();
  const slash = path.indexOf('/', 1);
  const bucket = textOf(percentDecode(slash < 0 ? path.slice(1) : path.slice(1, slash)));
  const keyBytes = slash < 0 ? '' : percentDecode(path.slice(slash + 1));
  if (keyBytes.length > longestKeyBytes) throw keyTooLong();
  const key = textOf(keyBytes);
  if (bucket === '' && key !== '') throw invalidUri();
  return { bucket: bucket || undefined, key: key || undefined, parameters: parametersOf(query) };
}

function parametersOf(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const { name, value } of parseQuery(query)) {
    const text = textOf(name);
    if (text.toLowerCase().startsWith('x-amz-')) continue;
    if (parameters.has(text)) throw invalidArgument('A query parameter was sent more than once.');
    parameters.set(text, textOf(value));
  }
  return parameters;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** From one character for each byte. */
function textOf(bytes: string): string {
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw invalidUri();
  }
}
