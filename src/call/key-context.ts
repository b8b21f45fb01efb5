/**
 * What conditions can ask of a request to AWS KMS besides: the kms: condition keys, the tags of request and key, each with
 * the operations that have it. Source: AWS KMS Developer Guide, Condition keys for AWS KMS; Service Authorization
 * Reference, AWS Key Management Service.
 */
import type { RequestContext } from '#authorization/policy/request.ts';
import { dayMs } from '#base/clock.ts';
import type { Attestation } from '#crypto/attestation/verify.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import type { Region } from '#model/arn.ts';
import { contextOf, type Values, valuesIn } from './context.ts';
import type { KeyAccess, Operation } from './operation.ts';
import type { Decoded } from './stages.ts';

/** A request, and the key that is asked about, where it is about one. */
export interface Question {
  readonly call: Pick<Decoded, 'operation' | 'caller' | 'place' | 'input' | 'client'> & {
    readonly attestation?: Attestation | undefined;
  };
  readonly nowMs: number;
  readonly access?: KeyAccess | undefined;
  readonly key?: LocatedKey | undefined;
  /** ReEncrypt's other key. */
  readonly isSameKey?: boolean | undefined;
  /** When the key was last in use, or could have been, for operations that have the condition. */
  readonly idleSinceMs?: number | undefined;
  /** Where it is done, if neither in the key's Region nor in the request's. */
  readonly region?: Region | undefined;
  /** What a replica is to be made of, where that is what is asked about. */
  readonly replicaOf?: LocatedKey | undefined;
}

export function keyContextOf(question: Question): RequestContext {
  const { call, nowMs, key } = question;
  const { caller, client } = call;
  // Diverges: conditions-elsewhere
  const place = { ...call.place, region: question.region ?? key?.place.region ?? call.place.region };
  const asking = { caller, place, client, nowMs, resourceAccount: key?.place.accountId };
  return contextOf(asking, (condition) => conditionValues.get(condition)?.(question) ?? familyOf(question, condition));
}

/** Condition keys that are members of requests: by operation, with what an absent member means. */
const members: readonly {
  readonly condition: string;
  readonly of: readonly string[];
  readonly member: string;
  readonly otherwise?: string;
}[] = [
  {
    condition: 'kms:bypasspolicylockoutsafetycheck',
    of: ['CreateKey', 'PutKeyPolicy', 'ReplicateKey'],
    member: 'BypassPolicyLockoutSafetyCheck',
  },
  {
    condition: 'kms:datakeypairspec',
    of: ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
    member: 'KeyPairSpec',
  },
  { condition: 'kms:expirationmodel', of: ['ImportKeyMaterial'], member: 'ExpirationModel' },
  { condition: 'kms:granteeprincipal', of: ['CreateGrant'], member: 'GranteePrincipal' },
  { condition: 'kms:granteeserviceprincipal', of: ['CreateGrant'], member: 'GranteeServicePrincipal' },
  { condition: 'kms:grantoperations', of: ['CreateGrant'], member: 'Operations' },
  { condition: 'kms:keyagreementalgorithm', of: ['DeriveSharedSecret'], member: 'KeyAgreementAlgorithm' },
  { condition: 'kms:macalgorithm', of: ['GenerateMac', 'VerifyMac'], member: 'MacAlgorithm' },
  { condition: 'kms:messagetype', of: ['Sign', 'Verify'], member: 'MessageType', otherwise: 'RAW' },
  { condition: 'kms:primaryregion', of: ['UpdatePrimaryRegion'], member: 'PrimaryRegion' },
  { condition: 'kms:replicaregion', of: ['ReplicateKey'], member: 'ReplicaRegion' },
  { condition: 'kms:retiringprincipal', of: ['CreateGrant'], member: 'RetiringPrincipal' },
  { condition: 'kms:retiringserviceprincipal', of: ['CreateGrant'], member: 'RetiringServicePrincipal' },
  {
    condition: 'kms:rotationperiodindays',
    of: ['EnableKeyRotation'],
    member: 'RotationPeriodInDays',
    otherwise: '365',
  },
  {
    condition: 'kms:schedulekeydeletionpendingwindowindays',
    of: ['ScheduleKeyDeletion'],
    member: 'PendingWindowInDays',
    otherwise: '30',
  },
  { condition: 'kms:signingalgorithm', of: ['Sign', 'Verify'], member: 'SigningAlgorithm' },
  { condition: 'kms:wrappingalgorithm', of: ['GetParametersForImport'], member: 'WrappingAlgorithm' },
  { condition: 'kms:wrappingkeyspec', of: ['GetParametersForImport'], member: 'WrappingKeySpec' },
];

