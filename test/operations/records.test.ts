/** What the records of calls say: for each operation of KMS, and for all that is refused. Source: kms ct-* pages of AWS's guide. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { AuditEvent } from '#audit/event.ts';
import { recordLines } from '#call/record/line.ts';
import { dateText } from '#call/record/members.ts';
import { isReadOnly } from '#call/record/operations.ts';
import { kmsOperationNames } from '#model/operation-names.ts';
import { iam } from '#operations/iam/api.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { sts } from '#operations/sts/api.ts';
import { attestationIssuer } from '#test/harness/attestation.ts';
import { wrapFor, wrappingOf } from '#test/harness/import.ts';
import { type Kms, type SendOptions, startKms, testPlace } from '#test/harness/kms.ts';
import { putRole, putUser } from '#test/harness/principals.ts';
import { assertRecord } from '#test/harness/records.ts';

type Json = Readonly<Record<string, unknown>>;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Body = any;

/** What is expected; members that are not given are null, or not there. */
interface Said {
  readonly parameters?: Json;
  readonly response?: Json;
  readonly additional?: Json;
  readonly resources?: readonly string[];
}

class Witness {
  readonly kms: Kms;
  readonly seen = new Set<string>();

  constructor(kms: Kms) {
    this.kms = kms;
  }

  async call(
    operation: string,
    input: Json,
    said: Said | ((answer: Body) => Said),
    options?: SendOptions,
  ): Promise<Body> {
    const answer = await this.kms.ok(operation, input, options);
    const event = this.kms.records.at(-1);
    assert(event !== undefined);
    const {
      parameters = null,
      response = null,
      additional = {},
      resources,
    } = typeof said === 'function' ? said(answer) : said;
    const { permittedBy, ...data } = event.additionalEventData ?? {};
    const shown = {
      eventName: event.eventName,
      requestParameters: event.requestParameters,
      responseElements: event.responseElements,
      additional: data,
      resources: event.resources?.map(({ ARN }) => ARN),
      readOnly: event.readOnly,
    };
    assert.deepEqual(shown, {
      eventName: operation,
      requestParameters: parameters,
      responseElements: response,
      additional,
      resources,
      readOnly: isReadOnly('kms', operation),
    });
    assert(permittedBy !== undefined, `${operation} says why it was permitted`);
    this.seen.add(operation);
    return answer;
  }

  async newKey(input: Json = {}) {
    return (await this.kms.ok('CreateKey', input)).KeyMetadata as { readonly KeyId: string; readonly Arn: string };
  }
}

const Plaintext = Buffer.from('a message that nobody else may read').toString('base64');
const EncryptionContext = { Department: 'Engineering' };
const encryptionContext = EncryptionContext;
const encryptionAlgorithm = 'SYMMETRIC_DEFAULT';

test('the record of each operation has the parameters, answer and resources that AWS documents', async () => {
  await using kms = await startKms();
  const witness = new Witness(kms);
  const call = witness.call.bind(witness);
  await callsOnCiphertexts(witness);
  await callsOnPairs(witness);
  await callsOnProperties(witness);
  await callsOnGrants(witness);
  await callsOnMaterial(witness);
  await call('GenerateRandom', { NumberOfBytes: 8 }, {});
  await call('ListKeys', { Limit: 5 }, { parameters: { limit: 5 } });
  const builtOnes = kmsOperationNames.filter((name) => !name.includes('CustomKeyStore'));
  assert.deepEqual([...witness.seen].sort(), [...builtOnes].sort());
});

