/** Operations that tell about keys, list them, make them or change them: one class of AWS's quotas each, or a few. */
import {
  type Answered,
  type Item,
  isBlob,
  type KeyKind,
  member,
  names,
  type Operation,
  symmetric,
} from './operation.ts';

/** What lists and changes need; keys of their own, so that no other operation's keys grow grants and tags. */
const changed: KeyKind = { ...symmetric };
const p256: KeyKind = { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', count: 16 };
/** There are more keys than this on any server that is measured. */
const listLimit = 10;

export const keyOperations: readonly Operation[] = [
  {
    ...named('DescribeKey', symmetric),
    isRepresentative: true,
    isRight: ({ item, answer }) => member(answer['KeyMetadata'], 'KeyId') === item.keyId,
  },
  {
    ...named('GetPublicKey', p256),
    label: 'GetPublicKey ECC_NIST_P256',
    isRepresentative: true,
    isRight: ({ item, answer }) => isBlob(answer['PublicKey']) && names(answer['KeyId'], item),
  },
  { ...named('GetKeyPolicy', symmetric), isRight: ({ answer }) => `${answer['Policy']}`.includes('Statement') },
  { ...named('GetKeyRotationStatus', symmetric), isRight: ({ answer }) => answer['KeyRotationEnabled'] === false },
  {
    ...named('ListKeys', symmetric),
    label: `ListKeys, ${listLimit} keys`,
    isRepresentative: true,
    input: () => ({ Limit: listLimit }),
    isRight: ({ answer }) => hasLength(answer['Keys'], listLimit),
  },
  { ...named('ListAliases', symmetric), isRight: ({ answer }) => Array.isArray(answer['Aliases']) },
  { ...named('ListGrants', symmetric), isRight: ({ answer }) => Array.isArray(answer['Grants']) },
  { ...named('ListResourceTags', symmetric), isRight: ({ answer }) => Array.isArray(answer['Tags']) },
  {
    ...named('UpdateKeyDescription', changed),
    isRepresentative: true,
    input: ({ key, context }) => ({ KeyId: key, Description: `changed by the benchmark, ${context['item']}` }),
    isRight: isEmpty,
  },
  {
    ...named('TagResource', changed),
    input: ({ key, context }) => ({ KeyId: key, Tags: [{ TagKey: 'item', TagValue: context['item'] }] }),
    isRight: isEmpty,
  },
  {
    ...named('CreateGrant', changed),
    isRepresentative: true,
    input: ({ key, arn }) => ({
      KeyId: key,
      GranteePrincipal: `arn:aws:iam::${arn.split(':')[4]}:root`,
      Operations: ['Encrypt', 'Decrypt'],
    }),
    isRight: ({ answer }) => typeof answer['GrantId'] === 'string' && isBlob(answer['GrantToken']),
  },
  {
    ...named('CreateKey', symmetric),
    label: 'CreateKey SYMMETRIC_DEFAULT',
    isRepresentative: true,
    input: ({ context }) => ({ Description: `made by the benchmark, ${context['item']}` }),
    isRight: ({ answer }) => member(answer['KeyMetadata'], 'KeyState') === 'Enabled',
  },
];

/** An operation that takes nothing but a key. */
function named(api: string, keys: KeyKind) {
  return { name: api, api, label: api, keys, input: ({ key }: Item): object => ({ KeyId: key }) };
}

function isEmpty({ answer }: Answered): boolean {
  return Object.keys(answer).length === 0;
}

function hasLength(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length;
}