/** The operations that have kms:TrailingDaysWithoutKeyUsage. */
const idleTimeOperations: readonly string[] = ['DisableKey', 'ScheduleKeyDeletion'];

/** Whether conditions on a request can look at `idleSinceMs`. */
export function hasIdleTime({ name }: Operation): boolean {
  return idleTimeOperations.includes(name);
}

const grantOperations = ['CreateGrant', 'ListGrants', 'RevokeGrant'];

const conditionValues: ReadonlyMap<string, (question: Question) => Values> = new Map<
  string,
  (question: Question) => Values
>([
  ...members.map(({ condition, of, member, otherwise }): [string, (question: Question) => Values] => [
    condition,
    ({ call: { operation, input } }) =>
      of.includes(operation.name) ? (valuesOfMember(input[member]) ?? otherwise) : undefined,
  ]),
  ['aws:tagkeys', ({ call }) => tagKeysOf(call.input)],
  ['kms:calleraccount', ({ call }) => call.caller.accountId],
  ['kms:viaservice', ({ call: { caller, place } }) => viaService(caller.viaService, place.region)],
  ['kms:keyspec', specOf],
  ['kms:customermasterkeyspec', specOf],
  ['kms:keyusage', usageOf],
  ['kms:customermasterkeyusage', usageOf],
  ['kms:keyorigin', (question) => fixedOf(question)?.origin ?? created(question.call, 'Origin', 'AWS_KMS')],
  [
    'kms:multiregion',
    (question) => {
      const fixed = fixedOf(question);
      return fixed === undefined
        ? created(question.call, 'MultiRegion', 'false')
        : String(fixed.multiRegion !== undefined);
    },
  ],
  ['kms:multiregionkeytype', multiRegionKeyType],
  ['kms:encryptionalgorithm', ({ call, access }) => algorithmOf(call.input, access)],
  ['kms:encryptioncontextkeys', (question) => encryptionContextOf(question)?.map(([name]) => name)],
  ['kms:requestalias', ({ key }) => key?.viaAlias],
  ['kms:resourcealiases', ({ key }) => key?.aliases],
  ['kms:reencryptonsamekey', ({ isSameKey }) => valuesOfMember(isSameKey)],
  [
    'kms:grantisforawsresource',
    ({ call }) =>
      grantOperations.includes(call.operation.name) ? String(call.caller.viaService !== undefined) : undefined,
  ],
  ['kms:grantconstrainttype', ({ call }) => constraintType(constraintsOf(call.input))],
  ['kms:grantconstraintsourcearn', ({ call }) => valuesOfMember(constraintsOf(call.input)?.['SourceArn'])],
  ['kms:trailingdayswithoutkeyusage', idleDays],
  [
    'kms:validto',
    ({ call: { operation, input } }) =>
      operation.name === 'ImportKeyMaterial' ? epochSeconds(input['ValidTo']) : undefined,
  ],
]);

/** Keys whose name goes on with a name of the request's own. */
function familyOf(question: Question, condition: string): Values {
  const { call, key } = question;
  if (condition.startsWith(recipientPrefix)) return measurement(call, condition.slice(recipientPrefix.length));
  const [prefix, pairs] = condition.startsWith('kms:encryptioncontext:')
    ? ['kms:encryptioncontext:', encryptionContextOf(question)]
    : condition.startsWith('aws:requesttag/')
      ? ['aws:requesttag/', tagsOf(call.input)]
      : condition.startsWith('aws:resourcetag/')
        ? ['aws:resourcetag/', key?.record.tags]
        : ['', undefined];
  return pairs && valuesIn(pairs, condition.slice(prefix.length));
}

const recipientPrefix = 'kms:recipientattestation:';
const attestable = ['Decrypt', 'DeriveSharedSecret', 'GenerateDataKey', 'GenerateDataKeyPair', 'GenerateRandom'];

/**
 * What the software in the attested environment measures: `imagesha384`, `pcr4` of an enclave, `nitrotpmpcr4` of an instance.
 * Source: AWS KMS Developer Guide, Condition keys for attested platforms.
 */
