/** Who may replicate a multi-Region key and change its primary: each permission in the Region that it is about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Explanation, explain } from '#call/explain.ts';
import type { Region } from '#model/arn.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import type { Answer } from '#test/harness/kms.ts';
import {
  A,
  allow,
  B,
  delegation,
  deny,
  document,
  type Json,
  other,
  region,
  to,
  userArn,
  World,
  when,
} from './scene.ts';

const abroad = 'eu-west-1';
const anythingIn = (where: string) => `arn:aws:kms:${where}:${A}:*`;
const keysIn = (where: string) => `arn:aws:kms:${where}:${A}:key/*`;
const alice = to(userArn('Alice'));

/** A world with a primary of A in us-west-2, whose policy lets the account's policies decide unless given. */
async function withPrimary(policy: readonly Json[] = [delegation]): Promise<{ world: World; KeyId: string }> {
  const world = await World.make();
  const { KeyId } = (await world.kms.ok('CreateKey', { MultiRegion: true }, { region })).KeyMetadata;
  await put(world, { KeyId, where: region, policy });
  return { world, KeyId };
}

interface PolicyOf {
  readonly KeyId: string;
  readonly where: string;
  readonly policy: readonly Json[];
}

async function put(world: World, { KeyId, where, policy }: PolicyOf): Promise<void> {
  const input = { KeyId, Policy: document(policy), BypassPolicyLockoutSafetyCheck: true };
  await world.kms.ok('PutKeyPolicy', input, { region: where });
}

/** The answer says `what` was refused; `undefined` for nothing. */
function assertSaid({ status, body, text }: Answer, what: string | undefined, which: string): void {
  assert.equal(status === 200, what === undefined, `${which}: ${text}`);
  if (what === undefined) return;
  assert.equal(body?.__type, 'AccessDeniedException', `${which}: ${text}`);
  assert(body.Message.includes(what), `${which}: ${body.Message}`);
}

const mayReplicate = allow({ Action: 'kms:ReplicateKey', Resource: keysIn(region) });
const mayCreate = (Resource: string) => allow({ Action: 'kms:CreateKey', Resource });
const noCreation = 'kms:CreateKey on resource: * ';
const Tags = [{ TagKey: 'team', TagValue: 'blue' }];

const replications: readonly {
  readonly title: string;
  readonly identity: readonly Json[];
  readonly key?: readonly Json[];
  readonly input?: Json;
  /** Of the denial; absent where it is allowed. */
  readonly denied?: string;
}[] = [
  {
    title: 'nothing',
    identity: [mayCreate('*')],
    denied: `kms:ReplicateKey on resource: arn:aws:kms:${region}:${A}:key/`,
  },
  { title: 'the primary’s Region alone', identity: [mayReplicate], denied: noCreation },
  {
    title: 'creation in the primary’s Region',
    identity: [mayReplicate, mayCreate(anythingIn(region))],
    denied: noCreation,
  },
  { title: 'creation in the replica’s Region', identity: [mayReplicate, mayCreate(anythingIn(abroad))] },
  { title: 'creation anywhere', identity: [mayReplicate, mayCreate('*')] },
  {
    title: 'the key policy cannot let anyone create',
    key: [delegation, allow(alice)],
    identity: [other],
    denied: noCreation,
  },
  { title: 'the key policy instead of IAM on the primary', key: [allow(alice)], identity: [mayCreate('*')] },
  {
    title: 'a key policy for another replica Region',
    key: [allow({ ...alice, ...when('StringEquals', 'kms:ReplicaRegion', 'ap-south-1') })],
    identity: [mayCreate('*')],
    denied: 'kms:ReplicateKey on resource: arn:',
  },
  {
    title: 'a key policy for this replica Region',
    key: [allow({ ...alice, ...when('StringEquals', 'kms:ReplicaRegion', abroad) })],
    identity: [mayCreate('*')],
  },
  {
    title: 'tags without TagResource',
    identity: [mayReplicate, mayCreate('*')],
    input: { Tags },
    denied: 'kms:TagResource on resource: * ',
  },
  {
    title: 'tags with TagResource in the primary’s Region',
    identity: [mayReplicate, mayCreate('*'), allow({ Action: 'kms:TagResource', Resource: anythingIn(region) })],
    input: { Tags },
    denied: 'kms:TagResource on resource: * ',
  },
  {
    title: 'tags with TagResource in the replica’s Region',
    identity: [mayReplicate, mayCreate('*'), allow({ Action: 'kms:TagResource', Resource: anythingIn(abroad) })],
    input: { Tags },
  },
  ...(
    [
      ['aws:RequestedRegion', abroad],
      ['kms:MultiRegionKeyType', 'REPLICA'],
      ['kms:MultiRegion', 'true'],
      ['kms:KeySpec', 'SYMMETRIC_DEFAULT'],
      ['kms:KeyUsage', 'ENCRYPT_DECRYPT'],
      ['kms:KeyOrigin', 'AWS_KMS'],
      ['kms:ReplicaRegion', abroad],
    ] as const
  ).flatMap(([key, value]) => [
    {
      title: `creation where ${key} is ${value}`,
      identity: [mayReplicate, allow({ Action: 'kms:CreateKey', ...when('StringEquals', key, value) })],
    },
    {
      title: `no creation where ${key} is ${value}`,
      identity: [mayReplicate, mayCreate('*'), deny({ Action: 'kms:CreateKey', ...when('StringEquals', key, value) })],
      denied: 'kms:CreateKey on resource: * with an explicit deny in an identity-based policy',
    },
  ]),
  {
    title: 'the primary as one',
    identity: [
      allow({ Action: 'kms:ReplicateKey', ...when('StringEquals', 'kms:MultiRegionKeyType', 'PRIMARY') }),
      allow({ Action: 'kms:CreateKey', ...when('StringEquals', 'aws:RequestedRegion', abroad) }),
    ],
  },
  {
    title: 'the lockout safety check may be kept',
    identity: [
      mayReplicate,
      mayCreate('*'),
      deny({ Action: 'kms:*', ...when('Bool', 'kms:BypassPolicyLockoutSafetyCheck', 'true') }),
    ],
    input: { BypassPolicyLockoutSafetyCheck: true },
    denied: 'kms:ReplicateKey on resource: arn:',
  },
];

