import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { Attestation } from '#crypto/attestation/verify.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { keyArn, parseAccountId, parseKeyId, parseRegion } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { keyContextOf } from './key-context.ts';

function known<T>(value: T | undefined): T {
  assert(value !== undefined);
  return value;
}

const accountId = known(parseAccountId('111122223333'));
const place = { accountId, region: known(parseRegion('eu-central-1')) };
const keyId = known(parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab'));
const key: LocatedKey = {
  record: {
    accountId,
    region: place.region,
    keyId,
    createdAtMs: 0,
    description: '',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    state: { name: 'Enabled' },
    policy: '',
    tags: [['Team', 'blue']],
  },
  keyId,
  place,
  arn: keyArn(place, keyId),
  aliases: ['alias/a', 'alias/b'],
  materials: new Map(),
  viaAlias: 'alias/b',
};

const alice: Principal = {
  kind: 'user',
  accountId,
  arn: 'arn:aws:iam::111122223333:user/team/Alice',
  uniqueId: 'AIDAALICE',
  userId: 'AIDAALICE',
  userName: 'Alice',
  hasBoundary: false,
  tags: [['Project', 'x']],
  policies: { identity: [] },
};
const session: Principal = {
  kind: 'role-session',
  accountId,
  arn: 'arn:aws:sts::111122223333:assumed-role/App/s1',
  role: { arn: 'arn:aws:iam::111122223333:role/team/App', uniqueId: 'AROAAPP' },
  userId: 'AROAAPP:s1',
  hasBoundary: false,
  tags: [],
  policies: { identity: [] },
  session: {
    by: 'AssumeRoleWithWebIdentity',
    issuedAtMs: Date.UTC(2026, 0, 2),
    expiresAtMs: Date.UTC(2026, 0, 3),
    transitiveTagKeys: [],
    sourceIdentity: 'someone',
    federatedProvider: 'arn:aws:iam::111122223333:oidc-provider/issuer.example',
    claims: [['issuer.example:sub', 'pod']],
  },
  viaService: 's3',
};

interface Asked {
  readonly caller?: Principal;
  readonly attestation?: Attestation;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly hasKey?: boolean;
  readonly isSameKey?: boolean;
  readonly idleSinceMs?: number;
}

/** What an operation's request has for each of the keys; undefined for one that it does not have. */
function values(name: string, keys: readonly string[], asked: Asked = {}) {
  const { caller = alice, attestation, input = {}, hasKey = true, isSameKey, idleSinceMs } = asked;
  const operation = known(kmsOperations.get(name));
  const client = { address: '10.0.0.1', isTls: true, userAgent: 'aws-cli', referer: 'https://example.com' };
  const context = keyContextOf({
    call: { operation, caller, place, input, client, attestation },
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    access: operation.slots[0]?.[1],
    key: hasKey ? key : undefined,
    isSameKey,
    idleSinceMs,
  });
  return Object.fromEntries(keys.map((one) => [one, context.get(one.toLowerCase())]));
}

function assertHas(
  name: string,
  expected: Readonly<Record<string, readonly string[] | undefined>>,
  asked?: Asked,
): void {
  assert.deepEqual(values(name, Object.keys(expected), asked), expected, name);
}

test('every request has what is global', () => {
  assertHas('DescribeKey', {
    'aws:PrincipalArn': ['arn:aws:iam::111122223333:user/team/Alice'],
    'aws:PrincipalAccount': ['111122223333'],
    'aws:PrincipalType': ['User'],
    'aws:userid': ['AIDAALICE'],
    'aws:username': ['Alice'],
    'aws:PrincipalTag/project': ['x'],
    'aws:PrincipalTag/none': undefined,
    'aws:PrincipalIsAWSService': ['false'],
    'aws:ViaAWSService': ['false'],
    'aws:CalledVia': undefined,
    'aws:RequestedRegion': ['eu-central-1'],
    'aws:ResourceAccount': ['111122223333'],
    'aws:SecureTransport': ['true'],
    'aws:SourceIp': ['10.0.0.1'],
    'aws:UserAgent': ['aws-cli'],
    'aws:referer': ['https://example.com'],
    'aws:CurrentTime': ['2026-01-02T03:04:05.000Z'],
    'aws:EpochTime': [String(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000)],
    'aws:TokenIssueTime': undefined,
    'aws:MultiFactorAuthPresent': undefined,
    'aws:MultiFactorAuthAge': undefined,
    'aws:SourceIdentity': undefined,
    'aws:FederatedProvider': undefined,
    'aws:PrincipalOrgID': undefined,
    'aws:SourceArn': undefined,
    'aws:SourceAccount': undefined,
  });
});

test('a session has what only sessions have, and the ARN of its role', () => {
  const expected = {
    'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/team/App'],
    'aws:PrincipalType': ['AssumedRole'],
    'aws:userid': ['AROAAPP:s1'],
    'aws:username': undefined,
    'aws:TokenIssueTime': ['2026-01-02T00:00:00.000Z'],
    'aws:MultiFactorAuthPresent': ['false'],
    'aws:SourceIdentity': ['someone'],
    'aws:FederatedProvider': ['arn:aws:iam::111122223333:oidc-provider/issuer.example'],
    'issuer.example:sub': ['pod'],
  };
  assertHas('Encrypt', expected, { caller: session });
});

