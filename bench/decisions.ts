/**
 * npm run bench:decisions. What one authorization decision costs with nothing remembered from earlier ones: policies are
 * compiled, the context of the request is looked up, every policy is evaluated. One process, one core; of 60 batches the
 * median.
 */
import { policyOf } from '#authorization/key-policy.ts';
import { ownPoliciesOf } from '#authorization/own.ts';
import { decideOnKey } from '#authorization/policy/decide.ts';
import { keyContextOf } from '#call/key-context.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { keyArn, parseAccountId, parseKeyId, parseRegion } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import { kmsOperations } from '#operations/kms/registry.ts';

const accountId = required(parseAccountId('111122223333'));
const region = required(parseRegion('us-east-1'));
const keyId = required(parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab'));
const place = { accountId, region };
const operation = required(kmsOperations.get('Decrypt'));
const access = required(operation.slots[0]?.[1]);
const batchSize = 5000;

const root = { AWS: `arn:aws:iam::${accountId}:root` };
const alice = { AWS: `arn:aws:iam::${accountId}:user/Alice` };
const allow = (more: object) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more });
const department = { StringEquals: { 'kms:EncryptionContext:Department': 'IT' } };
const anyKey = `arn:aws:kms:*:${accountId}:key/*`;

const cases: readonly {
  readonly name: string;
  readonly key: readonly object[];
  readonly identity: readonly object[];
}[] = [
  { name: 'default key policy, IAM policy of one statement', key: [allow({ Principal: root })], identity: [allow({})] },
  {
    name: "the console's key policy with a condition, IAM policy of two statements with conditions",
    key: [
      allow({ Principal: root }),
      allow({ Principal: alice, Action: ['kms:Create*', 'kms:Describe*', 'kms:Enable*', 'kms:List*', 'kms:Put*'] }),
      allow({ Principal: alice, Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*'], Condition: department }),
      allow({ Principal: alice, Action: 'kms:*Grant', Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } }),
    ],
    identity: [
      allow({ Action: ['kms:Decrypt', 'kms:Encrypt'], Resource: anyKey, Condition: department }),
      allow({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    ],
  },
  {
    name: 'three conditions on the key policy, IAM policy on a tag of the key',
    key: [
      allow({
        Principal: root,
        Condition: {
          StringEquals: { 'kms:CallerAccount': accountId, 'aws:RequestedRegion': region },
          StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/Al*' },
        },
      }),
    ],
    identity: [allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } })],
  },
];

for (const one of cases) process.stdout.write(`${measure(one).toFixed(2)} µs  ${one.name}\n`);

function measure({ key, identity }: (typeof cases)[number]): number {
  const located = keyWith(document(key));
  const keyPolicy = policyOf(located.record);
  const caller = callerWith(document(identity));
  const own = ownPoliciesOf(caller);
  const input = { EncryptionContext: new Map([['Department', 'IT']]) };
  const client = { address: '127.0.0.1', isTls: false, userAgent: 'bench' };
  const decide = (nowMs: number) => {
    const context = keyContextOf({ call: { operation, caller, place, input, client }, nowMs, access, key: located });
    const about = { resource: located.arn, keyAccountId: accountId, keyPolicy, own, isCrossAccountCapable: true };
    return decideOnKey({ caller, action: 'kms:Decrypt', context, ...about, grants: () => [] });
  };
  const batches = Array.from({ length: 60 }, () => {
    const started = performance.now();
    for (let i = 0; i < batchSize; i++) if (!decide(i).isAllowed) throw new Error('The policies refuse.');
    return ((performance.now() - started) * 1000) / batchSize;
  });
  return required(batches.toSorted((a, b) => a - b)[batches.length / 2]);
}

function keyWith(policy: string): LocatedKey {
  const record = {
    ...place,
    keyId,
    createdAtMs: 0,
    description: '',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    state: { name: 'Enabled' },
    policy,
    tags: [['team', 'blue']],
  } as const;
  return { record, keyId, place, arn: keyArn(place, keyId), aliases: [], materials: new Map() };
}

function callerWith(policy: string): Principal {
  const policies = { identity: [{ name: 'identity', document: policy }] };
  const who = { arn: alice.AWS, uniqueId: 'AIDAALICE', userId: 'AIDAALICE', userName: 'Alice' };
  return { kind: 'user', accountId, ...who, hasBoundary: false, tags: [], policies };
}

function document(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A value of the benchmark is missing.');
  return value;
}