test('ReplicateKey asks the primary’s policy, and IAM in the Region of the replica', { timeout: 120_000 }, async () => {
  for (const { title, identity, key, input, denied } of replications) {
    const { world, KeyId } = await withPrimary(key);
    await using _ = world;
    await world.identity('alice', identity);
    const caller = await world.caller('alice');
    assertSaid(await world.send('ReplicateKey', { KeyId, ReplicaRegion: abroad, ...input }, caller), denied, title);
    const made = await world.kms.send('DescribeKey', { KeyId }, { region: abroad });
    assert.equal(made.status === 200, denied === undefined, title);
  }
});

test('a guardrail on Regions binds replicas too, of root as well', async () => {
  const { world, KeyId } = await withPrimary();
  await using _ = world;
  await world.guardrail(A, 'service-control', [
    allow({ Action: '*' }),
    deny({ Action: '*', ...when('StringNotEquals', 'aws:RequestedRegion', region) }),
  ]);
  const denied = 'with an explicit deny in a service control policy';
  assertSaid(await world.send('ReplicateKey', { KeyId, ReplicaRegion: abroad }, world.kms.root), denied, 'root');
});

test('a key of another account is nobody else’s to replicate, whatever the policies say', async () => {
  const { world, KeyId } = await withPrimary([delegation, allow(to(userArn('X', B)))]);
  await using _ = world;
  await world.identity('x', [allow()]);
  const caller = await world.caller('x');
  const Arn = `arn:aws:kms:${region}:${A}:key/${KeyId}`;
  const elsewhere = 'on this resource because the resource does not exist in this Region';
  for (const [operation, input] of [
    ['ReplicateKey', { ReplicaRegion: abroad }],
    ['UpdatePrimaryRegion', { PrimaryRegion: abroad }],
  ] as const) {
    assertSaid(await world.send(operation, { KeyId: Arn, ...input }, caller), elsewhere, operation);
    const none = { KeyId: Arn.replace(/.{4}$/, '0000'), ...input };
    assertSaid(await world.send(operation, none, caller), elsewhere, `${operation}, no key`);
  }
});

test('the lockout safety check asks the replica’s policy as it will be asked there', async () => {
  const { world, KeyId } = await withPrimary();
  await using _ = world;
  const policyFor = (where: string) =>
    document([allow({ ...to(A), ...when('StringEquals', 'aws:RequestedRegion', where) })]);
  const replicate = (Policy: string) =>
    world.send('ReplicateKey', { KeyId, ReplicaRegion: abroad, Policy }, world.kms.root);
  assert.equal((await replicate(policyFor(region))).body.__type, 'MalformedPolicyDocumentException');
  assert.equal((await replicate(policyFor(abroad))).status, 200);
});

