/** Grants over the wire: for root users, users and roles of two accounts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { putGuardrail } from '#identity/guardrails.ts';
import { startHousekeeping } from '#keys/housekeeping.ts';
import { parseAccountId } from '#model/arn.ts';
import { type Caller, type Kms, startKms } from '#test/harness/kms.ts';
import { deleteUser, putRole, putUser } from '#test/harness/principals.ts';

const mine = 'arn:aws:iam::111122223333:root';
const theirs = 'arn:aws:iam::444455556666:root';
const absentGrant = '0'.repeat(64);

interface Key {
  readonly KeyId: string;
  readonly Arn: string;
}

const newKey = async (kms: Kms, input: object = {}): Promise<Key> => (await kms.ok('CreateKey', input)).KeyMetadata;

/** A policy by which only the root user of the key's account may do anything. */
const rootOnly = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: mine },
      Action: 'kms:*',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:PrincipalArn': mine } },
    },
  ],
});

const grant = (kms: Kms, key: Key, GranteePrincipal: string, input: object = {}, caller?: Caller) =>
  kms.ok(
    'CreateGrant',
    { KeyId: key.Arn, GranteePrincipal, Operations: ['Decrypt'], ...input },
    caller === undefined ? {} : { caller },
  );

const outcome = async (kms: Kms, operation: string, input: object, caller: Caller = kms.root) => {
  const { status, body } = await kms.send(operation, input, { caller });
  return status === 200 ? 'allowed' : body.__type;
};

const encrypted = async (kms: Kms, { KeyId }: Key, EncryptionContext?: Record<string, string>) =>
  (await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==', EncryptionContext })).CiphertextBlob;

const denied = 'AccessDeniedException';

test('a grant to another account is in force with the answer, and out of force with the answer to its end', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const CiphertextBlob = await encrypted(kms, key);
  const use = () => outcome(kms, 'Decrypt', { CiphertextBlob }, kms.other);
  assert.equal(await use(), denied);
  const { GrantId, GrantToken } = await grant(kms, key, theirs);
  assert.match(GrantId, /^[0-9a-f]{64}$/);
  assert.match(GrantToken, /^[\w-]{1,8192}$/);
  assert.equal(await use(), 'allowed');
  assert.equal(await outcome(kms, 'Encrypt', { KeyId: key.Arn, Plaintext: 'eA==' }, kms.other), denied);
  assert.equal(await kms.ok('RevokeGrant', { KeyId: key.KeyId, GrantId }), undefined);
  assert.equal(await use(), denied);
  assert.equal(await outcome(kms, 'RevokeGrant', { KeyId: key.KeyId, GrantId }), 'NotFoundException');
});

test('a grant names a user, a role or one session of it, and nobody else', async () => {
  await using kms = await startKms();
  const key = await newKey(kms, { Policy: rootOnly });
  const CiphertextBlob = await encrypted(kms, key);
  const use = (caller: Caller) => outcome(kms, 'Decrypt', { CiphertextBlob }, caller);
  const alice = await putUser(kms, '111122223333', 'Alice');
  const bob = await putUser(kms, '444455556666', 'Bob');
  const app = await putRole(kms, '444455556666', 'App');
  const [s1, s2] = [app.session('s1'), app.session('s2')];
  const everyone = [alice, bob, s1, s2];
  const cases: [grantee: string, outcomes: string[]][] = [
    [alice.arn, ['allowed', denied, denied, denied]],
    [bob.arn, [denied, 'allowed', denied, denied]],
    [app.arn, [denied, denied, 'allowed', 'allowed']],
    ['arn:aws:sts::444455556666:assumed-role/App/s1', [denied, denied, 'allowed', denied]],
    // To an account: its own policies say who, and nobody there has any.
    [theirs, [denied, denied, denied, denied]],
  ];
  for (const [grantee, outcomes] of cases) {
    const { GrantId } = await grant(kms, key, grantee);
    assert.deepEqual(await Promise.all(everyone.map(use)), outcomes, grantee);
    await kms.ok('RevokeGrant', { KeyId: key.KeyId, GrantId });
    assert.deepEqual(await Promise.all(everyone.map(use)), [denied, denied, denied, denied]);
  }
  const carol = await putUser(kms, '444455556666', 'Carol', { Effect: 'Allow', Action: 'kms:*', Resource: '*' });
  await grant(kms, key, theirs);
  assert.deepEqual([await use(carol), await use(bob)], ['allowed', denied]);
});

