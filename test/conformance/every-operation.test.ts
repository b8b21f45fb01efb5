/**
 * Every operation through the clients that people have, the AWS SDK for JavaScript and boto3: each is answered, with the
 * members in the types that the client's model says. Those for custom key stores say that they are not there.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type CreateKeyCommandInput,
  KMS,
  KMSInvalidSignatureException,
  KMSInvalidStateException,
  NotFoundException,
  paginateListAliases,
  paginateListGrants,
  paginateListKeyPolicies,
  paginateListKeyRotations,
  paginateListKeys,
  paginateListResourceTags,
  paginateListRetirableGrants,
  UnsupportedOperationException,
} from '@aws-sdk/client-kms';
import { kmsOperationNames } from '#model/operation-names.ts';
import type { ListShape, Members, Shape, StructureShape } from '#model/schema.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { isInstalled, runClient } from '#test/harness/clients.ts';
import { wrapFor } from '#test/harness/import.ts';
import { type ServerProcess, startServer } from '#test/harness/server-process.ts';

const ofKeyStores = kmsOperationNames.filter((name) => name.includes('CustomKeyStore'));
const expected = kmsOperationNames.filter((name) => !ofKeyStores.includes(name));

const Plaintext = Buffer.from('hello');
const EncryptionContext = { purpose: 'test' };

test('every operation but the six for custom key stores works through the SDK', async () => {
  assert.deepEqual([ofKeyStores.length, expected.length], [6, 50]);
  await using server = await startServer();
  const answered = new Set<string>();
  const kms = watchedClient(server, answered);
  await useSymmetricKeys(kms);
  await manageKeys(kms);
  await grantUse(kms);
  await useKeyPairs(kms);
  await useMacs(kms);
  await agreeOnSecrets(kms);
  await rotate(kms);
  await bringMaterial(kms);
  await replicate(kms, watchedClient(server, answered, 'eu-west-1'));
  assert.deepEqual([...answered].sort(), [...expected].sort());
});

test('the operations for custom key stores say through the SDK that they are not there', async () => {
  await using server = await startServer();
  const kms = watchedClient(server, new Set());
  const CustomKeyStoreId = 'cks-1234567890abcdef0';
  const requests = {
    CreateCustomKeyStore: () => kms.createCustomKeyStore({ CustomKeyStoreName: 'mine' }),
    DescribeCustomKeyStores: () => kms.describeCustomKeyStores({}),
    ConnectCustomKeyStore: () => kms.connectCustomKeyStore({ CustomKeyStoreId }),
    DisconnectCustomKeyStore: () => kms.disconnectCustomKeyStore({ CustomKeyStoreId }),
    UpdateCustomKeyStore: () => kms.updateCustomKeyStore({ CustomKeyStoreId }),
    DeleteCustomKeyStore: () => kms.deleteCustomKeyStore({ CustomKeyStoreId }),
  };
  assert.deepEqual(Object.keys(requests).sort(), [...ofKeyStores].sort());
  for (const [name, request] of Object.entries(requests)) {
    await assert.rejects(request(), (error) => {
      assert(error instanceof UnsupportedOperationException, `${name}: ${error}`);
      assert.match(error.message, new RegExp(`^${name} is not supported by this version of Keywright: .*custom key`));
      return true;
    });
  }
});

test('every operation that boto3 knows works through it, but for custom key stores', async (t) => {
  if (!(await isInstalled('python3', ['-c', 'import boto3'])) || !(await isInstalled('openssl', ['version']))) return;
  await using server = await startServer();
  const ran = await runClient(server.data, 'python3', [join(import.meta.dirname, 'every_operation.py'), server.data]);
  assert.equal(ran.code, 0, ran.stderr);
  const { known, answered, refused } = JSON.parse(ran.stdout) as Record<string, string[]>;
  const isKnown = (name: string) => known?.includes(name);
  assert.deepEqual(answered, expected.filter(isKnown).sort());
  assert.deepEqual(refused, ofKeyStores.filter(isKnown).sort());
  assert.deepEqual(
    known?.filter((name) => !kmsOperationNames.some((one) => one === name)),
    [],
  );
  assert((known?.length ?? 0) >= 54, 'boto3 has all operations but the latest');
  t.diagnostic(`boto3 does not know ${kmsOperationNames.filter((name) => !isKnown(name)).join(', ') || 'none less'}`);
});

// --- A client that looks at its answers ------------------------------------------------------------------------------

/** Notes each operation that was answered, and that its answer has the types of the model. */
function watchedClient(
  { url: endpoint, credentials }: ServerProcess,
  answered: Set<string>,
  region = 'us-east-1',
): KMS {
  const kms = new KMS({ endpoint, region, credentials, maxAttempts: 1 });
  kms.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        const name = commandName.replace(/Command$/, '');
        const { $metadata: _, ...answer } = result.output;
        const shape = kmsOperations.get(name)?.output;
        if (shape === undefined) assert.deepEqual(answer, {}, name);
        else assertTyped(shape, answer, name);
        answered.add(name);
        return result;
      },
    { step: 'initialize' },
  );
  return kms;
}

