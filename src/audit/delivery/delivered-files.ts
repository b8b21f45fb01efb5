/** The log and digest files that have been delivered, as an S3 bucket has them: one bucket for each account. */
import type { AccountId } from '#model/arn.ts';

export interface DeliveredFile {
  /** `AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/….json.gz` */
  readonly key: string;
  readonly bytes: number;
  readonly lastModifiedMs: number;
  /** Without quotes: MD5 in hexadecimal, as S3 has it for such objects. */
  readonly etag: string;
  /** User-defined metadata, without `x-amz-meta-`: the signature of digest files. */
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

export function bucketOf(accountId: AccountId): string {
  return `keywright-audit-${accountId}`;
}