test('a deny wins over a grant, in whichever policy it is', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const CiphertextBlob = await encrypted(kms, key);
  const deny = { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' };
  const alice = await putUser(kms, '111122223333', 'Alice', deny);
  const bob = await putUser(kms, '111122223333', 'Bob', { ...deny, Action: 'kms:Encrypt' });
  for (const { arn } of [alice, bob]) await grant(kms, key, arn);
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, alice), denied);
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, bob), 'allowed');
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: mine }, Action: 'kms:*', Resource: '*' },
    { ...deny, Principal: { AWS: bob.arn } },
  ];
  await kms.ok('PutKeyPolicy', { KeyId: key.KeyId, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, bob), denied);
});

test('a deleted grantee’s grants mean nobody, least of all a later one of the same name, and show a unique id', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const CiphertextBlob = await encrypted(kms, key);
  const alice = await putUser(kms, '111122223333', 'Alice');
  await grant(kms, key, alice.arn);
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, alice), 'allowed');
  await deleteUser(kms, alice);
  const again = await putUser(kms, '111122223333', 'Alice');
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, again), denied);
  const grantees = async (GranteePrincipal?: string) =>
    (await kms.ok('ListGrants', { KeyId: key.KeyId, GranteePrincipal })).Grants.map(
      (entry: { GranteePrincipal: string }) => entry.GranteePrincipal,
    );
  assert.deepEqual(await grantees(), [alice.userId]);
  assert.deepEqual(await grantees(alice.userId), [alice.userId]);
  assert.deepEqual(await grantees(again.arn), []);
});

test('constraints hold for requests with an encryption context, and for no others', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const it = { Dept: 'IT' };
  const more = { Dept: 'IT', x: '1' };
  const [exact, wider] = [await encrypted(kms, key, it), await encrypted(kms, key, more)];
  const decrypt = (CiphertextBlob: string, EncryptionContext: object) =>
    outcome(kms, 'Decrypt', { CiphertextBlob, EncryptionContext }, kms.other);
  const Operations = ['Decrypt', 'DescribeKey'];
  const first = await grant(kms, key, theirs, { Operations, Constraints: { EncryptionContextEquals: it } });
  assert.deepEqual([await decrypt(exact, it), await decrypt(wider, more)], ['allowed', denied]);
  assert.equal(await outcome(kms, 'DescribeKey', { KeyId: key.Arn }, kms.other), 'allowed');
  await kms.ok('RevokeGrant', { KeyId: key.Arn, GrantId: first.GrantId });
  await grant(kms, key, theirs, { Operations, Constraints: { EncryptionContextSubset: it } });
  assert.deepEqual([await decrypt(exact, it), await decrypt(wider, more)], ['allowed', 'allowed']);
  const none = await encrypted(kms, key);
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob: none }, kms.other), denied);
});