async function callsOnCiphertexts(witness: Witness): Promise<void> {
  const call = witness.call.bind(witness);
  const { Arn } = await witness.newKey();
  const { Arn: other } = await witness.newKey();
  const { CiphertextBlob: opened } = await witness.kms.ok('GenerateDataKey', { KeyId: Arn, KeySpec: 'AES_256' });
  const { KeyMaterialId: keyMaterialId } = await witness.kms.ok('Decrypt', { CiphertextBlob: opened });
  await witness.kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: Arn });
  const additional = { keyMaterialId };
  const resources = [Arn];
  const { CiphertextBlob } = await call(
    'Encrypt',
    { KeyId: 'alias/app', Plaintext, EncryptionContext },
    { parameters: { keyId: 'alias/app', encryptionAlgorithm, encryptionContext }, additional, resources },
  );
  await call(
    'Decrypt',
    { CiphertextBlob, EncryptionContext, KeyId: Arn },
    { parameters: { keyId: Arn, encryptionAlgorithm, encryptionContext }, additional, resources },
  );
  const dataKey = { KeyId: Arn, EncryptionContext };
  const common = { keyId: Arn, encryptionContext };
  await call(
    'GenerateDataKey',
    { ...dataKey, KeySpec: 'AES_256' },
    { parameters: { ...common, keySpec: 'AES_256' }, additional, resources },
  );
  await call(
    'GenerateDataKeyWithoutPlaintext',
    { ...dataKey, NumberOfBytes: 24 },
    { parameters: { ...common, numberOfBytes: 24 }, additional, resources },
  );
  for (const name of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext']) {
    const parameters = { ...common, keyPairSpec: 'ECC_NIST_P256' };
    await call(name, { ...dataKey, KeyPairSpec: 'ECC_NIST_P256' }, { parameters, additional, resources });
  }
  const moving = { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: other };
  await call('ReEncrypt', moving, ({ SourceKeyMaterialId, DestinationKeyMaterialId }) => ({
    parameters: {
      sourceEncryptionContext: encryptionContext,
      destinationKeyId: other,
      sourceEncryptionAlgorithm: encryptionAlgorithm,
      destinationEncryptionAlgorithm: encryptionAlgorithm,
    },
    additional: { sourceKeyMaterialId: SourceKeyMaterialId, destinationKeyMaterialId: DestinationKeyMaterialId },
    resources: [Arn, other],
  }));
}