const moves: readonly {
  readonly title: string;
  readonly identity: readonly Json[];
  readonly primary?: readonly Json[];
  readonly replica?: readonly Json[];
  /** The Region of the key that refuses. */
  readonly denied?: string;
}[] = [
  { title: 'neither', identity: [other], denied: region },
  { title: 'the primary alone', identity: [allow({ Resource: keysIn(region) })], denied: abroad },
  { title: 'the replica alone', identity: [allow({ Resource: keysIn(abroad) })], denied: region },
  { title: 'both', identity: [allow({ Resource: [keysIn(region), keysIn(abroad)] })] },
  { title: 'both by their policies', identity: [other], primary: [allow(alice)], replica: [allow(alice)] },
  { title: 'the primary by its policy', identity: [other], primary: [allow(alice)], denied: abroad },
  {
    title: 'a deny of the replica’s policy',
    identity: [allow()],
    replica: [delegation, deny({ ...alice, Action: 'kms:UpdatePrimaryRegion' })],
    denied: abroad,
  },
  { title: 'to this Region', identity: [allow(when('StringEquals', 'kms:PrimaryRegion', abroad))] },
  { title: 'to another Region', identity: [allow(when('StringEquals', 'kms:PrimaryRegion', region))], denied: region },
  {
    title: 'primaries alone',
    identity: [allow(when('StringEquals', 'kms:MultiRegionKeyType', 'PRIMARY'))],
    denied: abroad,
  },
  {
    title: 'requests to the one Region',
    identity: [allow(when('StringEquals', 'aws:RequestedRegion', region))],
    denied: abroad,
  },
];

test('UpdatePrimaryRegion asks both keys, each in its Region', { timeout: 120_000 }, async () => {
  for (const { title, identity, primary, replica, denied } of moves) {
    const { world, KeyId } = await withPrimary();
    await using _ = world;
    await world.kms.ok('ReplicateKey', { KeyId, ReplicaRegion: abroad }, { region });
    await put(world, { KeyId, where: region, policy: primary ?? [delegation] });
    await put(world, { KeyId, where: abroad, policy: replica ?? [delegation] });
    await world.identity('alice', identity);
    const answer = await world.send(
      'UpdatePrimaryRegion',
      { KeyId, PrimaryRegion: abroad },
      await world.caller('alice'),
    );
    const said = denied && `kms:UpdatePrimaryRegion on resource: arn:aws:kms:${denied}:${A}:key/${KeyId} `;
    assertSaid(answer, said, title);
    assert.deepEqual(
      Object.keys(
        world.kms.audited.findLast(({ operation }) => operation?.name === 'UpdatePrimaryRegion')?.permissions ?? {},
      ),
      denied === undefined ? ['key', 'replica'] : [],
    );
  }
});

test('each related key is used by its own policy', async () => {
  const { world, KeyId } = await withPrimary();
  await using _ = world;
  const { kms } = world;
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: abroad }, { region });
  await put(world, { KeyId, where: abroad, policy: [delegation, allow({ ...alice, Action: 'kms:Decrypt' })] });
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==' }, { region });
  const caller = await world.caller('alice');
  assertSaid(await kms.send('Decrypt', { CiphertextBlob }, { caller, region: abroad }), undefined, abroad);
  assertSaid(await kms.send('Decrypt', { CiphertextBlob }, { caller, region }), 'kms:Decrypt', region);
});

test('explain answers for either key, and says what else is asked', async () => {
  const { world, KeyId } = await withPrimary();
  await using _ = world;
  await world.kms.ok('ReplicateKey', { KeyId, ReplicaRegion: abroad }, { region });
  await world.identity('alice', [
    allow({ Action: ['kms:UpdatePrimaryRegion', 'kms:ReplicateKey'], Resource: keysIn(region) }),
    allow({ Action: 'kms:CreateKey', ...when('StringEquals', 'kms:MultiRegionKeyType', 'REPLICA') }),
  ]);
  const ask = (
    action: string,
    where: string,
    conditions: readonly [string, readonly string[]][] = [],
  ): Promise<Explanation> =>
    explain(
      {
        principal: userArn('Alice'),
        action,
        key: action === 'kms:CreateKey' ? undefined : KeyId,
        region: where as Region,
        isTls: false,
        encryptionContext: new Map(),
        conditions: new Map(conditions),
      },
      { operations: kmsOperations, keyring: world.kms.keyring, identities: world.kms.identities },
    );
  const [primary, replica] = [
    await ask('kms:UpdatePrimaryRegion', region),
    await ask('kms:UpdatePrimaryRegion', abroad),
  ];
  assert.deepEqual([primary.isAllowed, replica.isAllowed], [true, false]);
  assert.equal(replica.resource, `arn:aws:kms:${abroad}:${A}:key/${KeyId}`);
  assert.equal(replica.assumed['aws:RequestedRegion'], abroad);
  assert.match(primary.note ?? '', /asked of the primary and of the replica/);
  const replicate = await ask('kms:ReplicateKey', region);
  assert.equal(replicate.isAllowed, true);
  assert.match(replicate.note ?? '', /kms:CreateKey, and kms:TagResource .* in the replica's Region/);
  assert.equal((await ask('kms:CreateKey', abroad)).isAllowed, false);
  assert.equal((await ask('kms:CreateKey', abroad, [['kms:multiregionkeytype', ['REPLICA']]])).isAllowed, true);
});