test('what cannot be a grant is refused, and nothing is made', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const invalid = 'ValidationException';
  const service = { GranteePrincipal: undefined, GranteeServicePrincipal: 's3.amazonaws.com' };
  const Constraints = { SourceArn: 'arn:aws:s3:::bucket-of-mine' };
  const nine = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'v']));
  const pairs = { EncryptionContextSubset: { a: 'b' } };
  const cases: [input: object, error: string, text?: RegExp][] = [
    [{ GranteePrincipal: undefined }, invalid],
    [{ GranteeServicePrincipal: 's3.amazonaws.com' }, invalid],
    [{ RetiringPrincipal: mine, RetiringServicePrincipal: 's3.amazonaws.com' }, invalid],
    [service, invalid],
    [{ ...service, Constraints }, invalid],
    [{ ...service, RetiringPrincipal: mine }, invalid],
    [{ Operations: [] }, invalid],
    [{ Operations: ['ListGrants'] }, invalid],
    [{ Operations: ['Decrypt', 'Sign'] }, invalid, /cannot allow Sign\.$/],
    [{ Operations: ['GetPublicKey'] }, invalid],
    [{ Name: 'a b' }, invalid],
    [
      { Constraints: { ...pairs, EncryptionContextEquals: { a: 'b' } } },
      invalid,
      /^More than one constraint supplied$/,
    ],
    [{ Constraints: { EncryptionContextSubset: {} } }, invalid],
    [{ Constraints: { EncryptionContextEquals: {} } }, invalid],
    [{ Constraints: { EncryptionContextEquals: nine } }, invalid],
    [{ Constraints: { EncryptionContextEquals: { a: 'x'.repeat(384) } } }, invalid],
    [{ GranteePrincipal: 'arn:aws:iam::111122223333:user/Nobody' }, 'InvalidArnException'],
    [{ GranteePrincipal: 'arn:aws:iam::111122223333:group/Team' }, 'InvalidArnException'],
    [{ GranteePrincipal: 'arn:aws-cn:iam::111122223333:root' }, 'InvalidArnException'],
    [{ GranteePrincipal: '111122223333' }, 'InvalidArnException'],
    [{ GranteePrincipal: 's3.amazonaws.com' }, 'InvalidArnException'],
    [{ RetiringPrincipal: 'arn:aws:iam::111122223333:role/Nobody' }, 'InvalidArnException'],
    [{ KeyId: 'alias/a' }, 'InvalidArnException'],
    [{ GrantTokens: ['x'] }, 'InvalidGrantTokenException'],
  ];
  const base = { KeyId: key.KeyId, GranteePrincipal: theirs, Operations: ['Decrypt'] };
  for (const [input, error, text = /./] of cases) {
    const { body } = await kms.send('CreateGrant', { ...base, ...input });
    assert.deepEqual(
      [body?.__type, text.test(body?.message)],
      [error, true],
      `${JSON.stringify(input)} ${body?.message}`,
    );
  }
  assert.equal(await outcome(kms, 'CreateGrant', { ...base, DryRun: true }), 'DryRunOperationException');
  assert.deepEqual((await kms.ok('ListGrants', { KeyId: key.KeyId })).Grants, []);
  await kms.ok('CreateGrant', { ...base, Constraints: { EncryptionContextEquals: { a: 'x'.repeat(383) } } });
});

test('grants are made on keys that are enabled, and ended on any', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const base = { KeyId: key.KeyId, GranteePrincipal: theirs, Operations: ['Decrypt'] };
  const [one, two] = [await kms.ok('CreateGrant', base), await kms.ok('CreateGrant', base)];
  await kms.ok('DisableKey', { KeyId: key.KeyId });
  assert.equal(await outcome(kms, 'CreateGrant', base), 'DisabledException');
  await kms.ok('RevokeGrant', { KeyId: key.KeyId, GrantId: one.GrantId });
  await kms.ok('ScheduleKeyDeletion', { KeyId: key.KeyId });
  assert.equal(await outcome(kms, 'CreateGrant', base), 'KMSInvalidStateException');
  assert.equal((await kms.ok('ListGrants', { KeyId: key.KeyId })).Grants.length, 1);
  await kms.ok('RetireGrant', { GrantToken: two.GrantToken });
  assert.deepEqual((await kms.ok('ListGrants', { KeyId: key.KeyId })).Grants, []);
});

