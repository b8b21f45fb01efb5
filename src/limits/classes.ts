/**
 * Request quotas: which requests share one. Operations that use keys share the one of the key's kind, making data key pairs has one
 * for each spec of pairs, and every other operation has its own. Source: AWS KMS Developer Guide, Request quotas.
 */
import { keySpecs, type MaterialParameters } from '#crypto/specs.ts';
import { type KmsOperationName, kmsOperationNames } from '#model/operation-names.ts';

/** `symmetric`, `rsa`, `ecc`, `ml-dsa`, `ml-kem`; `GenerateDataKeyPair-RSA_2048` and so on; or the name of an operation. */
export type QuotaClass = string & { readonly quotaClass: unique symbol };

const groupNames = ['symmetric', 'rsa', 'ecc', 'ml-dsa', 'ml-kem'] as const;
type GroupName = (typeof groupNames)[number];

function groupOf(parameters: MaterialParameters): GroupName {
  switch (parameters.type) {
    case 'aes':
    case 'hmac':
      return 'symmetric';
    case 'rsa':
      return 'rsa';
    case 'ec':
      return 'ecc';
    case 'seed':
      if (parameters.keyType === 'ed25519') return 'ecc';
      return parameters.keyType.startsWith('ml-dsa-') ? 'ml-dsa' : 'ml-kem';
  }
}

/** By key spec. */
const groups = new Map(
  [...keySpecs].map(([spec, { parameters }]) => [spec, groupOf(parameters) as string as QuotaClass]),
);

const pairs = new Map(
  [...keySpecs]
    .filter(([, { isDataKeyPair }]) => isDataKeyPair)
    .map(([spec]) => [spec, `GenerateDataKeyPair-${spec}` as QuotaClass]),
);

/** What decides the class of an operation, where it is not the operation itself. */
const deciding: { readonly [name in KmsOperationName]?: 'key' | 'pair' | 'symmetric' } = {
  Decapsulate: 'key',
  Decrypt: 'key',
  DeriveSharedSecret: 'key',
  Encapsulate: 'key',
  Encrypt: 'key',
  GenerateDataKey: 'symmetric',
  GenerateDataKeyPair: 'pair',
  GenerateDataKeyPairWithoutPlaintext: 'pair',
  GenerateDataKeyWithoutPlaintext: 'symmetric',
  GenerateMac: 'symmetric',
  GenerateRandom: 'symmetric',
  ReEncrypt: 'key',
  Sign: 'key',
  Verify: 'key',
  VerifyMac: 'symmetric',
};

/** The class that all requests for an operation are of; what it depends on where they are not. */
export type OperationClass = QuotaClass | 'by key' | 'by pair';

const operationClasses = new Map<KmsOperationName, OperationClass>(
  kmsOperationNames.map((name) => {
    const decides = deciding[name];
    if (decides === 'key' || decides === 'pair') return [name, `by ${decides}`];
    return [name, (decides ?? name) as QuotaClass];
  }),
);

export function operationClass(operation: KmsOperationName): OperationClass {
  return operationClasses.get(operation) as OperationClass; // all are in it
}

/** The group of a key. Throws for what is no key spec. */
export function classOfKey(spec: string): QuotaClass {
  return known(groups.get(spec), spec);
}

/** Of making data key pairs of a spec. Throws for what is none. */
export function classOfPair(spec: string): QuotaClass {
  return known(pairs.get(spec), spec);
}

function known(found: QuotaClass | undefined, spec: string): QuotaClass {
  if (found === undefined) throw new Error(`There is no quota for ${spec}.`);
  return found;
}

/** All of them, groups first. */
export const quotaClasses: readonly QuotaClass[] = [
  ...new Set([
    ...(groupNames as readonly string[] as readonly QuotaClass[]),
    ...pairs.values(),
    ...[...operationClasses.values()].filter((one): one is QuotaClass => one !== 'by key' && one !== 'by pair'),
  ]),
];