test('a request through a service says so', () => {
  const expected = {
    'kms:ViaService': ['s3.eu-central-1.amazonaws.com'],
    'aws:ViaAWSService': ['true'],
    'aws:CalledVia': ['s3.amazonaws.com'],
    'aws:CalledViaFirst': ['s3.amazonaws.com'],
    'aws:CalledViaLast': ['s3.amazonaws.com'],
  };
  assertHas('Encrypt', expected, { caller: session });
  assertHas('Encrypt', { 'kms:ViaService': undefined });
});

test('a grant that a service asks for is for a resource of AWS', () => {
  for (const name of ['CreateGrant', 'ListGrants', 'RevokeGrant']) {
    assertHas(name, { 'kms:GrantIsForAWSResource': ['true'] }, { caller: session });
  }
});

test('every request on a key has what the key is', () => {
  const names = ['DescribeKey', 'Encrypt', 'ScheduleKeyDeletion', 'CreateGrant', 'GetKeyPolicy', 'TagResource'];
  for (const name of names) {
    assertHas(name, {
      'kms:CallerAccount': ['111122223333'],
      'kms:KeySpec': ['SYMMETRIC_DEFAULT'],
      'kms:CustomerMasterKeySpec': ['SYMMETRIC_DEFAULT'],
      'kms:KeyUsage': ['ENCRYPT_DECRYPT'],
      'kms:CustomerMasterKeyUsage': ['ENCRYPT_DECRYPT'],
      'kms:KeyOrigin': ['AWS_KMS'],
      'kms:MultiRegion': ['false'],
      'kms:MultiRegionKeyType': undefined,
      'kms:ResourceAliases': ['alias/a', 'alias/b'],
      'kms:RequestAlias': ['alias/b'],
      'aws:ResourceTag/team': ['blue'],
      'aws:ResourceTag/none': undefined,
    });
  }
});