const typeOf: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => value instanceof Date && value.getTime() > Date.UTC(2020),
  blob: (value) => value instanceof Uint8Array && value.length > 0,
  map: (value) => typeof value === 'object',
};

function assertTyped(shape: Shape<unknown>, value: unknown, path: string): void {
  if (shape.kind === 'list') {
    assert(Array.isArray(value), path);
    for (const element of value) assertTyped((shape as ListShape<unknown>).element, element, `${path}[]`);
  } else if (shape.kind === 'structure') {
    const members = Object.entries(value ?? {}).filter(([, member]) => member !== undefined);
    assert(members.length > 0, `${path} is empty`);
    const known: Members = (shape as StructureShape<Members>).members;
    for (const [name, member] of members) {
      const of = known[name];
      assert(of !== undefined, `${path}.${name}`);
      assertTyped('optional' in of ? of.optional : of, member, `${path}.${name}`);
    }
  } else {
    assert(typeOf[shape.kind]?.(value), `${path} is a ${shape.kind}: ${value}`);
  }
}

// --- The operations --------------------------------------------------------------------------------------------------

async function newKey(kms: KMS, input: CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await kms.createKey(input);
  assert.equal(KeyMetadata?.Enabled, input.Origin !== 'EXTERNAL');
  return KeyMetadata?.Arn ?? '';
}

async function all<Page, Item>(pages: AsyncIterable<Page>, itemsOf: (page: Page) => Item[] | undefined) {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}

async function useSymmetricKeys(kms: KMS): Promise<void> {
  const [KeyId, other] = [await newKey(kms), await newKey(kms)];
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext });
  const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext });
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
  const moved = await kms.reEncrypt({
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: other,
  });
  assert.deepEqual([moved.SourceKeyId, moved.KeyId], [KeyId, other]);
  assert.deepEqual((await kms.decrypt(moved)).Plaintext, opened.Plaintext);
  const dataKey = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
  assert.equal(dataKey.Plaintext?.length, 32);
  assert.deepEqual((await kms.decrypt({ CiphertextBlob: dataKey.CiphertextBlob })).Plaintext, dataKey.Plaintext);
  const blind = await kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 24 });
  assert(!('Plaintext' in blind));
  assert.equal((await kms.decrypt({ CiphertextBlob: blind.CiphertextBlob })).Plaintext?.length, 24);
  assert.equal((await kms.generateRandom({ NumberOfBytes: 7 })).Plaintext?.length, 7);
  const { KeyLastUsage } = await kms.getKeyLastUsage({ KeyId });
  assert.equal(KeyLastUsage?.Operation, 'Decrypt');
  assert(KeyLastUsage.Timestamp instanceof Date);
}

