/**
 * What conditions of policies can ask of a request: the condition keys that it has, and their values. Looked up lazily,
 * because most requests are decided by few keys. A key that a request does not have is undefined or an empty list.
 * Source: AWS KMS Developer Guide, Condition keys for AWS KMS; IAM User Guide, AWS global condition context keys.
 */
import type { RequestContext } from '#authorization/policy/request.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { rootArn } from '#model/arn.ts';
import type { KeyAccess } from './operation.ts';
import type { Decoded } from './stages.ts';

/** A request, and the key that is asked about, where it is about one. */
export interface Question {
  readonly call: Pick<Decoded, 'operation' | 'caller' | 'place' | 'input' | 'client'>;
  readonly nowMs: number;
  readonly access?: KeyAccess | undefined;
  readonly key?: LocatedKey | undefined;
  /** ReEncrypt's other key. */
  readonly isSameKey?: boolean | undefined;
}

export function contextOf(question: Question): RequestContext {
  return {
    get(key) {
      const value = valuesOf.get(key)?.(question) ?? familyValues(question, key);
      return typeof value === 'string' ? [value] : value;
    },
  };
}

type Values = string | readonly string[] | undefined;

const valuesOf: ReadonlyMap<string, (question: Question) => Values> = new Map<string, (question: Question) => Values>([
  ['aws:principalarn', ({ call }) => rootArn({ ...call.place, accountId: call.caller.accountId })],
  ['aws:principalaccount', ({ call }) => call.caller.accountId],
  ['aws:principaltype', () => 'Account'],
  ['aws:userid', ({ call }) => call.caller.accountId],
  ['aws:principalisawsservice', () => 'false'],
  ['aws:viaawsservice', () => 'false'],
  ['aws:requestedregion', ({ call }) => call.place.region],
  ['aws:resourceaccount', ({ key }) => key?.place.accountId],
  ['aws:securetransport', ({ call }) => String(call.client.isTls)],
  ['aws:sourceip', ({ call }) => call.client.address],
  ['aws:useragent', ({ call }) => call.client.userAgent],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
  ['aws:tagkeys', ({ call }) => tagKeysOf(call.input)],
  ['kms:calleraccount', ({ call }) => call.caller.accountId],
  ['kms:keyspec', specOf],
  ['kms:customermasterkeyspec', specOf],
  ['kms:keyusage', usageOf],
  ['kms:customermasterkeyusage', usageOf],
  ['kms:keyorigin', ({ call, key }) => key?.record.origin ?? requested(call.input, 'Origin', 'AWS_KMS')],
  ['kms:multiregion', ({ call, key }) => (key === undefined ? String(call.input['MultiRegion'] ?? false) : 'false')],
  ['kms:encryptionalgorithm', ({ call, access }) => algorithmOf(call.input, access)],
  ['kms:encryptioncontextkeys', ({ call, access }) => encryptionContextOf(call.input, access)?.map(([name]) => name)],
  ['kms:requestalias', ({ key }) => key?.viaAlias],
  ['kms:reencryptonsamekey', ({ isSameKey }) => (isSameKey === undefined ? undefined : String(isSameKey))],
  ['kms:schedulekeydeletionpendingwindowindays', ({ call }) => pendingWindowOf(call)],
  ['kms:bypasspolicylockoutsafetycheck', ({ call }) => textOf(call.input['BypassPolicyLockoutSafetyCheck'])],
]);

/** Keys whose name goes on with a name of the request's own. Condition keys are compared without regard to case. */
function familyValues({ call, access }: Question, key: string): Values {
  const pairs = key.startsWith('kms:encryptioncontext:')
    ? encryptionContextOf(call.input, access)
    : key.startsWith('aws:requesttag/')
      ? tagsOf(call.input)
      : undefined;
  const suffix = key.slice(key.startsWith('kms:') ? 'kms:encryptioncontext:'.length : 'aws:requesttag/'.length);
  return pairs?.filter(([name]) => name.toLowerCase() === suffix).map(([, value]) => value);
}

function specOf({ call, key }: Question): Values {
  if (key !== undefined) return key.record.spec;
  return requested(call.input, 'KeySpec', textOf(call.input['CustomerMasterKeySpec']) ?? 'SYMMETRIC_DEFAULT');
}

function usageOf({ call, key }: Question): Values {
  return key?.record.usage ?? requested(call.input, 'KeyUsage', 'ENCRYPT_DECRYPT');
}

function algorithmOf(input: Decoded['input'], access: KeyAccess | undefined): Values {
  if (access?.encryption === undefined) return undefined;
  const { algorithm } = access.encryption;
  return (algorithm === undefined ? undefined : textOf(input[algorithm])) ?? 'SYMMETRIC_DEFAULT';
}

function encryptionContextOf(input: Decoded['input'], access: KeyAccess | undefined) {
  const context = access?.encryption === undefined ? undefined : input[access.encryption.context];
  return context instanceof Map && context.size > 0 ? ([...context] as [string, string][]) : undefined; // a textMap
}

function tagsOf(input: Decoded['input']): readonly (readonly [string, string])[] | undefined {
  const tags = input['Tags'];
  return Array.isArray(tags) ? tags.map(({ TagKey, TagValue }) => [String(TagKey), String(TagValue)]) : undefined;
}

function tagKeysOf(input: Decoded['input']): Values {
  const keys = input['TagKeys'];
  return Array.isArray(keys) ? keys.map(String) : tagsOf(input)?.map(([name]) => name);
}

function pendingWindowOf({ operation, input }: Question['call']): Values {
  return operation.name === 'ScheduleKeyDeletion' ? requested(input, 'PendingWindowInDays', '30') : undefined;
}

function requested(input: Decoded['input'], member: string, fallback: string): string {
  return textOf(input[member]) ?? fallback;
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
