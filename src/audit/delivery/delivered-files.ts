/** The log and digest files that have been delivered, as an S3 bucket has them: one bucket for each account. */
import type { AccountId, Place } from '#model/arn.ts';

export interface DeliveredFile {
  /** `AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/….json.gz` */
  readonly key: string;
  readonly bytes: number;
  readonly lastModifiedMs: number;
  /** Without quotes. In the form that S3 has for objects that came in parts, by which clients know that it is no MD5. */
  readonly etag: string;
  /** User-defined metadata, without `x-amz-meta-`: the signature of digest files. Lists leave it out, as those of S3 do. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface DeliveredFiles {
  /** In the order of their keys' UTF-8 bytes: those that begin with the prefix and come after `after`. */
  list(
    accountId: AccountId,
    range: { prefix: string; after: string; limit: number },
  ): Promise<readonly DeliveredFile[]>;
  find(accountId: AccountId, key: string): Promise<DeliveredFile | undefined>;
  /** From byte `from` to byte `to`, both inclusive; undefined where it has gone. */
  read(accountId: AccountId, key: string, range: { from: number; to: number }): Promise<Uint8Array | undefined>;
}

/** A key that digest files are signed with. Source: AWS CloudTrail API Reference, PublicKey. */
export interface DigestKey {
  /** MD5 of the public key's PKCS #1 DER bytes, in hexadecimal, as digest files name it. */
  readonly fingerprint: string;
  /** PKCS #1, DER. */
  readonly publicKey: Uint8Array;
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** The trail of an account, as AWS's API speaks of it. */
export const trailName = 'keywright';

/** Where files are said to lie. Digest files name bucket and key, so the copies here and in an S3 bucket have the same ones. */
export interface Destination {
  /** The bucket of all accounts; undefined for one of each account, which is only here. */
  readonly bucket?: string | undefined;
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** The trail's home, and where records belong that name no account or Region. */
  readonly home: Place;
}

export function bucketOf(accountId: string, bucket?: string): string {
  return bucket ?? `keywright-audit-${accountId}`;
}
