/**
 * The table of the AWS KMS Developer Guide, Key states of AWS KMS keys, as one test: each operation, in each state, on a key of
 * each origin. The states are written into the key's record, so that those that do not last are there to be tried.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountId, parseKeyId, parseRegion } from '#model/arn.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import type { KeyRecord, KeyStateRecord } from '#storage/store.ts';
import { materialFor, wrapFor, wrappingOf } from '#test/harness/import.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

type Origin = KeyRecord['origin'];
type Kind = 'symmetric' | 'hmac' | 'signing' | 'agreement' | 'kem' | 'multiRegion';

/** In the order of the table's columns. */
const states: readonly KeyStateRecord[] = [
  { name: 'Enabled' },
  { name: 'Disabled' },
  { name: 'PendingDeletion', deletionDateMs: 9_999_999_999_999 },
  { name: 'PendingReplicaDeletion', windowDays: 7 },
  { name: 'PendingImport' },
  { name: 'Unavailable' },
  { name: 'Creating' },
  { name: 'Updating' },
];

/** What a cell of the table stands for; `ok` is done. */
const refusals: Readonly<Record<string, (arn: string) => readonly [name: string, message: string]>> = {
  disabled: (arn) => ['DisabledException', `${arn} is disabled.`],
  ending: (arn) => ['KMSInvalidStateException', `${arn} is pending deletion.`],
  replicaEnding: (arn) => ['KMSInvalidStateException', `${arn} is pending deletion (or pending replica deletion).`],
  notEnding: (arn) => ['KMSInvalidStateException', `${arn} is not pending deletion (or pending replica deletion).`],
  import: (arn) => ['KMSInvalidStateException', `${arn} is pending import.`],
  external: (arn) => [
    'UnsupportedOperationException',
    `${arn} origin is EXTERNAL which is not valid for this operation.`,
  ],
  internal: (arn) => [
    'UnsupportedOperationException',
    `${arn} origin is AWS_KMS which is not valid for this operation.`,
  ],
  store: (arn) => ['UnsupportedOperationException', `${arn} is in a custom key store, where this is not supported.`],
  unavailable: (arn) => ['KMSInvalidStateException', `${arn} is unavailable.`],
  creating: (arn) => ['KMSInvalidStateException', `${arn} is creating.`],
  updating: (arn) => ['KMSInvalidStateException', `${arn} is updating.`],
  nothingPending: (arn) => [
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arn}.`,
  ],
};

/** Cells in the order of `states`: how it ends there. */
type Cells = readonly [string, string, string, string, string, string, string, string];

const always: Cells = ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'];
const using: Cells = ['ok', 'disabled', 'ending', 'replicaEnding', 'import', 'unavailable', 'creating', 'ok'];
const staying: Cells = ['ok', 'ok', 'ending', 'replicaEnding', 'ok', 'ok', 'ok', 'ok'];
const switching: Cells = ['ok', 'ok', 'ending', 'replicaEnding', 'import', 'ok', 'creating', 'updating'];
const rotating: Cells = ['ok', 'disabled', 'ending', 'replicaEnding', 'external', 'store', 'creating', 'ok'];
const refusedBy = (cells: Cells, refusal: string): Cells =>
  cells.map((cell) => (cell === 'ok' ? refusal : cell)) as unknown as Cells; // as long as it was

interface Row {
  readonly kind: Kind;
  readonly cells: Cells;
  /** Where keys of imported material differ. */
  readonly external?: Cells;
  input(key: Fixture, turn: number): object;
  /** What only a key of imported material that can be used gives. */
  prepare?(kms: Kms, key: Fixture): Promise<object>;
}

const byId = ({ KeyId }: Fixture) => ({ KeyId });
const message = Buffer.from('message').toString('base64');

const table: Readonly<Record<string, Row>> = {
  CancelKeyDeletion: {
    kind: 'symmetric',
    cells: ['notEnding', 'notEnding', 'ok', 'ok', 'notEnding', 'notEnding', 'notEnding', 'notEnding'],
    input: byId,
  },
  CreateAlias: {
    kind: 'symmetric',
    cells: staying,
    input: ({ KeyId }, turn) => ({ AliasName: `alias/new-${KeyId}-${turn}`, TargetKeyId: KeyId }),
  },
  CreateGrant: {
    kind: 'symmetric',
    cells: ['ok', 'disabled', 'ending', 'replicaEnding', 'import', 'ok', 'creating', 'ok'],
    input: ({ KeyId }) => ({ KeyId, GranteePrincipal: 'arn:aws:iam::444455556666:root', Operations: ['DescribeKey'] }),
  },
  Encrypt: { kind: 'symmetric', cells: using, input: ({ KeyId }) => ({ KeyId, Plaintext: message }) },
  Decrypt: { kind: 'symmetric', cells: using, input: ({ CiphertextBlob }) => ({ CiphertextBlob }) },
  ReEncrypt: {
    kind: 'symmetric',
    cells: using,
    input: ({ KeyId, CiphertextBlob }) => ({ CiphertextBlob, DestinationKeyId: KeyId }),
  },
  GenerateDataKey: { kind: 'symmetric', cells: using, input: ({ KeyId }) => ({ KeyId, KeySpec: 'AES_256' }) },
  GenerateDataKeyWithoutPlaintext: {
    kind: 'symmetric',
    cells: using,
    input: ({ KeyId }) => ({ KeyId, KeySpec: 'AES_256' }),
  },
  GenerateDataKeyPair: {
    kind: 'symmetric',
    cells: using.with(5, 'store') as unknown as Cells,
    input: ({ KeyId }) => ({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
  },
  GenerateDataKeyPairWithoutPlaintext: {
    kind: 'symmetric',
    cells: using.with(5, 'store') as unknown as Cells,
    input: ({ KeyId }) => ({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
  },
  GenerateMac: {
    kind: 'hmac',
    cells: using,
    input: ({ KeyId }) => ({ KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' }),
  },
  VerifyMac: {
    kind: 'hmac',
    cells: using,
    input: ({ KeyId, Mac }) => ({ KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256', Mac }),
  },
  Sign: {
    kind: 'signing',
    cells: using,
    input: ({ KeyId }) => ({ KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }),
  },
  Verify: {
    kind: 'signing',
    cells: using,
    input: ({ KeyId, Signature }) => ({ KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256', Signature }),
  },
  DeriveSharedSecret: {
    kind: 'agreement',
    cells: using,
    input: ({ KeyId, PublicKey }) => ({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
  },
  Encapsulate: {
    kind: 'kem',
    cells: using,
    input: ({ KeyId }) => ({ KeyId, EncapsulationAlgorithm: 'ML_KEM' }),
  },
  Decapsulate: {
    kind: 'kem',
    cells: using,
    input: ({ KeyId, SharedSecretCiphertextBlob }) => ({
      KeyId,
      EncapsulationAlgorithm: 'ML_KEM',
      SharedSecretCiphertextBlob,
    }),
  },
  DeleteAlias: { kind: 'symmetric', cells: always, input: ({ AliasName }) => ({ AliasName }) },
  DeleteImportedKeyMaterial: {
    kind: 'symmetric',
    cells: refusedBy(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'creating', 'updating'], 'internal'),
    external: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'creating', 'updating'],
    input: byId,
  },
  DescribeKey: { kind: 'symmetric', cells: always, input: byId },
  GetKeyLastUsage: { kind: 'symmetric', cells: always, input: byId },
  DisableKey: { kind: 'symmetric', cells: switching, input: byId },
  EnableKey: { kind: 'symmetric', cells: switching, input: byId },
  EnableKeyRotation: { kind: 'symmetric', cells: rotating, external: refusedBy(rotating, 'external'), input: byId },
  DisableKeyRotation: { kind: 'symmetric', cells: rotating, external: refusedBy(rotating, 'external'), input: byId },
  GetKeyPolicy: { kind: 'symmetric', cells: always, input: byId },
  PutKeyPolicy: {
    kind: 'symmetric',
    cells: always,
    input: ({ KeyId, Policy }) => ({ KeyId, Policy }),
  },
  ListKeyPolicies: { kind: 'symmetric', cells: always, input: byId },
  ListAliases: { kind: 'symmetric', cells: always, input: byId },
  ListGrants: { kind: 'symmetric', cells: always, input: byId },
  ListResourceTags: { kind: 'symmetric', cells: always, input: byId },
  RetireGrant: { kind: 'symmetric', cells: always, input: ({ arn, GrantId }) => ({ KeyId: arn, GrantId }) },
  RevokeGrant: { kind: 'symmetric', cells: always, input: ({ KeyId, GrantId }) => ({ KeyId, GrantId }) },
  GetKeyRotationStatus: {
    kind: 'symmetric',
    cells: ['ok', 'ok', 'ok', 'ok', 'external', 'store', 'ok', 'ok'],
    input: byId,
  },
  GetParametersForImport: {
    kind: 'symmetric',
    cells: ['internal', 'internal', 'internal', 'internal', 'internal', 'internal', 'creating', 'updating'],
    external: ['ok', 'ok', 'ending', 'replicaEnding', 'ok', 'external', 'creating', 'updating'],
    input: ({ KeyId }) => ({ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
  },
  GetPublicKey: {
    kind: 'signing',
    cells: ['ok', 'ok', 'ending', 'replicaEnding', 'ok', 'ok', 'creating', 'ok'],
    input: byId,
  },
  ImportKeyMaterial: {
    kind: 'symmetric',
    cells: refusedBy(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'creating', 'ok'], 'internal'),
    external: ['ok', 'ok', 'ending', 'replicaEnding', 'ok', 'external', 'creating', 'ok'],
    input: ({ KeyId, ImportToken = 'AAAA', EncryptedKeyMaterial = 'AAAA' }) => ({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial,
      ImportType: 'NEW_KEY_MATERIAL',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
    async prepare(kms, { KeyId }) {
      const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
      const { ImportToken, PublicKey } = await kms.ok('GetParametersForImport', { KeyId, ...wrapping });
      const wrapped = wrapFor(wrapping, PublicKey, materialFor('SYMMETRIC_DEFAULT'));
      return { ImportToken, EncryptedKeyMaterial: wrapped.toString('base64') };
    },
  },
  ListKeyRotations: {
    kind: 'symmetric',
    cells: ['ok', 'ok', 'ok', 'ok', 'ok', 'store', 'ok', 'ok'],
    input: byId,
  },
  ReplicateKey: {
    kind: 'multiRegion',
    cells: using.with(7, 'updating') as unknown as Cells,
    input: ({ KeyId }, turn) => ({ KeyId, ReplicaRegion: `eu-west-${turn + 2}` }),
  },
  RotateKeyOnDemand: {
    kind: 'symmetric',
    cells: ['ok', 'disabled', 'ending', 'replicaEnding', 'import', 'store', 'creating', 'ok'],
    external: [
      'nothingPending',
      'disabled',
      'ending',
      'replicaEnding',
      'import',
      'store',
      'creating',
      'nothingPending',
    ],
    input: byId,
  },
  ScheduleKeyDeletion: {
    kind: 'symmetric',
    cells: ['ok', 'ok', 'ending', 'replicaEnding', 'ok', 'ok', 'ok', 'updating'],
    input: byId,
  },
  TagResource: {
    kind: 'symmetric',
    cells: staying,
    input: ({ KeyId }) => ({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
  },
  UntagResource: { kind: 'symmetric', cells: staying, input: ({ KeyId }) => ({ KeyId, TagKeys: ['a'] }) },
  UpdateKeyDescription: {
    kind: 'symmetric',
    cells: staying,
    input: ({ KeyId }) => ({ KeyId, Description: 'another' }),
  },
  UpdateAlias: {
    kind: 'symmetric',
    cells: staying,
    input: ({ KeyId, otherAlias }) => ({ AliasName: otherAlias, TargetKeyId: KeyId }),
  },
  UpdatePrimaryRegion: {
    kind: 'multiRegion',
    cells: using,
    input: ({ KeyId }) => ({ KeyId, PrimaryRegion: 'eu-west-1' }),
  },
};

/** A key, and what the inputs need of it. */
interface Fixture {
  readonly arn: string;
  readonly KeyId: string;
  readonly record: KeyRecord;
  readonly Policy: string;
  readonly AliasName: string;
  readonly otherAlias: string;
  readonly GrantId: string;
  readonly CiphertextBlob?: string;
  readonly Mac?: string;
  readonly Signature?: string;
  readonly PublicKey?: string;
  readonly SharedSecretCiphertextBlob?: string;
  readonly ImportToken?: string;
  readonly EncryptedKeyMaterial?: string;
}

const wishes: Readonly<Record<Kind, object>> = {
  symmetric: {},
  hmac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  signing: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  agreement: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  kem: { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  multiRegion: { MultiRegion: true },
};

const products: Readonly<Record<Kind, (kms: Kms, KeyId: string) => Promise<object>>> = {
  symmetric: (kms, KeyId) => kms.ok('Encrypt', { KeyId, Plaintext: message }),
  hmac: (kms, KeyId) => kms.ok('GenerateMac', { KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' }),
  signing: (kms, KeyId) => kms.ok('Sign', { KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }),
  agreement: (kms, KeyId) => kms.ok('GetPublicKey', { KeyId }),
  kem: (kms, KeyId) => kms.ok('Encapsulate', { KeyId, EncapsulationAlgorithm: 'ML_KEM' }),
  multiRegion: (kms, KeyId) => kms.ok('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' }),
};

async function makeFixture(kms: Kms, kind: Kind): Promise<Fixture> {
  const { KeyId, Arn: arn } = (await kms.ok('CreateKey', wishes[kind])).KeyMetadata;
  const other = (await kms.ok('CreateKey', wishes[kind])).KeyMetadata.KeyId;
  const AliasName = `alias/${KeyId}`;
  const otherAlias = `alias/of-${other}`;
  await kms.ok('CreateAlias', { AliasName, TargetKeyId: KeyId });
  await kms.ok('CreateAlias', { AliasName: otherAlias, TargetKeyId: other });
  const GranteePrincipal = 'arn:aws:iam::444455556666:root';
  const RetiringPrincipal = 'arn:aws:iam::111122223333:root';
  const grant = { KeyId, GranteePrincipal, RetiringPrincipal, Operations: ['DescribeKey', 'RetireGrant'] };
  const { GrantId } = await kms.ok('CreateGrant', grant);
  const { Policy } = await kms.ok('GetKeyPolicy', { KeyId });
  const made = await products[kind](kms, KeyId);
  const record = await kms.vault.store.get('keys', ['111122223333', 'us-east-1', KeyId]);
  assert(record !== undefined);
  return { arn, record, Policy, AliasName, otherAlias, GrantId, ...made, KeyId };
}

/** Puts the key, and whatever an operation may have taken away, back as it was, in another state and of another origin. */
async function put(kms: Kms, { record, KeyId }: Fixture, origin: Origin, state: KeyStateRecord): Promise<void> {
  const materials = record.materials?.map((facts) =>
    origin === 'EXTERNAL' ? { ...facts, imported: { isPresent: true } } : facts,
  );
  const changed = { ...record, origin, state, ...(materials === undefined ? {} : { materials }) };
  await kms.vault.store.write(async (transaction) =>
    transaction.put('keys', [record.accountId, record.region, KeyId], changed),
  );
  const [accountId, region, keyId] = [parseAccountId(record.accountId), parseRegion(record.region), parseKeyId(KeyId)];
  assert(accountId !== undefined && region !== undefined && keyId !== undefined);
  kms.keyring.snapshots.dropKey({ accountId, region }, keyId);
}

for (const [operation, { kind, cells, external, input, prepare }] of Object.entries(table)) {
  test(`${operation} works in the states that AWS says, and is refused in the others by name and text`, async () => {
    await using kms = await startKms();
    let turn = 0;
    for (const origin of ['AWS_KMS', 'EXTERNAL'] as const) {
      if (kind === 'kem' && origin === 'EXTERNAL') continue; // no such keys
      for (const [column, state] of states.entries()) {
        if (origin === 'AWS_KMS' && state.name === 'PendingImport') continue; // nor such
        let key = await makeFixture(kms, kind);
        if (prepare !== undefined && origin === 'EXTERNAL') {
          await put(kms, key, origin, { name: 'Enabled' });
          key = { ...key, ...(await prepare(kms, key)) };
        }
        await put(kms, key, origin, state);
        const answer = await kms.send(operation, input(key, turn++));
        const cell = (origin === 'EXTERNAL' && external?.[column]) || (cells[column] ?? 'ok');
        const where = `${operation} of ${origin} in ${state.name}`;
        if (cell === 'ok') {
          assert.equal(answer.status, 200, `${where}: ${answer.text}`);
        } else {
          const [name, text] = refusals[cell]?.(key.arn) ?? [];
          assert.deepEqual([answer.body.__type, answer.body.message], [name, text], where);
          assert.equal(answer.status, 400, where);
        }
      }
    }
  });
}

test('the table has every operation of a key', () => {
  const ofNoKey = /^(CreateKey|ListKeys|GenerateRandom|ListRetirableGrants|.*CustomKeyStores?)$/;
  const ofKeys = [...kmsOperations.keys()].filter((name) => !ofNoKey.test(name));
  assert.deepEqual(Object.keys(table).sort(), ofKeys.sort());
});