async function callsOnPairs(witness: Witness): Promise<void> {
  const call = witness.call.bind(witness);
  const { Arn } = await witness.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const signing = { KeyId: Arn, SigningAlgorithm: 'ECDSA_SHA_256' };
  const said = {
    parameters: { keyId: Arn, signingAlgorithm: 'ECDSA_SHA_256', messageType: 'RAW' },
    resources: [Arn],
  };
  const { Signature } = await call('Sign', { ...signing, Message: Plaintext }, said);
  await call('Verify', { ...signing, Message: Plaintext, Signature }, said);
  await call('GetPublicKey', { KeyId: Arn }, { parameters: { keyId: Arn }, resources: [Arn] });

  const { Arn: mac } = await witness.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const tagging = { KeyId: mac, MacAlgorithm: 'HMAC_SHA_256', Message: Plaintext };
  const tagged = { parameters: { keyId: mac, macAlgorithm: 'HMAC_SHA_256' }, resources: [mac] };
  const { Mac } = await call('GenerateMac', tagging, tagged);
  await call('VerifyMac', { ...tagging, Mac }, tagged);

  const { Arn: agreeing } = await witness.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { PublicKey } = await witness.kms.ok('GetPublicKey', { KeyId: agreeing });
  const agreement = { KeyId: agreeing, KeyAgreementAlgorithm: 'ECDH', PublicKey };
  const agreed = { parameters: { keyId: agreeing, keyAgreementAlgorithm: 'ECDH' }, resources: [agreeing] };
  await call('DeriveSharedSecret', agreement, agreed);

  const { Arn: kem } = await witness.newKey({ KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
  const how = { KeyId: kem, EncapsulationAlgorithm: 'ML_KEM' };
  const capsuled = { parameters: { keyId: kem, encapsulationAlgorithm: 'ML_KEM' }, resources: [kem] };
  const { SharedSecretCiphertextBlob } = await call('Encapsulate', how, capsuled);
  await call('Decapsulate', { ...how, SharedSecretCiphertextBlob }, capsuled);
}

async function callsOnProperties(witness: Witness): Promise<void> {
  const { kms } = witness;
  const call = witness.call.bind(witness);
  const now = dateText(Math.floor(kms.clock.now() / 1000) * 1000);
  const created = await call('CreateKey', { Tags: [{ TagKey: 'a', TagValue: 'b' }] }, ({ KeyMetadata }) => ({
    parameters: {
      description: '',
      origin: 'AWS_KMS',
      keyUsage: 'ENCRYPT_DECRYPT',
      keySpec: 'SYMMETRIC_DEFAULT',
      customerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      bypassPolicyLockoutSafetyCheck: false,
      multiRegion: false,
      tags: [{ tagKey: 'a', tagValue: 'b' }],
    },
    response: {
      keyMetadata: {
        aWSAccountId: '111122223333',
        keyId: KeyMetadata.KeyId,
        arn: KeyMetadata.Arn,
        creationDate: now,
        enabled: true,
        description: '',
        keyUsage: 'ENCRYPT_DECRYPT',
        keyState: 'Enabled',
        origin: 'AWS_KMS',
        keyManager: 'CUSTOMER',
        customerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        keySpec: 'SYMMETRIC_DEFAULT',
        encryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        multiRegion: false,
        currentKeyMaterialId: KeyMetadata.CurrentKeyMaterialId,
      },
    },
    resources: [KeyMetadata.Arn],
  }));
  const { KeyId, Arn } = created.KeyMetadata;
  const resources = [Arn];
  const response = { keyId: Arn };
  const reading = { parameters: { keyId: KeyId }, resources };
  const writing = { ...reading, response };

  const onAlias = ['arn:aws:kms:us-east-1:111122223333:alias/one', Arn];
  const target = { AliasName: 'alias/one', TargetKeyId: KeyId };
  const aliased = { parameters: { aliasName: 'alias/one', targetKeyId: KeyId }, response, resources: onAlias };
  await call('CreateAlias', target, aliased);
  await call('UpdateAlias', target, aliased);
  await call('ListAliases', { KeyId }, { parameters: { keyId: KeyId }, resources });
  const gone = { parameters: { aliasName: 'alias/one' }, response, resources: onAlias };
  await call('DeleteAlias', { AliasName: 'alias/one' }, gone);

  for (const name of ['DescribeKey', 'GetKeyLastUsage', 'GetKeyRotationStatus', 'ListKeyRotations']) {
    await call(name, { KeyId }, reading);
  }
  for (const name of ['ListKeyPolicies', 'ListResourceTags']) await call(name, { KeyId }, reading);
  const { Policy } = await call(
    'GetKeyPolicy',
    { KeyId },
    { parameters: { keyId: KeyId, policyName: 'default' }, resources },
  );
  const policed = { keyId: KeyId, policyName: 'default', policy: Policy, bypassPolicyLockoutSafetyCheck: false };
  await call('PutKeyPolicy', { KeyId, Policy }, { parameters: policed, response, resources });
  const Tags = [{ TagKey: 'team', TagValue: 'x' }];
  const tags = [{ tagKey: 'team', tagValue: 'x' }];
  await call('TagResource', { KeyId, Tags }, { parameters: { keyId: KeyId, tags }, response, resources });
  const untagged = { parameters: { keyId: KeyId, tagKeys: ['team'] }, response, resources };
  await call('UntagResource', { KeyId, TagKeys: ['team'] }, untagged);
  const described = { parameters: { keyId: KeyId, description: 'new' }, response, resources };
  await call('UpdateKeyDescription', { KeyId, Description: 'new' }, described);

  const rotating = { parameters: { keyId: KeyId, rotationPeriodInDays: 90 }, response, resources };
  await call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 }, rotating);
  for (const name of ['DisableKeyRotation', 'RotateKeyOnDemand', 'DisableKey', 'EnableKey']) {
    await call(name, { KeyId }, writing);
  }
  const ending = { KeyId, PendingWindowInDays: 7 };
  await call('ScheduleKeyDeletion', ending, ({ DeletionDate }) => ({
    parameters: { keyId: KeyId, pendingWindowInDays: 7 },
    response: {
      keyId: Arn,
      deletionDate: dateText(DeletionDate * 1000),
      keyState: 'PendingDeletion',
      pendingWindowInDays: 7,
    },
    resources,
  }));
  await call('CancelKeyDeletion', { KeyId }, writing);

  const primary = await witness.newKey({ MultiRegion: true });
  const there = primary.Arn.replace('us-east-1', 'eu-west-1');
  await call(
    'ReplicateKey',
    { KeyId: primary.KeyId, ReplicaRegion: 'eu-west-1' },
    ({ ReplicaKeyMetadata, ReplicaPolicy }) => {
      const parameters = { replicaRegion: 'eu-west-1', description: '', bypassPolicyLockoutSafetyCheck: false };
      const replicaKeyMetadata = kms.records.at(-1)?.responseElements?.['replicaKeyMetadata'];
      assert.equal(ReplicaKeyMetadata.Arn, there);
      assert.partialDeepStrictEqual(replicaKeyMetadata, {
        arn: there,
        multiRegionConfiguration: {
          multiRegionKeyType: 'REPLICA',
          primaryKey: { arn: primary.Arn, region: 'us-east-1' },
        },
      });
      const answer = { replicaKeyMetadata, replicaPolicy: ReplicaPolicy };
      return { parameters: { keyId: primary.KeyId, ...parameters }, response: answer, resources: [primary.Arn] };
    },
  );
  await call(
    'UpdatePrimaryRegion',
    { KeyId: primary.KeyId, PrimaryRegion: 'eu-west-1' },
    {
      parameters: { keyId: primary.KeyId, primaryRegion: 'eu-west-1' },
      response: { keyId: primary.Arn },
      resources: [primary.Arn, there],
    },
  );
}

