/**
 * What an auditor does with delivered files, written from the CloudTrail User Guide (Custom implementations of CloudTrail log file
 * integrity validation), and sharing nothing with src/audit/delivery.
 */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { DigestKey } from '#audit/delivery/delivered-files.ts';

/** Finds an object, as GetObject does: undefined is NoSuchKey. */
export type GetObject = (
  bucket: string,
  key: string,
) => { bytes: Uint8Array; metadata: Readonly<Record<string, string>> } | undefined;

export interface Validation {
  /** The end times of the digest files that are valid, newest first. */
  readonly digests: string[];
  /** The keys of the log files that are valid. */
  readonly logs: string[];
  readonly problems: string[];
  /** All records of valid log files. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into records of every kind
  readonly records: any[];
}

/** Walks the chain from that digest file back to the first. */
export function validateChain(
  get: GetObject,
  keys: readonly DigestKey[],
  newest: { bucket: string; key: string },
): Validation {
  const result: Validation = { digests: [], logs: [], problems: [], records: [] };
  let at: { bucket: string; key: string } | undefined = newest;
  for (let walked = 0; at !== undefined; walked++) {
    assert(walked < 10_000);
    const name: string = `${at.bucket}/${at.key}`;
    const object = get(at.bucket, at.key);
    if (object === undefined) {
      result.problems.push(`${name}: not found`);
      return result;
    }
    const text = gunzipSync(object.bytes);
    const digest = JSON.parse(text.toString());
    if (`${digest.digestS3Bucket}/${digest.digestS3Object}` !== name) result.problems.push(`${name}: moved`);
    const key = keys.find(({ fingerprint }) => fingerprint === digest.digestPublicKeyFingerprint);
    assert(key !== undefined, 'the key is listed');
    const toSign = [digest.digestEndTime, name, sha256(text), digest.previousDigestSignature ?? 'null'].join('\n');
    const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'pkcs1' });
    const signature = Buffer.from(object.metadata['signature'] ?? '', 'hex');
    assert.equal(object.metadata['signature-algorithm'], 'SHA256withRSA');
    if (!verify('sha256', Buffer.from(toSign), publicKey, signature)) result.problems.push(`${name}: signature`);
    else result.digests.push(digest.digestEndTime);
    for (const log of digest.logFiles) validateLog(get, log, result);
    const previous = digest.previousDigestS3Object && get(digest.previousDigestS3Bucket, digest.previousDigestS3Object);
    if (previous && sha256(gunzipSync(previous.bytes)) !== digest.previousDigestHashValue)
      result.problems.push(`${name}: the one before has another hash`);
    at =
      digest.previousDigestS3Object === null
        ? undefined
        : { bucket: digest.previousDigestS3Bucket, key: digest.previousDigestS3Object };
  }
  return result;
}

interface Log {
  readonly s3Bucket: string;
  readonly s3Object: string;
  readonly hashValue: string;
}

function validateLog(get: GetObject, { s3Bucket, s3Object, hashValue }: Log, result: Validation): void {
  const object = get(s3Bucket, s3Object);
  const text = object && gunzipSync(object.bytes);
  if (text === undefined) result.problems.push(`${s3Bucket}/${s3Object}: not found`);
  else if (sha256(text) !== hashValue) result.problems.push(`${s3Bucket}/${s3Object}: hash`);
  else {
    result.logs.push(s3Object);
    result.records.push(...JSON.parse(text.toString()).Records);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