async function manageKeys(kms: KMS): Promise<void> {
  const Tags = [
    { TagKey: 'a', TagValue: 'b' },
    { TagKey: 'c', TagValue: 'd' },
  ];
  const [KeyId, other] = [await newKey(kms, { Tags: Tags.slice(0, 1) }), await newKey(kms)];
  const pager = { client: kms, pageSize: 1 };
  await kms.tagResource({ KeyId, Tags: Tags.slice(1) });
  assert.deepEqual(await all(paginateListResourceTags(pager, { KeyId }), (page) => page.Tags), Tags);
  await kms.untagResource({ KeyId, TagKeys: ['a'] });
  assert.deepEqual((await kms.listResourceTags({ KeyId })).Tags, Tags.slice(1));

  for (const name of ['one', 'two']) await kms.createAlias({ AliasName: `alias/${name}`, TargetKeyId: KeyId });
  await kms.updateAlias({ AliasName: 'alias/two', TargetKeyId: other });
  const aliases = await all(paginateListAliases(pager, {}), (page) => page.Aliases);
  const targets = aliases.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId]);
  const idOf = (arn: string) => arn.slice(-36);
  assert.deepEqual(targets, [
    ['alias/one', idOf(KeyId)],
    ['alias/two', idOf(other)],
  ]);
  await kms.deleteAlias({ AliasName: 'alias/two' });
  await assert.rejects(kms.describeKey({ KeyId: 'alias/two' }), NotFoundException);
  const keys = await all(paginateListKeys(pager, {}), (page) => page.Keys);
  assert.deepEqual(
    keys.filter(({ KeyArn }) => KeyArn === KeyId),
    [{ KeyArn: KeyId, KeyId: idOf(KeyId) }],
  );

  assert.deepEqual(await all(paginateListKeyPolicies(pager, { KeyId }), (page) => page.PolicyNames), ['default']);
  const { Policy = '' } = await kms.getKeyPolicy({ KeyId, PolicyName: 'default' });
  const named = JSON.stringify({ ...JSON.parse(Policy), Id: 'named' });
  await kms.putKeyPolicy({ KeyId, Policy: named });
  assert.equal((await kms.getKeyPolicy({ KeyId })).Policy, named);

  await kms.updateKeyDescription({ KeyId, Description: 'new' });
  await kms.disableKey({ KeyId });
  assert.equal((await kms.describeKey({ KeyId })).KeyMetadata?.KeyState, 'Disabled');
  await kms.enableKey({ KeyId });
  const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  assert.deepEqual([KeyMetadata?.KeyState, KeyMetadata?.Description], ['PendingDeletion', 'new']);
  assert.deepEqual(KeyMetadata?.DeletionDate, scheduled.DeletionDate);
  assert.equal((await kms.cancelKeyDeletion({ KeyId })).KeyId, KeyId);
}

async function grantUse(kms: KMS): Promise<void> {
  const KeyId = await newKey(kms);
  const GranteePrincipal = 'arn:aws:iam::000000000000:root';
  const retired = { RetiringPrincipal: GranteePrincipal, Operations: ['Encrypt', 'Decrypt'] } as const;
  const Constraints = { EncryptionContextSubset: EncryptionContext };
  const make = (Name: string) =>
    kms.createGrant({ KeyId, GranteePrincipal, Name, Constraints, ...retired, Operations: [...retired.Operations] });
  const [first, second] = [await make('first'), await make('second')];
  const pager = { client: kms, pageSize: 1 };
  const grants = await all(paginateListGrants(pager, { KeyId }), (page) => page.Grants);
  assert.deepEqual(grants.map(({ Name }) => Name).sort(), ['first', 'second']);
  assert.deepEqual(grants[0]?.Constraints, Constraints);
  assert(grants[0]?.CreationDate instanceof Date);
  const input = { RetiringPrincipal: GranteePrincipal };
  const retirable = await all(paginateListRetirableGrants(pager, input), (page) => page.Grants);
  assert.deepEqual(retirable.map(({ GrantId }) => GrantId).sort(), grants.map(({ GrantId }) => GrantId).sort());
  await kms.encrypt({ KeyId, Plaintext, GrantTokens: [first.GrantToken ?? ''] });
  await kms.retireGrant({ GrantToken: first.GrantToken });
  await kms.revokeGrant({ KeyId, GrantId: second.GrantId });
  assert.deepEqual((await kms.listGrants({ KeyId })).Grants, []);
}

async function useKeyPairs(kms: KMS): Promise<void> {
  const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const hash = createHash('sha256').update(Plaintext).digest();
  const SigningAlgorithm = 'ECDSA_SHA_256';
  const { Signature } = await kms.sign({ KeyId, Message: Plaintext, SigningAlgorithm });
  const digest = { KeyId, Message: hash, MessageType: 'DIGEST', SigningAlgorithm, Signature } as const;
  assert.equal((await kms.verify(digest)).SignatureValid, true);
  const wrong = { ...digest, Message: Buffer.alloc(32) };
  await assert.rejects(kms.verify(wrong), KMSInvalidSignatureException);
  const found = await kms.getPublicKey({ KeyId });
  assert.deepEqual([found.KeySpec, found.SigningAlgorithms], ['ECC_NIST_P256', [SigningAlgorithm]]);

  const wish = { KeyId: await newKey(kms), KeyPairSpec: 'RSA_2048', EncryptionContext } as const;
  const pair = await kms.generateDataKeyPair(wish);
  const opened = await kms.decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob, EncryptionContext });
  assert.deepEqual(opened.Plaintext, pair.PrivateKeyPlaintext);
  const blind = await kms.generateDataKeyPairWithoutPlaintext(wish);
  assert.deepEqual([blind.KeyPairSpec, 'PrivateKeyPlaintext' in blind], ['RSA_2048', false]);
  await kms.decrypt({ CiphertextBlob: blind.PrivateKeyCiphertextBlob, EncryptionContext });
}