test('a list shows what was asked for, and nothing of what was not', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { GrantId } = await grant(kms, key, theirs, {
    Name: 'backup',
    RetiringPrincipal: mine,
    Operations: ['Decrypt', 'Encrypt', 'Decrypt'],
    Constraints: { EncryptionContextSubset: { Dept: 'IT' } },
  });
  const page = await kms.ok('ListGrants', { KeyId: key.KeyId });
  assert.deepEqual(page, {
    Grants: [
      {
        KeyId: key.Arn,
        GrantId,
        Name: 'backup',
        CreationDate: kms.clock.now() / 1000,
        GranteePrincipal: theirs,
        RetiringPrincipal: mine,
        IssuingAccount: mine,
        Operations: ['Decrypt', 'Encrypt'],
        Constraints: { EncryptionContextSubset: { Dept: 'IT' } },
      },
    ],
    Truncated: false,
  });
  const services = await newKey(kms);
  await kms.ok('CreateGrant', {
    KeyId: services.KeyId,
    GranteeServicePrincipal: 's3.amazonaws.com',
    RetiringServicePrincipal: 's3.amazonaws.com',
    Operations: ['Decrypt'],
    Constraints: { SourceArn: 'arn:aws:s3:::bucket-of-mine' },
  });
  const [entry] = (await kms.ok('ListGrants', { KeyId: services.KeyId })).Grants;
  assert.deepEqual(
    [entry.Name, entry.GranteePrincipal, entry.GranteeServicePrincipal, entry.RetiringServicePrincipal],
    ['', undefined, 's3.amazonaws.com', 's3.amazonaws.com'],
  );
});

test('a name makes CreateGrant repeatable: the same grant, with another token', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const first = await grant(kms, key, theirs, { Name: 'n' });
  const second = await grant(kms, key, theirs, { Name: 'n' });
  assert.equal(second.GrantId, first.GrantId);
  assert.notEqual(second.GrantToken, first.GrantToken);
  const wider = await grant(kms, key, theirs, { Name: 'n', Operations: ['Decrypt', 'Encrypt'] });
  assert.notEqual(wider.GrantId, first.GrantId);
  assert.notEqual((await grant(kms, key, theirs)).GrantId, (await grant(kms, key, theirs)).GrantId);
  await kms.ok('RetireGrant', { GrantToken: first.GrantToken });
  assert.equal(await outcome(kms, 'RetireGrant', { GrantToken: second.GrantToken }), 'NotFoundException');
});

test('grants come in pages, whole and narrowed', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const ids = { mine: new Set<string>(), theirs: new Set<string>() };
  for (let i = 0; i < 7; i++) ids.theirs.add((await grant(kms, key, theirs)).GrantId);
  for (let i = 0; i < 5; i++) ids.mine.add((await grant(kms, key, mine)).GrantId);
  const all = async (narrowed: object) => {
    const found: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.ok('ListGrants', { KeyId: key.KeyId, Limit: 3, Marker, ...narrowed });
      assert(page.Grants.length <= 3 && page.Truncated === (page.NextMarker !== undefined));
      found.push(...page.Grants.map(({ GrantId }: { GrantId: string }) => GrantId));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    return found.sort();
  };
  assert.deepEqual(await all({}), [...ids.mine, ...ids.theirs].sort());
  assert.deepEqual(await all({ GranteePrincipal: theirs }), [...ids.theirs].sort());
  const [one = ''] = ids.mine;
  assert.deepEqual(await all({ GrantId: one }), [one]);
  assert.deepEqual(await all({ GrantId: one, GranteePrincipal: theirs }), []);
  assert.deepEqual(await all({ GrantId: absentGrant }), []);
  const { NextMarker } = await kms.ok('ListGrants', { KeyId: key.KeyId, Limit: 3 });
  const list = (input: object) => outcome(kms, 'ListGrants', { KeyId: key.KeyId, ...input });
  assert.equal(await list({ Marker: NextMarker, GranteePrincipal: theirs }), 'InvalidMarkerException');
  const other = await newKey(kms);
  assert.equal(await list({ Marker: NextMarker, KeyId: other.KeyId }), 'InvalidMarkerException');
  assert.equal(await list({ GrantId: 'x' }), 'InvalidGrantIdException');
  assert.equal(await list({ GranteePrincipal: 'arn:aws:iam::111122223333:user/Nobody' }), 'InvalidArnException');
  assert.equal(await list({ GranteeServicePrincipal: 's3.amazonaws.com' }), 'ValidationException');
});