test('CreateKey has what the key will be, and no other request without a key does', () => {
  const keys = ['kms:KeySpec', 'kms:KeyUsage', 'kms:KeyOrigin', 'kms:MultiRegion', 'kms:MultiRegionKeyType'];
  const hasKey = false;
  const spec = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL', MultiRegion: true };
  assert.deepEqual(Object.values(values('CreateKey', keys, { hasKey })), [
    ['SYMMETRIC_DEFAULT'],
    ['ENCRYPT_DECRYPT'],
    ['AWS_KMS'],
    ['false'],
    undefined,
  ]);
  assert.deepEqual(Object.values(values('CreateKey', keys, { hasKey, input: spec })), [
    ['RSA_2048'],
    ['SIGN_VERIFY'],
    ['EXTERNAL'],
    ['true'],
    ['PRIMARY'],
  ]);
  for (const name of ['ListKeys', 'ListAliases', 'GenerateRandom', 'CreateCustomKeyStore']) {
    assert.deepEqual(Object.values(values(name, keys, { hasKey })), [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  }
});

test('a replica that is to be made has what it will be, where it will be', () => {
  const region = known(parseRegion('ap-south-1'));
  const operation = known(kmsOperations.get('ReplicateKey'));
  const client = { address: '10.0.0.1', isTls: true, userAgent: 'aws-cli' };
  const primary = {
    ...key,
    record: { ...key.record, spec: 'HMAC_256', multiRegion: { primaryRegion: place.region, replicaRegions: [] } },
  };
  const caller = { ...alice, viaService: 's3' };
  const call = { operation, caller, place, client, input: { ReplicaRegion: region } };
  const asked = keyContextOf({ call, nowMs: 0, region, replicaOf: primary });
  for (const [name, value] of [
    ['aws:requestedregion', 'ap-south-1'],
    ['kms:replicaregion', 'ap-south-1'],
    ['kms:keyspec', 'HMAC_256'],
    ['kms:keyusage', 'ENCRYPT_DECRYPT'],
    ['kms:keyorigin', 'AWS_KMS'],
    ['kms:multiregion', 'true'],
    ['kms:multiregionkeytype', 'REPLICA'],
    ['kms:viaservice', 's3.eu-central-1.amazonaws.com'], // the service is where it is
    ['kms:resourcealiases', undefined],
    ['aws:resourcetag/team', undefined],
    ['aws:resourceaccount', undefined],
  ] as const) {
    assert.deepEqual(asked.get(name), value === undefined ? undefined : [value], name);
  }
  const there = { ...primary, place: { ...place, region } };
  assert.deepEqual(keyContextOf({ call, nowMs: 0, key: there }).get('aws:requestedregion'), ['ap-south-1']);
});

const context = {
  EncryptionContext: new Map([
    ['AppName', 'Ex'],
    ['b', 'c'],
  ]),
};

test('operations that encrypt have their algorithm and their context, and no others do', () => {
  const operations = ['Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'];
  for (const name of operations) {
    assertHas(
      name,
      {
        'kms:EncryptionAlgorithm': ['SYMMETRIC_DEFAULT'],
        'kms:EncryptionContext:appname': ['Ex'],
        'kms:EncryptionContext:none': undefined,
        'kms:EncryptionContextKeys': ['AppName', 'b'],
      },
      { input: context },
    );
    assertHas(name, { 'kms:EncryptionContextKeys': undefined });
  }
  for (const name of ['DescribeKey', 'GetKeyPolicy', 'TagResource']) {
    const none = { 'kms:EncryptionAlgorithm': undefined, 'kms:EncryptionContext:AppName': undefined };
    assertHas(name, { ...none, 'kms:EncryptionContextKeys': undefined }, { input: context });
  }
});

test('ReEncrypt has the context of each side, and whether both keys are one', () => {
  const input = { SourceEncryptionContext: new Map([['a', '1']]), DestinationEncryptionContext: new Map([['b', '2']]) };
  const expected = { 'kms:EncryptionContextKeys': ['a'], 'kms:ReEncryptOnSameKey': ['true'] };
  assertHas('ReEncrypt', expected, { input, isSameKey: true });
  assertHas('ReEncrypt', { 'kms:ReEncryptOnSameKey': ['false'] }, { input, isSameKey: false });
  assertHas('Encrypt', { 'kms:ReEncryptOnSameKey': undefined });
});

test('CreateGrant has what the grant will say', () => {
  const input = {
    GranteePrincipal: 'arn:aws:iam::111122223333:role/App',
    RetiringPrincipal: 'arn:aws:iam::111122223333:user/Alice',
    Operations: ['Encrypt', 'Decrypt'],
    Constraints: { EncryptionContextSubset: new Map([['a', '1']]) },
  };
  assertHas(
    'CreateGrant',
    {
      'kms:GranteePrincipal': [input.GranteePrincipal],
      'kms:GranteeServicePrincipal': undefined,
      'kms:RetiringPrincipal': [input.RetiringPrincipal],
      'kms:RetiringServicePrincipal': undefined,
      'kms:GrantOperations': ['Encrypt', 'Decrypt'],
      'kms:GrantConstraintType': ['EncryptionContextSubset'],
      'kms:GrantConstraintSourceArn': undefined,
      'kms:GrantIsForAWSResource': ['false'],
      'kms:EncryptionContext:a': ['1'],
      'kms:EncryptionContextKeys': ['a'],
    },
    { input },
  );
  const sourceArn = { Constraints: { SourceArn: 'arn:aws:s3:::bucket' } };
  assertHas('CreateGrant', { 'kms:GrantConstraintSourceArn': ['arn:aws:s3:::bucket'] }, { input: sourceArn });
  for (const name of ['ListGrants', 'RevokeGrant']) assertHas(name, { 'kms:GrantIsForAWSResource': ['false'] });
  assertHas('Encrypt', { 'kms:GrantIsForAWSResource': undefined, 'kms:GrantConstraintType': undefined });
});

test('parameters of requests are condition keys, with their defaults where AWS has them present', () => {
  const cases: readonly (readonly [
    string,
    string,
    Readonly<Record<string, unknown>>,
    string,
    (string | undefined)?,
  ])[] = [
    ['PutKeyPolicy', 'kms:BypassPolicyLockoutSafetyCheck', { BypassPolicyLockoutSafetyCheck: true }, 'true'],
    ['ReplicateKey', 'kms:BypassPolicyLockoutSafetyCheck', { BypassPolicyLockoutSafetyCheck: true }, 'true'],
    ['GenerateDataKeyPair', 'kms:DataKeyPairSpec', { KeyPairSpec: 'RSA_2048' }, 'RSA_2048'],
    ['GenerateDataKeyPairWithoutPlaintext', 'kms:DataKeyPairSpec', { KeyPairSpec: 'SM2' }, 'SM2'],
    ['ImportKeyMaterial', 'kms:ExpirationModel', { ExpirationModel: 'KEY_MATERIAL_EXPIRES' }, 'KEY_MATERIAL_EXPIRES'],
    ['ImportKeyMaterial', 'kms:ValidTo', { ValidTo: 1_546_257_599_000 }, '1546257599'],
    ['DeriveSharedSecret', 'kms:KeyAgreementAlgorithm', { KeyAgreementAlgorithm: 'ECDH' }, 'ECDH'],
    ['GenerateMac', 'kms:MacAlgorithm', { MacAlgorithm: 'HMAC_SHA_256' }, 'HMAC_SHA_256'],
    ['VerifyMac', 'kms:MacAlgorithm', { MacAlgorithm: 'HMAC_SHA_256' }, 'HMAC_SHA_256'],
    ['Sign', 'kms:MessageType', { MessageType: 'DIGEST' }, 'DIGEST', 'RAW'],
    ['Verify', 'kms:MessageType', { MessageType: 'DIGEST' }, 'DIGEST', 'RAW'],
    ['Sign', 'kms:SigningAlgorithm', { SigningAlgorithm: 'ECDSA_SHA_256' }, 'ECDSA_SHA_256'],
    ['UpdatePrimaryRegion', 'kms:PrimaryRegion', { PrimaryRegion: 'eu-west-1' }, 'eu-west-1'],
    ['ReplicateKey', 'kms:ReplicaRegion', { ReplicaRegion: 'eu-west-1' }, 'eu-west-1'],
    ['EnableKeyRotation', 'kms:RotationPeriodInDays', { RotationPeriodInDays: 180 }, '180', '365'],
    ['ScheduleKeyDeletion', 'kms:ScheduleKeyDeletionPendingWindowInDays', { PendingWindowInDays: 7 }, '7', '30'],
    [
      'GetParametersForImport',
      'kms:WrappingAlgorithm',
      { WrappingAlgorithm: 'RSAES_OAEP_SHA_256' },
      'RSAES_OAEP_SHA_256',
    ],
    ['GetParametersForImport', 'kms:WrappingKeySpec', { WrappingKeySpec: 'RSA_4096' }, 'RSA_4096'],
  ];
  for (const [name, condition, input, present, absent] of cases) {
    assertHas(name, { [condition]: [present] }, { input });
    assertHas(name, { [condition]: absent === undefined ? undefined : [absent] });
    assertHas('DescribeKey', { [condition]: undefined }, { input });
  }
});

test('tags of a request are there where it has tags', () => {
  const input = {
    Tags: [
      { TagKey: 'Team', TagValue: 'blue' },
      { TagKey: 'b', TagValue: '' },
    ],
  };
  const expected = { 'aws:RequestTag/team': ['blue'], 'aws:RequestTag/b': [''], 'aws:TagKeys': ['Team', 'b'] };
  assertHas('TagResource', expected, { input });
  assertHas('CreateKey', expected, { input, hasKey: false });
  assertHas('UntagResource', { 'aws:TagKeys': ['x'], 'aws:RequestTag/x': undefined }, { input: { TagKeys: ['x'] } });
  assertHas('DescribeKey', { 'aws:TagKeys': undefined, 'aws:RequestTag/team': undefined });
});

test('the days without use of a key are whole days, and none where its last use lies ahead', () => {
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const days = (idleSinceMs: number) => values('DisableKey', ['kms:TrailingDaysWithoutKeyUsage'], { idleSinceMs });
  assert.deepEqual(days(nowMs), { 'kms:TrailingDaysWithoutKeyUsage': ['0'] });
  assert.deepEqual(days(nowMs - 30 * 86_400_000 + 1), { 'kms:TrailingDaysWithoutKeyUsage': ['29'] });
  assert.deepEqual(days(nowMs - 30 * 86_400_000), { 'kms:TrailingDaysWithoutKeyUsage': ['30'] });
  assert.deepEqual(days(nowMs + 5 * 86_400_000), { 'kms:TrailingDaysWithoutKeyUsage': ['0'] });
});

test('the five operations with a recipient have what its document measures, and no others do', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pcrs = new Map([
    [0, 'aa'],
    [4, 'bb'],
    [31, 'cc'],
  ]);
  const ofEnclave = {
    'kms:RecipientAttestation:ImageSha384': ['aa'],
    'kms:RecipientAttestation:PCR0': ['aa'],
    'kms:RecipientAttestation:PCR4': ['bb'],
    'kms:RecipientAttestation:PCR31': ['cc'],
  };
  const ofInstance = {
    'kms:RecipientAttestation:NitroTPMPCR0': ['aa'],
    'kms:RecipientAttestation:NitroTPMPCR4': ['bb'],
    'kms:RecipientAttestation:NitroTPMPCR31': ['cc'],
  };
  const never = { 'kms:RecipientAttestation:PCR1': undefined, 'kms:RecipientAttestation:PCR04': undefined };
  const absent = (keys: object) => Object.fromEntries(Object.keys(keys).map((name) => [name, undefined]));
  const enclave = { platform: 'nitro-enclave', moduleId: 'm', pcrs, publicKey } as const;
  const instance = { ...enclave, platform: 'nitro-tpm' } as const;
  const attestable = ['Decrypt', 'DeriveSharedSecret', 'GenerateDataKey', 'GenerateDataKeyPair', 'GenerateRandom'];
  for (const name of kmsOperations.keys()) {
    const has = (keys: object) => (attestable.includes(name) ? keys : absent(keys));
    assertHas(name, { ...has(ofEnclave), ...absent(ofInstance), ...never }, { attestation: enclave });
    assertHas(name, { ...has(ofInstance), ...absent(ofEnclave), ...never }, { attestation: instance });
    assertHas(name, { ...absent(ofEnclave), ...absent(ofInstance), ...never });
  }
});

test('the operations with a recipient are those whose input has one', () => {
  const having = [...kmsOperations.values()].filter(({ input }) => 'Recipient' in input.members);
  const names = ['Decrypt', 'DeriveSharedSecret', 'GenerateDataKey', 'GenerateDataKeyPair', 'GenerateRandom'];
  assert.deepEqual(having.map(({ name }) => name).sort(), names);
});