async function useMacs(kms: KMS): Promise<void> {
  const KeyId = await newKey(kms, { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const input = { KeyId, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_384' } as const;
  const { Mac } = await kms.generateMac(input);
  assert.equal(Mac?.length, 48);
  assert.equal((await kms.verifyMac({ ...input, Mac })).MacValid, true);
}

async function agreeOnSecrets(kms: KMS): Promise<void> {
  const wish = { KeySpec: 'ECC_NIST_P521', KeyUsage: 'KEY_AGREEMENT' } as const;
  const [mine, theirs] = [await newKey(kms, wish), await newKey(kms, wish)];
  const derive = async (KeyId: string, peer: string) => {
    const { PublicKey } = await kms.getPublicKey({ KeyId: peer });
    return (await kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey })).SharedSecret;
  };
  const secret = await derive(mine, theirs);
  assert.equal(secret?.length, 66);
  assert.deepEqual(secret, await derive(theirs, mine));

  const KeyId = await newKey(kms, { KeySpec: 'ML_KEM_1024', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
  const EncapsulationAlgorithm = 'ML_KEM';
  const { SharedSecret, SharedSecretCiphertextBlob } = await kms.encapsulate({ KeyId, EncapsulationAlgorithm });
  const opened = await kms.decapsulate({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm });
  assert.deepEqual(opened.SharedSecret, SharedSecret);
}

async function rotate(kms: KMS): Promise<void> {
  const KeyId = await newKey(kms);
  const { CiphertextBlob, ...encrypted } = await kms.encrypt({ KeyId, Plaintext });
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
  const status = await kms.getKeyRotationStatus({ KeyId });
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90]);
  assert(status.NextRotationDate instanceof Date);
  await kms.disableKeyRotation({ KeyId });
  assert.equal((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled, false);
  assert.equal((await kms.rotateKeyOnDemand({ KeyId })).KeyId, KeyId.slice(-36));
  const pages = paginateListKeyRotations(
    { client: kms, pageSize: 1 },
    { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
  );
  const rotations = await all(pages, (page) => page.Rotations);
  const opened = await kms.decrypt({ CiphertextBlob });
  assert.deepEqual(
    rotations.map(({ KeyMaterialState }) => KeyMaterialState),
    ['NON_CURRENT', 'CURRENT'],
  );
  assert.deepEqual([rotations[0]?.KeyMaterialId, encrypted.KeyId], [opened.KeyMaterialId, KeyId]);
}

async function bringMaterial(kms: KMS): Promise<void> {
  const KeyId = await newKey(kms, { Origin: 'EXTERNAL' });
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_3072' } as const;
  const { ImportToken, PublicKey, ParametersValidTo } = await kms.getParametersForImport({ KeyId, ...wrapping });
  assert(ParametersValidTo instanceof Date);
  const EncryptedKeyMaterial = wrapFor(wrapping, Buffer.from(PublicKey ?? []).toString('base64'), randomBytes(32));
  const ValidTo = new Date(Math.ceil(Date.now() / 1000 + 3600) * 1000);
  await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ValidTo });
  assert.deepEqual((await kms.describeKey({ KeyId })).KeyMetadata?.ValidTo, ValidTo);
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
  await kms.deleteImportedKeyMaterial({ KeyId });
  await assert.rejects(kms.decrypt({ CiphertextBlob }), KMSInvalidStateException);
  await kms.importKeyMaterial({
    KeyId,
    ImportToken,
    EncryptedKeyMaterial,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  });
  assert.deepEqual(Buffer.from((await kms.decrypt({ CiphertextBlob })).Plaintext ?? []), Plaintext);
}

async function replicate(kms: KMS, elsewhere: KMS): Promise<void> {
  const KeyId = await newKey(kms, { MultiRegion: true });
  const replica = await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
  assert.equal(replica.ReplicaKeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType, 'REPLICA');
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
  assert.deepEqual(Buffer.from((await elsewhere.decrypt({ CiphertextBlob })).Plaintext ?? []), Plaintext);
  await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-1' });
  const { KeyMetadata } = await elsewhere.describeKey({ KeyId: KeyId.replace('us-east-1', 'eu-west-1') });
  assert.equal(KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType, 'PRIMARY');
}