test('another account makes, lists and revokes grants where the key policy lets it, by the key’s ARN', async () => {
  await using kms = await startKms();
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: mine }, Action: 'kms:*', Resource: '*' },
    {
      Effect: 'Allow',
      Principal: { AWS: theirs },
      Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      Resource: '*',
    },
  ];
  const key = await newKey(kms, { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  const bob = await putUser(kms, '444455556666', 'Bob');
  const { GrantId } = await grant(kms, key, bob.arn, {}, kms.other);
  const [entry] = (await kms.ok('ListGrants', { KeyId: key.Arn }, { caller: kms.other })).Grants;
  assert.deepEqual([entry.IssuingAccount, entry.GranteePrincipal, entry.KeyId], [theirs, bob.arn, key.Arn]);
  const CiphertextBlob = await encrypted(kms, key);
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, bob), 'allowed');
  await kms.ok('RevokeGrant', { KeyId: key.Arn, GrantId }, { caller: kms.other });
  assert.equal(await outcome(kms, 'Decrypt', { CiphertextBlob }, bob), denied);
  assert.equal(await outcome(kms, 'ListGrants', { KeyId: key.KeyId }, kms.other), 'NotFoundException');
});

test('who has only a grant of CreateGrant hands on no more than it', async () => {
  await using kms = await startKms();
  const key = await newKey(kms, { Policy: rootOnly });
  const alice = await putUser(kms, '111122223333', 'Alice');
  const bob = await putUser(kms, '444455556666', 'Bob');
  const { GrantId } = await grant(kms, key, alice.arn, {
    Operations: ['CreateGrant', 'Decrypt'],
    Constraints: { EncryptionContextSubset: { Dept: 'IT' } },
  });
  const child = (caller: Caller, input: object) =>
    outcome(
      kms,
      'CreateGrant',
      { KeyId: key.Arn, GranteePrincipal: bob.arn, Operations: ['Decrypt'], ...input },
      caller,
    );
  const Constraints = { EncryptionContextEquals: { Dept: 'IT', P: '1' } };
  assert.equal(await child(alice, { Constraints }), 'allowed');
  assert.equal(await child(alice, { Constraints: { EncryptionContextSubset: { Dept: 'IT' } } }), 'allowed');
  assert.equal(await child(alice, { Constraints, Operations: ['Encrypt'] }), denied);
  assert.equal(await child(alice, { Constraints, Operations: ['Decrypt', 'DescribeKey'] }), denied);
  assert.equal(await child(alice, {}), denied);
  assert.equal(await child(alice, { Constraints: { EncryptionContextSubset: { P: '1' } } }), denied);
  assert.equal(await child(bob, { Constraints }), denied);
  assert.equal(await child(kms.root, {}), 'allowed'); // who is allowed by a policy may grant anything
  // A grant to the whole account, whose policies do not let Alice, adds nothing to her own.
  await grant(kms, key, mine, { Operations: ['CreateGrant', 'Encrypt'] });
  assert.equal(await child(alice, { Operations: ['Encrypt'] }), denied);
  // Two grants that only together would be enough are not enough.
  await grant(kms, key, alice.arn, { Operations: ['CreateGrant', 'Encrypt'] });
  assert.equal(await child(alice, { Operations: ['Encrypt'] }), 'allowed');
  assert.equal(await child(alice, { Constraints, Operations: ['Encrypt', 'Decrypt'] }), denied);
  await kms.ok('RevokeGrant', { KeyId: key.KeyId, GrantId });
  assert.equal(await child(alice, { Constraints }), denied);
});