async function callsOnGrants(witness: Witness): Promise<void> {
  const call = witness.call.bind(witness);
  const { KeyId, Arn } = await witness.newKey();
  const resources = [Arn];
  const principal = 'arn:aws:iam::111122223333:root';
  const wish = {
    KeyId,
    GranteePrincipal: principal,
    RetiringPrincipal: principal,
    Operations: ['Encrypt', 'Decrypt'],
    Constraints: { EncryptionContextSubset: EncryptionContext },
  };
  const make = (Name: string) =>
    call('CreateGrant', { ...wish, Name }, ({ GrantId }) => ({
      parameters: {
        keyId: KeyId,
        granteePrincipal: principal,
        retiringPrincipal: principal,
        operations: ['Encrypt', 'Decrypt'],
        constraints: { encryptionContextSubset: encryptionContext },
        name: Name,
      },
      response: { keyId: Arn, grantId: GrantId },
      resources,
    }));
  const [first, second] = [await make('first'), await make('second')];
  await call('ListGrants', { KeyId }, { parameters: { keyId: KeyId }, resources });
  const retirable = { parameters: { retiringPrincipal: principal } };
  await call('ListRetirableGrants', { RetiringPrincipal: principal }, retirable);
  const retired = { response: { keyId: Arn }, additional: { grantId: first.GrantId }, resources };
  await call('RetireGrant', { GrantToken: first.GrantToken }, retired);
  const { GrantId } = second;
  const revoked = { parameters: { keyId: KeyId, grantId: GrantId }, response: { keyId: Arn }, resources };
  await call('RevokeGrant', { KeyId, GrantId }, revoked);
}

async function callsOnMaterial(witness: Witness): Promise<void> {
  const { kms } = witness;
  const call = witness.call.bind(witness);
  const { KeyId, Arn } = await witness.newKey({ Origin: 'EXTERNAL' });
  const resources = [Arn];
  const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
  const { WrappingAlgorithm: wrappingAlgorithm, WrappingKeySpec: wrappingKeySpec } = wrapping;
  const { ImportToken, PublicKey } = await call(
    'GetParametersForImport',
    { KeyId, ...wrapping },
    { parameters: { keyId: KeyId, wrappingAlgorithm, wrappingKeySpec }, resources },
  );
  const EncryptedKeyMaterial = wrapFor(wrapping, PublicKey, randomBytes(32)).toString('base64');
  const ValidTo = Math.floor(kms.clock.now() / 1000) + 86_400;
  await call('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ValidTo }, ({ KeyMaterialId }) => ({
    parameters: { keyId: KeyId, validTo: dateText(ValidTo * 1000) },
    response: { keyId: Arn, keyMaterialId: KeyMaterialId },
    resources,
  }));
  await call('DeleteImportedKeyMaterial', { KeyId }, ({ KeyMaterialId }) => ({
    parameters: { keyId: KeyId },
    response: { keyId: Arn, keyMaterialId: KeyMaterialId },
    resources,
  }));
}