function measurement({ operation, attestation }: Question['call'], name: string): Values {
  if (attestation === undefined || !attestable.includes(operation.name)) return undefined;
  const register = attestation.platform === 'nitro-tpm' ? /^nitrotpmpcr(\d|[1-3]\d)$/ : /^pcr(\d|[1-3]\d)$/;
  const isImage = name === 'imagesha384' && attestation.platform === 'nitro-enclave';
  const index = isImage ? '0' : register.exec(name)?.[1];
  return index === undefined ? undefined : attestation.pcrs.get(Number(index));
}

export function viaService(service: string | undefined, region: string): string | undefined {
  return service === undefined ? undefined : `${service}.${region}.amazonaws.com`;
}

/** What a replica has in common with its primary, from whichever is there. */
function fixedOf({ key, replicaOf }: Question): LocatedKey['record'] | undefined {
  return (key ?? replicaOf)?.record;
}

function specOf(question: Question): Values {
  const { call } = question;
  const otherwise = textOf(call.input['CustomerMasterKeySpec']) ?? 'SYMMETRIC_DEFAULT';
  return fixedOf(question)?.spec ?? created(call, 'KeySpec', otherwise);
}

function usageOf(question: Question): Values {
  return fixedOf(question)?.usage ?? created(question.call, 'KeyUsage', 'ENCRYPT_DECRYPT');
}

/** What the key that is to be made will be; undefined where none is. */
function created({ operation, input }: Question['call'], member: string, otherwise: string): string | undefined {
  return operation.name === 'CreateKey' ? (textOf(input[member]) ?? otherwise) : undefined;
}

function multiRegionKeyType({ call, key, replicaOf }: Question): Values {
  if (replicaOf !== undefined) return 'REPLICA';
  if (key === undefined) {
    return call.operation.name === 'CreateKey' && call.input['MultiRegion'] === true ? 'PRIMARY' : undefined;
  }
  const { multiRegion, region } = key.record;
  return multiRegion && (multiRegion.primaryRegion === region ? 'PRIMARY' : 'REPLICA');
}

function algorithmOf(input: Decoded['input'], access: KeyAccess | undefined): Values {
  if (access?.encryption === undefined) return undefined;
  const { algorithm } = access.encryption;
  return (algorithm === undefined ? undefined : textOf(input[algorithm])) ?? 'SYMMETRIC_DEFAULT';
}

/** Of CreateGrant and RetireGrant, the context that the grant's constraint names. */
function encryptionContextOf({ call: { input, operation }, access }: Question): [string, string][] | undefined {
  const constraints = ['CreateGrant', 'RetireGrant'].includes(operation.name) ? constraintsOf(input) : undefined;
  const context =
    constraints?.['EncryptionContextEquals'] ??
    constraints?.['EncryptionContextSubset'] ??
    (access?.encryption === undefined ? undefined : input[access.encryption.context]);
  return context instanceof Map && context.size > 0 ? ([...context] as [string, string][]) : undefined; // a textMap
}

function constraintsOf(input: Decoded['input']): Readonly<Record<string, unknown>> | undefined {
  const constraints = input['Constraints'];
  return constraints === undefined ? undefined : Object(constraints);
}

function constraintType(constraints: Readonly<Record<string, unknown>> | undefined): Values {
  const types = ['EncryptionContextEquals', 'EncryptionContextSubset', 'SourceArn'];
  return types.find((type) => constraints?.[type] !== undefined);
}

function tagsOf(input: Decoded['input']): readonly (readonly [string, string])[] | undefined {
  const tags = input['Tags'];
  return Array.isArray(tags) ? tags.map(({ TagKey, TagValue }) => [String(TagKey), String(TagValue)]) : undefined;
}

function tagKeysOf(input: Decoded['input']): Values {
  const keys = input['TagKeys'];
  return Array.isArray(keys) ? keys.map(String) : tagsOf(input)?.map(([name]) => name);
}

/** Whole days: the rest of a day is left out, as AWS leaves it out. */
function idleDays({ nowMs, idleSinceMs }: Question): Values {
  return idleSinceMs === undefined ? undefined : String(Math.max(0, Math.floor((nowMs - idleSinceMs) / dayMs)));
}

function epochSeconds(milliseconds: unknown): Values {
  return typeof milliseconds === 'number' ? String(milliseconds / 1000) : undefined;
}

function valuesOfMember(value: unknown): Values {
  return Array.isArray(value) ? value.map(String) : textOf(value);
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