test('a grant is retired by whom it names for that, and by those whom the issuing account lets', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const allow = { Effect: 'Allow', Action: 'kms:RetireGrant', Resource: '*' };
  const bob = await putUser(kms, '444455556666', 'Bob');
  const barred = await putUser(kms, '444455556666', 'Barred', { ...allow, Effect: 'Deny' });
  const delegate = await putUser(kms, '111122223333', 'Delegate', allow);
  const plain = await putUser(kms, '111122223333', 'Plain', { ...allow, Action: 'kms:Decrypt' });
  const stranger = await putUser(kms, '444455556666', 'Stranger', allow);
  const app = await putRole(kms, '444455556666', 'App');
  const callers = { mine: kms.root, theirs: kms.other, bob, barred, delegate, plain, stranger, app: app.session('s') };
  const always = ['mine', 'delegate'];
  const cases: [input: object, who: string[]][] = [
    [{ GranteePrincipal: bob.arn }, []],
    [{ GranteePrincipal: bob.arn, Operations: ['Decrypt', 'RetireGrant'] }, ['bob']],
    [{ GranteePrincipal: app.arn, RetiringPrincipal: bob.arn }, ['bob']],
    [{ GranteePrincipal: bob.arn, RetiringPrincipal: app.arn }, ['app']],
    [{ GranteePrincipal: bob.arn, RetiringPrincipal: barred.arn }, []],
    [{ GranteePrincipal: bob.arn, RetiringPrincipal: theirs }, ['theirs', 'stranger']],
  ];
  for (const [input, who] of cases) {
    for (const [name, caller] of Object.entries(callers)) {
      const { GrantId, GrantToken } = await grant(kms, key, theirs, input);
      const expected = [...always, ...who].includes(name) ? 'DryRunOperationException' : denied;
      const told = `${name} ${JSON.stringify(input)}`;
      assert.equal(await outcome(kms, 'RetireGrant', { GrantToken, DryRun: true }, caller), expected, told);
      assert.equal(
        await outcome(kms, 'RetireGrant', { KeyId: key.Arn, GrantId, DryRun: true }, caller),
        expected,
        told,
      );
    }
  }
});

test('the key policy has no say in retiring, nor has a resource control policy; a service control policy has', async () => {
  await using kms = await startKms();
  const bob = await putUser(kms, '444455556666', 'Bob');
  const alice = await putUser(kms, '111122223333', 'Alice');
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: [mine, alice.arn] }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: { AWS: bob.arn }, Action: 'kms:RetireGrant', Resource: '*' },
  ];
  const key = await newKey(kms, { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  const { GrantToken } = await grant(kms, key, theirs, { RetiringPrincipal: bob.arn });
  const retire = (caller: Caller) => outcome(kms, 'RetireGrant', { GrantToken, DryRun: true }, caller);
  assert.equal(await retire(alice), denied);
  assert.equal(await retire(bob), 'DryRunOperationException');
  const guard = (account: string, kind: 'service-control' | 'resource-control', statement: object) => {
    const accountId = parseAccountId(account);
    assert(accountId !== undefined);
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [{ Resource: '*', ...statement }] });
    return putGuardrail(kms.identities, { accountId, kind, name: 'test' }, document);
  };
  await guard('111122223333', 'resource-control', { Effect: 'Deny', Principal: '*', Action: 'kms:*' });
  assert.equal(await retire(bob), 'DryRunOperationException');
  await guard('444455556666', 'service-control', { Effect: 'Allow', Action: 'kms:Decrypt' });
  assert.equal(await retire(bob), denied);
});