test('the record of a request from an attested environment has what the document says of it', async () => {
  const issuer = attestationIssuer(Date.now());
  await using kms = await startKms(undefined, { attestationRoots: issuer.roots });
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const document = issuer.document({ nowMs: kms.clock.now(), publicKey });
  const AttestationDocument = document.toString('base64');
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument };
  await kms.ok('GenerateRandom', { NumberOfBytes: 8, Recipient });
  const event = kms.records.at(-1);
  assert.equal(event?.requestParameters, null);
  const { recipient } = event?.additionalEventData ?? {};
  const attestation = kms.audited.at(-1)?.attestation;
  assert(attestation !== undefined);
  assert.partialDeepStrictEqual(recipient, {
    attestationDocumentModuleId: attestation.moduleId,
    attestationDocumentEnclaveImageDigest: attestation.pcrs.get(0),
    attestationDocumentEnclavePCR1: attestation.pcrs.get(1),
  });
});

test('every operation is known to read or to change something', () => {
  const changing = [...kmsOperations.keys()].filter((name) => !isReadOnly('kms', name));
  assert(
    changing.every((name) =>
      /^(Cancel|Connect|Create|Delete|Disable|Disconnect|Enable|Import|Put|Replicate|Retire|Revoke|Rotate|Schedule|Tag|Untag|Update)/.test(
        name,
      ),
    ),
    changing.join(),
  );
  assert.equal(kmsOperations.size - changing.length, 29);
  const inIam = [...iam.operations.keys()];
  const changingIam = inIam.filter((name) => !isReadOnly('iam', name));
  assert(changingIam.every((name) => /^(Add|Attach|Create|Delete|Detach|Put|Remove|Set|Tag|Untag|Update)/.test(name)));
  assert(inIam.filter((name) => isReadOnly('iam', name)).every((name) => /^(Get|List|Simulate)/.test(name)));
  assert([...sts.operations.keys()].every((name) => isReadOnly('sts', name)));
});

test('dates are written as AWS writes them', () => {
  assert.equal(dateText(Date.UTC(2022, 7, 10, 22, 38, 27)), 'Aug 10, 2022, 10:38:27 PM');
  assert.equal(dateText(Date.UTC(2022, 0, 1, 0, 3, 4)), 'Jan 1, 2022, 12:03:04 AM');
  assert.equal(dateText(Date.UTC(2022, 11, 31, 12, 0, 0)), 'Dec 31, 2022, 12:00:00 PM');
});

// --- Who ----------------------------------------------------------------------------------------------------------

const last = ({ records }: Kms): AuditEvent => {
  const event = records.at(-1);
  assert(event !== undefined);
  return event;
};

const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' };

test('records name every kind of caller', async () => {
  await using kms = await startKms();
  const alice = await putUser(kms, '111122223333', 'Alice', allowAll);
  const role = await putRole(kms, '111122223333', 'App', allowAll);
  const common = { accountId: '111122223333' };
  const creationDate = `${new Date(kms.clock.now()).toISOString().slice(0, 19)}Z`;
  const sessionAttributes = { creationDate, mfaAuthenticated: 'false' };
  await kms.ok('ListKeys');
  assert.deepEqual(last(kms).userIdentity, {
    type: 'Root',
    principalId: '111122223333',
    arn: 'arn:aws:iam::111122223333:root',
    ...common,
    accessKeyId: kms.root.accessKeyId,
  });
  await kms.ok('ListKeys', {}, { caller: alice });
  const ofAlice = { principalId: alice.userId, arn: alice.arn, ...common, userName: 'Alice' };
  assert.deepEqual(last(kms).userIdentity, { type: 'IAMUser', accessKeyId: alice.accessKeyId, ...ofAlice });
  const session = role.session('work');
  await kms.ok('ListKeys', {}, { caller: session });
  assert.deepEqual(last(kms).userIdentity, {
    type: 'AssumedRole',
    principalId: `${role.roleId}:work`,
    arn: 'arn:aws:sts::111122223333:assumed-role/App/work',
    ...common,
    accessKeyId: session.accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: role.roleId, arn: role.arn, ...common, userName: 'App' },
      attributes: sessionAttributes,
    },
  });
  const callerOf = ({ Credentials }: { Credentials: Record<string, string> }) => ({
    accessKeyId: Credentials['AccessKeyId'] ?? '',
    secretAccessKey: Credentials['SecretAccessKey'] ?? '',
    sessionToken: Credentials['SessionToken'] ?? '',
  });
  const temporary = callerOf(await kms.did('GetSessionToken', {}, { caller: alice }));
  const given = last(kms).responseElements?.['credentials'];
  assert.deepEqual(Object.keys(Object(given)).sort(), ['accessKeyId', 'expiration']);
  await kms.ok('ListKeys', {}, { caller: temporary });
  assert.deepEqual(last(kms).userIdentity, {
    type: 'IAMUser',
    ...ofAlice,
    accessKeyId: temporary.accessKeyId,
    sessionContext: { attributes: sessionAttributes },
  });
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowAll] });
  const federated = callerOf(await kms.did('GetFederationToken', { Name: 'Bob', Policy }, { caller: alice }));
  await kms.ok('ListKeys', {}, { caller: federated });
  assert.deepEqual(last(kms).userIdentity, {
    type: 'FederatedUser',
    principalId: '111122223333:Bob',
    arn: 'arn:aws:sts::111122223333:federated-user/Bob',
    ...common,
    accessKeyId: federated.accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'IAMUser', ...ofAlice },
      attributes: sessionAttributes,
    },
  });
  await kms.send('ListKeys', {}, { caller: { ...alice, secretAccessKey: 'wrong' } });
  assert.deepEqual(last(kms).userIdentity, { type: 'Unknown', accessKeyId: alice.accessKeyId });
  assert.equal(last(kms).errorCode, 'InvalidSignatureException');
});

