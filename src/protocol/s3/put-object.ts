/**
 * Puts objects into a bucket elsewhere. Source: Amazon S3 API Reference, PutObject. Requests are in path style, which every S3
 * service takes, and carry a checksum, which a bucket with Object Lock asks for.
 */
import type { Clock } from '#base/clock.ts';
import { type SigningIdentity, signRequest } from '#protocol/sigv4/sign.ts';

export interface PutSettings {
  /** Of the service; a path in it stays before the bucket. */
  readonly endpoint: URL;
  readonly region: string;
  /** Asked before each request, so that credentials can be changed while this runs. */
  readonly credentials: () => SigningIdentity & Disposable;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

export interface NewObject {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Of the bytes. */
  readonly sha256: Buffer;
  /** User-defined, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bucket did not take the object. The text has what S3 says about it, which quotes nothing secret. */
export class PutRefused extends Error {
  override readonly name = 'PutRefused';
}

const timeoutMs = 60_000;

/** Resolves when the bucket has it: gzipped JSON, as CloudTrail puts it. Rejects where it does not take it. */
export async function putObject(object: NewObject, settings: PutSettings, signal: AbortSignal): Promise<void> {
  const { endpoint, region, credentials, clock } = settings;
  const { bytes, sha256, metadata } = object;
  const target = `${endpoint.pathname.replace(/\/$/, '')}/${encodePath(`${object.bucket}/${object.key}`)}`;
  const userDefined = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  using identity = credentials();
  const { host: _, ...headers } = signRequest(
    {
      method: 'PUT',
      target,
      headers: {
        host: endpoint.host,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'x-amz-checksum-sha256': sha256.toString('base64'),
        ...Object.fromEntries(userDefined),
      },
      bodyHash: sha256.toString('hex'),
      region,
      service: 's3',
      nowMs: clock.now(),
    },
    identity,
  );
  const response = await fetch(new URL(target, endpoint), {
    method: 'PUT',
    headers: { ...headers, 'user-agent': 'keywright' },
    body: new Uint8Array(bytes),
    redirect: 'manual',
    credentials: 'omit',
    signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs ?? timeoutMs)]),
  });
  if (response.ok) await response.body?.cancel();
  else throw new PutRefused(`The bucket answered ${response.status}${codeIn(await response.text())}.`);
}

/** RFC 3986 section 2.3: all but unreserved characters and the slashes. */
function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function codeIn(xml: string): string {
  const [, code] = /<Code>(\w{1,64})<\/Code>/.exec(xml) ?? [];
  return code === undefined ? '' : ` (${code})`;
}