test('retiring names a grant in one way, and tells strangers nothing', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { GrantId, GrantToken } = await grant(kms, key, mine);
  const absentKey = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const cases: [input: object, error: string][] = [
    [{}, 'ValidationException'],
    [{ KeyId: key.Arn }, 'ValidationException'],
    [{ GrantId }, 'ValidationException'],
    [{ GrantToken, GrantId, KeyId: key.Arn }, 'ValidationException'],
    [{ GrantId, KeyId: key.KeyId }, 'InvalidArnException'],
    [{ GrantId, KeyId: 'alias/a' }, 'InvalidArnException'],
    [{ GrantId: 'x', KeyId: key.Arn }, 'InvalidGrantIdException'],
    [{ GrantId: absentGrant, KeyId: key.Arn }, 'NotFoundException'],
    [{ GrantId, KeyId: absentKey }, 'NotFoundException'],
    [{ GrantToken: 'x' }, 'InvalidGrantTokenException'],
  ];
  for (const [input, error] of cases) {
    assert.equal(await outcome(kms, 'RetireGrant', input), error, JSON.stringify(input));
  }
  const elsewhere = await kms.send('RetireGrant', { GrantToken }, { region: 'eu-west-1' });
  assert.equal(elsewhere.body.__type, 'InvalidGrantTokenException');
  // Another account gets one answer for a grant that is not there, whether or not the key is.
  const asked = { GrantId: absentGrant, KeyId: key.Arn };
  const [present, absent] = [
    await kms.send('RetireGrant', asked, { caller: kms.other }),
    await kms.send('RetireGrant', { ...asked, KeyId: absentKey }, { caller: kms.other }),
  ];
  assert.deepEqual(present.body, absent.body);
  const refused = await kms.send('RetireGrant', { GrantToken }, { caller: kms.other });
  assert.equal(refused.body.__type, denied);
  assert(!refused.text.includes(key.KeyId) && !refused.text.includes(GrantId));
  assert.equal(await kms.ok('RetireGrant', { GrantToken }), undefined);
  assert.equal(await outcome(kms, 'RetireGrant', { GrantToken }), 'NotFoundException');
});

test('a token is taken where it is true, transfers nothing, and is looked at only after permission', async () => {
  await using kms = await startKms();
  const [key, other] = [await newKey(kms), await newKey(kms)];
  const bob = await putUser(kms, '444455556666', 'Bob');
  const { GrantToken, GrantId } = await grant(kms, key, theirs, { Operations: ['Encrypt'] });
  const encrypt = (KeyId: string, GrantTokens: readonly string[], caller?: Caller) =>
    outcome(kms, 'Encrypt', { KeyId, Plaintext: 'eA==', GrantTokens }, caller);
  assert.equal(await encrypt(key.Arn, [GrantToken], kms.other), 'allowed');
  assert.equal(await encrypt(key.Arn, [GrantToken], bob), denied);
  assert.equal(await encrypt(key.Arn, ['x'], bob), denied);
  assert.equal(await encrypt(key.Arn, ['x'], kms.other), 'InvalidGrantTokenException');
  assert.equal(await encrypt(key.KeyId, [GrantToken]), 'allowed');
  assert.equal(await encrypt(other.KeyId, [GrantToken]), 'InvalidGrantTokenException');
  const CiphertextBlob = await encrypted(kms, other);
  const reEncrypt = { CiphertextBlob, DestinationKeyId: key.KeyId, GrantTokens: [GrantToken] };
  assert.equal(await outcome(kms, 'ReEncrypt', reEncrypt), 'allowed');
  assert.equal(await outcome(kms, 'DescribeKey', { KeyId: key.KeyId, GrantTokens: ['x'] }), 'allowed');
  await kms.ok('RevokeGrant', { KeyId: key.KeyId, GrantId });
  assert.equal(await encrypt(key.KeyId, [GrantToken]), 'InvalidGrantTokenException');
  assert.equal(await encrypt(key.Arn, [GrantToken], kms.other), denied);
});

