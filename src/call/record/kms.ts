/**
 * What records of operations of KMS say otherwise than all others. Source: AWS KMS Developer Guide, the pages of examples of log
 * entries, one for each operation; Monitoring requests from Nitro enclaves.
 */
import type { AuditEntry } from '#call/audit.ts';
import type { Attestation } from '#crypto/attestation/verify.ts';
import type { KmsOperationName } from '#model/operation-names.ts';

export type Input = Readonly<Record<string, unknown>>;

export interface Telling {
  /** Members of the request that are not told; `all` for a record without parameters. */
  readonly untold?: 'all' | readonly string[];
  /** What is told instead of the input: with the defaults that AWS shows. */
  readonly shown?: (input: Input) => Input;
  /** The slot of the key that the answer is told to be about; `key` unless given. */
  readonly answered?: string;
  /** Members of additionalEventData, each as JSON with its name. */
  readonly additional?: (entry: AuditEntry) => readonly string[];
}

const recipient = ['Recipient'];
const withAlgorithm = (input: Input): Input =>
  input['EncryptionAlgorithm'] === undefined ? { ...input, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' } : input;

const generating: Telling = {
  untold: recipient,
  additional: (entry) =>
    entry.attestation === undefined ? materialIn(entry) : [...materialIn(entry), ...recipientOf(entry)],
};

export const kmsTellings: { readonly [name in KmsOperationName]?: Telling } = {
  CreateKey: { shown: (input) => ({ ...newKey, ...input, ...specOf(input) }) },
  Decrypt: { ...generating, shown: withAlgorithm },
  DeleteAlias: { answered: 'current' },
  DeriveSharedSecret: { untold: recipient, additional: recipientOf },
  Encrypt: { shown: withAlgorithm, additional: currentMaterial },
  GenerateDataKey: generating,
  GenerateDataKeyPair: generating,
  GenerateDataKeyPairWithoutPlaintext: generating,
  GenerateDataKeyWithoutPlaintext: generating,
  GenerateRandom: { untold: 'all', additional: recipientOf },
  GetKeyPolicy: { shown: (input) => ({ PolicyName: 'default', ...input }) },
  PutKeyPolicy: { shown: (input) => ({ PolicyName: 'default', BypassPolicyLockoutSafetyCheck: false, ...input }) },
  ReEncrypt: {
    shown: (input) => ({
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      ...input,
    }),
    additional: (entry) => [
      ...memberOf(entry, 'SourceKeyMaterialId', 'sourceKeyMaterialId'),
      ...memberOf(entry, 'DestinationKeyMaterialId', 'destinationKeyMaterialId'),
    ],
  },
  ReplicateKey: {
    shown: (input) => ({ Description: '', BypassPolicyLockoutSafetyCheck: false, ...input }),
    answered: 'replica', // which the answer has all of
  },
  RetireGrant: {
    untold: 'all',
    additional: ({ grantId }) => (grantId === undefined ? [] : [`"grantId":${JSON.stringify(grantId)}`]),
  },
  Sign: { shown: (input) => ({ MessageType: 'RAW', ...input }) },
  Verify: { shown: (input) => ({ MessageType: 'RAW', ...input }) },
};

const newKey = {
  Description: '',
  Origin: 'AWS_KMS',
  KeyUsage: 'ENCRYPT_DECRYPT',
  BypassPolicyLockoutSafetyCheck: false,
  MultiRegion: false,
};

/** The older member has the same value as the newer, whichever was given. */
function specOf({ KeySpec, CustomerMasterKeySpec }: Input): Input {
  const spec = KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  return { KeySpec: spec, CustomerMasterKeySpec: spec };
}

function memberOf({ output }: AuditEntry, member: string, name: string): readonly string[] {
  const value: unknown = Object(output)[member];
  return typeof value === 'string' ? [`"${name}":"${value}"`] : [];
}

function materialIn(entry: AuditEntry): readonly string[] {
  return memberOf(entry, 'KeyMaterialId', 'keyMaterialId');
}

/** That of a symmetric key alone: the others never have another. The answer does not say it. */
function currentMaterial({ keys, refusal }: AuditEntry): readonly string[] {
  const record = keys?.['key']?.record;
  const isTold = refusal === undefined && record?.spec === 'SYMMETRIC_DEFAULT';
  return isTold && record.currentMaterialId !== undefined ? [`"keyMaterialId":"${record.currentMaterialId}"`] : [];
}

function recipientOf({ attestation }: AuditEntry): readonly string[] {
  return attestation === undefined ? [] : [`"recipient":${JSON.stringify(attested(attestation))}`];
}

function attested({ platform, moduleId, pcrs }: Attestation): Readonly<Record<string, string>> {
  const isEnclave = platform === 'nitro-enclave';
  const registers = [...pcrs].map(([index, value]): [string, string] => {
    if (isEnclave && index === 0) return ['attestationDocumentEnclaveImageDigest', value];
    return [`attestationDocument${isEnclave ? 'Enclave' : 'NitroTPM'}PCR${index}`, value];
  });
  return { attestationDocumentModuleId: moduleId, ...Object.fromEntries(registers) };
}