// --- Across accounts ----------------------------------------------------------------------------------------------

const B = '444455556666';
const keyPolicy = (...more: readonly object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'own', Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
      ...more,
    ],
  });
const letB = { Sid: 'letB', Effect: 'Allow', Principal: { AWS: B }, Action: 'kms:*', Resource: '*' };

test('a key of another account that was used leaves a record in both trails, each with its own side of the decision', async () => {
  await using kms = await startKms();
  const { Arn } = (await kms.ok('CreateKey', { Policy: keyPolicy(letB) })).KeyMetadata;
  const bob = await putUser(kms, B, 'Bob', allowAll);
  await kms.ok('Encrypt', { KeyId: Arn, Plaintext }, { caller: bob });
  const [own, copy] = kms.records.slice(-2);
  assert(own !== undefined && copy !== undefined);
  assert.deepEqual([own.recipientAccountId, copy.recipientAccountId], [B, '111122223333']);
  assert.deepEqual(copy.userIdentity, { type: 'AWSAccount', principalId: bob.userId, accountId: B });
  const keyStatement = { policy: 'key policy', sid: 'letB', index: 1 };
  const [mine, theirs] = [own, copy].map(({ additionalEventData }) => Object(additionalEventData?.['permittedBy']).key);
  assert.deepEqual([mine.keyStatement, theirs.keyStatement], [undefined, keyStatement]);
  assert.equal(mine.identityStatement.policy.length > 0, true);
  assert.equal(theirs.identityStatement, undefined);
  // A refusal that is not for want of permission is told to both as well.
  await kms.ok('DisableKey', { KeyId: Arn });
  await kms.send('Encrypt', { KeyId: Arn, Plaintext }, { caller: bob });
  assert.deepEqual(
    kms.records.slice(-2).map(({ errorCode, recipientAccountId }) => [errorCode, recipientAccountId]),
    [
      ['DisabledException', B],
      ['DisabledException', '111122223333'],
    ],
  );
});

test("a refusal tells the caller's trail nothing of another account's key that the request did not name", async () => {
  await using kms = await startKms();
  const { Arn, KeyId } = (await kms.ok('CreateKey', { Policy: keyPolicy() })).KeyMetadata;
  await kms.ok('CreateAlias', { AliasName: 'alias/theirs', TargetKeyId: KeyId });
  const bob = await putUser(kms, B, 'Bob', allowAll);
  const absent = Arn.replace(KeyId, '00000000-1111-2222-3333-444444444444');
  const alias = 'arn:aws:kms:us-east-1:111122223333:alias/theirs';
  const variable = ['eventID', 'requestID', 'eventTime'];
  const told = [];
  for (const id of [Arn, absent, alias, alias.replace('theirs', 'none')]) {
    await kms.send('Encrypt', { KeyId: id, Plaintext }, { caller: bob });
    const event = last(kms);
    assert.equal(event.recipientAccountId, B);
    assert.deepEqual(event.resources, [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: id }]);
    const rest = Object.entries(event).filter(([name]) => !variable.includes(name));
    told.push(JSON.stringify(Object.fromEntries(rest)).replaceAll(id, 'ID'));
  }
  assert.equal(new Set(told).size, 1, told.join('\n'));
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  await kms.send('Decrypt', { CiphertextBlob }, { caller: bob });
  assert.equal(last(kms).resources, undefined);
  assert.equal(last(kms).additionalEventData, undefined);
});