test('who may retire grants sees them, on keys of any account in the Region', async () => {
  await using kms = await startKms();
  const [key, second] = [await newKey(kms), await newKey(kms)];
  const theirKey = (await kms.ok('CreateKey', {}, { caller: kms.other })).KeyMetadata;
  const farKey = (await kms.ok('CreateKey', {}, { region: 'eu-west-1' })).KeyMetadata;
  const reader = { Effect: 'Allow', Action: 'kms:ListRetirableGrants' };
  const alice = await putUser(kms, '111122223333', 'Alice');
  const bob = await putUser(kms, '111122223333', 'Bob', { ...reader, Resource: alice.arn });
  const retirable = { RetiringPrincipal: alice.arn };
  const ids = [
    (await grant(kms, key, theirs, retirable)).GrantId,
    (await grant(kms, second, theirs, retirable)).GrantId,
    (await grant(kms, theirKey, theirs, retirable, kms.other)).GrantId,
  ];
  await grant(kms, key, alice.arn);
  await grant(kms, key, theirs, { RetiringPrincipal: mine });
  const far = { KeyId: farKey.Arn, GranteePrincipal: theirs, Operations: ['Decrypt'], ...retirable };
  await kms.ok('CreateGrant', far, { region: 'eu-west-1' });
  const list = (caller: Caller, input: object = {}) =>
    kms.send('ListRetirableGrants', { ...retirable, ...input }, { caller });
  const { body } = await list(bob);
  assert.deepEqual(body.Grants.map(({ GrantId }: { GrantId: string }) => GrantId).sort(), ids.toSorted());
  assert.deepEqual(body.Truncated, false);
  assert(body.Grants.some(({ KeyId }: { KeyId: string }) => KeyId === theirKey.Arn));
  const first = (await list(kms.root, { Limit: 2 })).body;
  assert.deepEqual([first.Grants.length, first.Truncated], [2, true]);
  assert.equal((await list(kms.root, { Limit: 2, Marker: first.NextMarker })).body.Grants.length, 1);
  const errorOf = async (caller: Caller, input: object) => (await list(caller, input)).body.__type;
  assert.equal(await errorOf(bob, { RetiringPrincipal: bob.arn }), denied);
  assert.equal(await errorOf(alice, {}), denied);
  assert.equal(await errorOf(kms.root, { RetiringPrincipal: theirs }), denied);
  assert.equal(
    await errorOf(kms.root, { RetiringPrincipal: 'arn:aws:iam::111122223333:user/Nobody' }),
    'InvalidArnException',
  );
  assert.equal(await errorOf(kms.root, { RetiringPrincipal: '111122223333' }), 'InvalidArnException');
  assert.equal(await errorOf(kms.root, { RetiringPrincipal: undefined }), 'ValidationException');
  const byService = { RetiringPrincipal: undefined, RetiringServicePrincipal: 's3.amazonaws.com' };
  assert.equal(await errorOf(kms.root, byService), 'ValidationException');
  assert.equal(await errorOf(bob, { Marker: 'x' }), 'InvalidMarkerException');
});

test('revoking wants permission, a well-formed id, and changes nothing in a dry run', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { GrantId } = await grant(kms, key, theirs);
  const revoke = (input: object, caller?: Caller) =>
    outcome(kms, 'RevokeGrant', { KeyId: key.Arn, GrantId, ...input }, caller);
  assert.equal(await revoke({}, kms.other), denied);
  assert.equal(await revoke({ GrantId: 'x' }), 'InvalidGrantIdException');
  assert.equal(await revoke({ GrantId: absentGrant }), 'NotFoundException');
  assert.equal(await revoke({ DryRun: true }), 'DryRunOperationException');
  assert.equal((await kms.ok('ListGrants', { KeyId: key.KeyId })).Grants.length, 1);
  assert.equal(await revoke({ KeyId: (await newKey(kms)).KeyId }), 'NotFoundException');
  assert.equal(await revoke({}), 'allowed');
});

test('a destroyed key’s grants are gone from every list', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { GrantToken } = await grant(kms, key, theirs, { RetiringPrincipal: mine });
  await kms.ok('ScheduleKeyDeletion', { KeyId: key.KeyId, PendingWindowInDays: 7 });
  kms.clock.advance(7 * dayMs);
  await startHousekeeping(kms.keyring, (task, error) => assert.fail(`${task}: ${error}`)).stop();
  assert.deepEqual((await kms.ok('ListRetirableGrants', { RetiringPrincipal: mine })).Grants, []);
  assert.equal(await outcome(kms, 'RetireGrant', { GrantToken }), 'NotFoundException');
});
