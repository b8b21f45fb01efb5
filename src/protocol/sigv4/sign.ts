/** The client's side: signs requests that this service sends. Source: IAM User Guide, Create a signed AWS API request. */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { formatAmzDate } from './amz-date.ts';
import { canonicalStart, stringToSign } from './canonical.ts';
import { deriveSigningKey, signatureOf } from './signing-key.ts';

export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secret: SecretBytes;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

export interface RequestToSign {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** Names in lower case, Host among them; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256, in hexadecimal. */
  readonly bodyHash: string;
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
}

/** All headers to send. */
export function signRequest(request: RequestToSign, identity: SigningIdentity): Readonly<Record<string, string>> {
  const { method, target, bodyHash, region, service } = request;
  const { accessKeyId, secret, sessionToken } = identity;
  const amzDate = formatAmzDate(request.nowMs);
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': amzDate,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const signedHeaders = Object.keys(headers).sort();
  const date = amzDate.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const rawHeaders = Object.entries(headers).flat();
  const normalizePath = service !== 's3';
  const start = canonicalStart({ method, target, rawHeaders }, { form: 'header', signedHeaders }, { normalizePath });
  const key = deriveSigningKey(secret, { date, region, service });
  const signature = signatureOf(key, stringToSign({ amzDate, scope }, start + bodyHash));
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}