test('a denied Decrypt says who, which key, and what decided', async () => {
  await using kms = await startKms();
  const { Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: Arn, Plaintext });
  const alice = await putUser(kms, '111122223333', 'Alice', allowAll, {
    Sid: 'never',
    Effect: 'Deny',
    Action: 'kms:Decrypt',
    Resource: '*',
  });
  await kms.send('Decrypt', { CiphertextBlob }, { caller: alice });
  const event = last(kms);
  assert.equal(event.errorCode, 'AccessDenied');
  assert.match(event.errorMessage ?? '', /Alice is not authorized to perform: kms:Decrypt/);
  assert.deepEqual(event.resources, [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: Arn }]);
  assert.partialDeepStrictEqual(event.additionalEventData, {
    refusedBecause: { because: 'identity-based policy', isExplicit: true, statement: { sid: 'never' } },
  });
});

// --- IAM and STS --------------------------------------------------------------------------------------------------

test('records of IAM have its parameters and answers, and no secret access key', async () => {
  await using kms = await startKms();
  await kms.did('CreateUser', { UserName: 'Bob' });
  assert.equal(last(kms).eventSource, 'iam.amazonaws.com');
  assert.deepEqual(last(kms).requestParameters, { userName: 'Bob' });
  const user = Object(last(kms).responseElements?.['user']);
  assert.deepEqual(Object.keys(user).sort(), ['arn', 'createDate', 'path', 'userId', 'userName']);
  const { AccessKey } = await kms.did('CreateAccessKey', { UserName: 'Bob' });
  const { accessKey } = last(kms).responseElements ?? {};
  const createDate = dateText(Math.floor(kms.clock.now() / 1000) * 1000);
  assert.deepEqual(accessKey, { userName: 'Bob', accessKeyId: AccessKey.AccessKeyId, status: 'Active', createDate });
  assert.deepEqual(Object.keys(Object(last(kms).additionalEventData?.['permittedBy'])), ['iam:CreateAccessKey']);
  await kms.query('GetUser', { UserName: 'Nobody' });
  assert.deepEqual([last(kms).errorCode, last(kms).responseElements, last(kms).readOnly], ['NoSuchEntity', null, true]);
  await kms.query('CreateUser', { UserName: '' });
  assert.equal(last(kms).errorCode, 'ValidationError');
});

test("AssumeRole leaves a record with the role's account as well, without the session token", async () => {
  await using kms = await startKms();
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: B }, Action: 'sts:AssumeRole' }],
  });
  await kms.did('CreateRole', { RoleName: 'Shared', AssumeRolePolicyDocument });
  const bob = await putUser(kms, B, 'Bob', allowAll);
  const RoleArn = 'arn:aws:iam::111122223333:role/Shared';
  await kms.did('AssumeRole', { RoleArn, RoleSessionName: 'visit' }, { caller: bob });
  const [own, copy] = kms.records.slice(-2);
  assert.deepEqual([own?.recipientAccountId, copy?.recipientAccountId], [B, '111122223333']);
  assert.deepEqual(own?.resources, [{ accountId: '111122223333', type: 'AWS::IAM::Role', ARN: RoleArn }]);
  assert.deepEqual(own?.requestParameters, { roleArn: RoleArn, roleSessionName: 'visit' });
  assert.equal(own?.readOnly, true);
  assert.deepEqual(Object.keys(Object(own?.responseElements)).sort(), ['assumedRoleUser', 'credentials']);
  await kms.query('AssumeRole', { RoleArn: `${RoleArn}Not`, RoleSessionName: 'visit' }, { caller: bob });
  assert.deepEqual([last(kms).recipientAccountId, last(kms).errorCode], [B, 'AccessDenied']);
});

