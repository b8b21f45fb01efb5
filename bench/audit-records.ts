/**
 * A trail to search in: records as a company of some size leaves them, spread over sixty days, in segments that are sealed as a server
 * seals them. The last one is being written, and some before it may still be waiting.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { headerLine, noHash, sealGroup } from '#audit/chain.ts';
import { eventTimeOf } from '#audit/event.ts';
import { sealSegment } from '#audit/sealing/seal.ts';
import { sidecars } from '#audit/sealing/sidecars.ts';
import type { Reach } from '#audit/search/search.ts';
import { Segments } from '#audit/segments.ts';
import { dayMs } from '#base/clock.ts';
import { chainHash } from '#crypto/audit-seal.ts';
import { randomUUID } from '#crypto/random.ts';

/** What is measured does not ask who has vouched for a group. */
const nobody = { mac: () => '0'.repeat(64) };

export const accounts = ['111122223333', '444455556666', '777788889999'] as const;
export const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const;
export const names = [
  'Decrypt',
  'GenerateDataKey',
  'Encrypt',
  'Sign',
  'DescribeKey',
  'GenerateMac',
  'ListKeys',
  'CreateGrant',
];
export const keyCount = 300;
export const userCount = 40;
export const startMs = Date.UTC(2026, 0, 1);
export const days = 60;

const segmentBytes = 33_554_432;
const groupSize = 40;
const trail = '00000000-0000-4000-8000-000000000000';

export const keyArn = (n: number) =>
  `arn:aws:kms:us-east-1:111122223333:key/${String(n).padStart(8, '0')}-12ab-34cd-56ef-1234567890ab`;
/** Every so many records one is about a key that is otherwise not used. */
export const thinKey = keyArn(999_999);
const thinEvery = 50_000;
export const rareUser = 'Zoe';

export interface MadeTrail {
  readonly segments: Segments;
  readonly reach: Reach;
  readonly records: number;
  readonly bytes: number;
  /** Milliseconds that each segment took to be sealed. */
  readonly sealing: readonly number[];
  /** Of some records. */
  readonly eventIds: readonly string[];
}

export interface Wanted {
  readonly directory: string;
  readonly records: number;
  /** Closed segments at the end that are not sealed. */
  readonly unsealed: number;
  readonly onProgress: (records: number) => void;
}

/** Takes some minutes for ten million. */
export function makeTrail({ directory, records, unsealed, onProgress }: Wanted): MadeTrail {
  mkdirSync(directory, { recursive: true });
  const segments = new Segments(directory);
  const sealing: number[] = [];
  const eventIds: string[] = [];
  const closed: number[] = [];
  let sequence = 0;
  let previous = noHash;
  let bytes = 0;
  for (let segment = 1; ; segment++) {
    const first = sequence + 1;
    const openedAt = new Date(timeOf(sequence, records)).toISOString();
    const header = Buffer.from(headerLine({ keywrightAudit: 1, trail, segment, first, previous, openedAt }));
    const parts: Buffer[] = [header];
    let end = header.length;
    previous = chainHash('', header);
    while (end <= segmentBytes && sequence < records) {
      const lines: string[] = [];
      while (lines.length < groupSize && sequence < records) {
        const eventId = randomUUID();
        if (sequence % 10_007 === 0) eventIds.push(eventId);
        lines.push(lineOf(sequence++, eventId, records));
      }
      const group = sealGroup(previous, lines, sequence, nobody);
      parts.push(group.bytes);
      end += group.bytes.length;
      previous = group.hash;
    }
    writeFileSync(segments.path(segment), Buffer.concat(parts));
    bytes += end;
    onProgress(sequence);
    if (sequence >= records) {
      for (const one of closed.slice(0, closed.length - unsealed)) seal(one);
      return { segments, reach: { firstSegment: 1, segment, end }, records, bytes, sealing, eventIds };
    }
    closed.push(segment);
    const due = closed.length > unsealed ? closed.shift() : undefined;
    if (due !== undefined) seal(due);
  }

  function seal(segment: number): void {
    const begin = performance.now();
    if (sealSegment(segments, segment, { sidecars }) !== 'sealed') throw new Error('A segment was not sealed.');
    sealing.push(performance.now() - begin);
  }
}

/** Numbers that look like chance and are the same each time. */
function chance(sequence: number, salt: number): number {
  let mixed = Math.imul(sequence ^ (salt * 0x9e3779b9), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** Most is of the first few. */
function skewed<T>(list: readonly T[], at: number): T {
  return list[Math.floor(at ** 3 * list.length)] as T;
}

function timeOf(sequence: number, records: number): number {
  return startMs + (sequence / records) * days * dayMs;
}

function lineOf(sequence: number, eventId: string, records: number): string {
  const atMs = timeOf(sequence, records);
  const isThin = sequence % thinEvery === 77;
  const account = isThin ? accounts[0] : skewed(accounts, chance(sequence, 1));
  const region = isThin ? regions[0] : skewed(regions, chance(sequence, 2));
  const name = skewed(names, chance(sequence, 3));
  const key = isThin ? thinKey : keyArn(Math.floor(chance(sequence, 4) ** 2 * keyCount));
  const user = Math.floor(chance(sequence, 5) * userCount);
  const requestId = randomUUID();
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: sequence === 4_321 ? identityOf(account, -1) : identityOf(account, user),
    eventTime: eventTimeOf(atMs),
    eventSource: 'kms.amazonaws.com',
    eventName: name,
    awsRegion: region,
    sourceIPAddress: `10.1.${user}.${Math.floor(chance(sequence, 6) * 250)}`,
    userAgent: 'aws-sdk-js/3.1164.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#24.1.0 api/kms#3.1164.0',
    requestParameters: {
      keyId: key,
      encryptionContext: { tenant: `tenant-${Math.floor(chance(sequence, 7) * 5000)}`, purpose: 'documents' },
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    },
    responseElements: null,
    additionalEventData: {
      permittedBy: {
        KeyId: { by: 'key policy', keyStatement: 'Enable IAM User Permissions', identityStatement: 'AllowUse' },
      },
      keyMaterialId: chainHash('', Buffer.from(key)),
    },
    requestID: requestId,
    eventID: eventId,
    recipientAccountId: account,
    readOnly: name !== 'CreateGrant',
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: key }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_256_GCM_SHA384',
      clientProvidedHostHeader: 'kms.us-east-1.amazonaws.com',
    },
  });
}

/** Three of four are users, the others sessions of roles. */
function identityOf(accountId: string, user: number) {
  const accessKeyId = `AKIA${String(user).padStart(16, '0')}`;
  if (user % 4 === 3) {
    const arn = `arn:aws:sts::${accountId}:assumed-role/service/session-${user}`;
    return { type: 'AssumedRole', principalId: `AROA:session-${user}`, arn, accountId, accessKeyId };
  }
  const userName = user === -1 ? rareUser : `user-${user}`;
  const arn = `arn:aws:iam::${accountId}:user/${userName}`;
  return { type: 'IAMUser', principalId: `AIDA${user}`, arn, accountId, accessKeyId, userName };
}
