/**
 * What a grant may say. Source: AWS KMS API Reference, CreateGrant and GrantConstraints; Developer Guide, Grant operations,
 * Using grant constraints.
 */
import type { KeyUsage } from '#crypto/specs.ts';
import { invalid } from '#model/errors.ts';
import type { GrantConstraints, KeyRecord } from '#storage/store.ts';
import { isSymmetric } from './material-facts.ts';

const onEveryKey = ['CreateGrant', 'RetireGrant', 'DescribeKey'];

const byUsage: Readonly<Record<KeyUsage, readonly string[]>> = {
  ENCRYPT_DECRYPT: ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GetPublicKey'],
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate', 'GetPublicKey'],
};

const onSymmetricEncryptionKeys = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
];

type KindOfKey = Pick<KeyRecord, 'spec' | 'usage'>;

/** Throws ValidationException for none, or for one that the key cannot be used for. */
export function requireOperations(operations: readonly string[], key: KindOfKey): void {
  // Diverges: grant-refusal-texts
  if (operations.length === 0) throw invalid('A grant needs at least one operation.');
  const ofUsage = byUsage[key.usage as KeyUsage]; // only usages of the table are ever stored
  const fitting = new Set([...onEveryKey, ...(isSymmetric(key) ? onSymmetricEncryptionKeys : ofUsage)]);
  const unfit = operations.filter((operation) => !fitting.has(operation));
  if (unfit.length === 0) return;
  throw invalid(`Grants on a key of spec ${key.spec} and usage ${key.usage} cannot allow ${unfit.join(', ')}.`);
}

const mostPairs = 8;
const mostCharacters = 384;

/** Throws ValidationException. */
export function requireConstraints(constraints: GrantConstraints | undefined, key: KindOfKey): void {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints ?? {};
  const pairs = equals ?? subset;
  if (pairs === undefined) return;
  if (equals !== undefined && subset !== undefined) throw invalid('More than one constraint supplied');
  // Diverges: grant-refusal-texts
  if (!isSymmetric(key)) {
    throw invalid(`Grants on a key of spec ${key.spec} cannot be constrained to an encryption context.`);
  }
  // Diverges: grant-constraint-size
  if (pairs.length === 0) throw invalid('The encryption context of a grant constraint is empty.');
  const characters = pairs.flat().reduce((sum, { length }) => sum + length, 0);
  if (pairs.length > mostPairs || characters > mostCharacters) {
    throw invalid(`A grant constraint may have ${mostPairs} pairs and ${mostCharacters} characters at most.`);
  }
}