test('whoever shows a token of an identity provider is named by it, in the trail of the role that was asked for', async () => {
  await using kms = await startKms();
  await kms.did('GetCallerIdentity');
  const { caller: _, accessKeyId: __, place: ___, ...entry } = kms.audited.at(-1) ?? assert.fail();
  const operation = sts.operations.get('AssumeRoleWithWebIdentity');
  assert(operation !== undefined);
  const providerArn = `arn:aws:iam::${B}:oidc-provider/issuer.test`;
  const webIdentity = { providerArn, audience: 'sts', subject: 'system:web' };
  const RoleArn = `arn:aws:iam::${B}:role/App`;
  const input = { RoleArn, RoleSessionName: 'web', WebIdentityToken: 'very secret' };
  const denied = { name: 'AccessDeniedException', message: 'No.', reason: undefined } as const;
  for (const refusal of [undefined, denied]) {
    const [line, ...copies] = recordLines({ ...entry, operation, input, webIdentity, refusal }, testPlace());
    const event: AuditEvent = JSON.parse(line ?? '');
    assertRecord(event);
    assert.deepEqual(event.userIdentity, {
      type: 'WebIdentityUser',
      principalId: `${providerArn}:sts:system:web`,
      userName: 'system:web',
      identityProvider: providerArn,
    });
    assert.equal(event.recipientAccountId, B);
    assert.deepEqual(event.requestParameters, { roleArn: RoleArn, roleSessionName: 'web' });
    assert.deepEqual(copies, []);
  }
});

// --- What is no request --------------------------------------------------------------------------------------------

test('requests for what there is not are recorded under the name that they gave, if it is one', async () => {
  await using kms = await startKms();
  const post = async (headers: Record<string, string>, body: string, target = '/') => {
    await (await fetch(new URL(target, kms.url), { method: 'POST', headers, body })).text();
    const { eventSource, eventName, errorCode, requestParameters, userIdentity } = last(kms);
    assert.deepEqual([requestParameters, userIdentity], [null, { type: 'Unknown' }]);
    return [eventSource, eventName, errorCode];
  };
  const json = 'application/x-amz-json-1.1';
  const form = 'application/x-www-form-urlencoded';
  const target = (name: string) => ({ 'content-type': json, 'x-amz-target': name });
  const [ofKms, ofIam] = ['kms.amazonaws.com', 'iam.amazonaws.com'];
  assert.deepEqual(await post(target('TrentService.Evaporate'), '{}'), [
    ofKms,
    'Evaporate',
    'UnknownOperationException',
  ]);
  assert.deepEqual(await post(target('TrentService.a"b'), '{}'), [ofKms, 'Unknown', 'UnknownOperationException']);
  assert.deepEqual(await post({ 'content-type': json }, 'rubbish'), [ofKms, 'Unknown', 'UnknownOperationException']);
  const answer = await post({ 'content-type': form }, 'Action=Evaporate&Version=2010-05-08');
  assert.deepEqual(answer, [ofIam, 'Evaporate', 'InvalidAction']);
  const secret = randomBytes(2_000_000).toString('base64');
  assert.deepEqual(await post(target('TrentService.Encrypt'), secret), [
    ofKms,
    'Encrypt',
    'RequestEntityTooLargeException',
  ]);
  await kms.send('DescribeKey', { KeyId: 5 });
  assert.deepEqual([last(kms).eventName, last(kms).errorCode], ['DescribeKey', 'SerializationException']);
});

test('whose access key exists is not to be read in the records of requests that nobody signed', async () => {
  await using kms = await startKms();
  const unknown = { accessKeyId: 'AKIAQQQQQQQQQQQQQQQQ', secretAccessKey: 'x'.repeat(40) };
  const withKey = ({ additionalEventData, errorCode, errorMessage }: AuditEvent) => ({
    additionalEventData,
    errorCode,
    errorMessage,
  });
  const records: ReturnType<typeof withKey>[] = [];
  for (const caller of [unknown, { ...kms.other, secretAccessKey: 'x'.repeat(40) }]) {
    assert.equal((await kms.send('ListKeys', {}, { caller })).body.__type, 'InvalidSignatureException');
    const record = kms.records.at(-1);
    assert(record !== undefined);
    records.push(withKey(record));
  }
  assert.deepEqual(records[0], records[1]);
});
