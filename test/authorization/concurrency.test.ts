/**
 * Eight writers, each of whom lets one user in and shuts it out again by another means, and eight users who never stop
 * asking. A request that starts after a revocation was acknowledged is refused; one that starts after a permission was
 * acknowledged, and before the next change begins, is allowed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Caller, Kms } from '#test/harness/kms.ts';
import { startKms } from '#test/harness/kms.ts';
import { A, allow, delegation, document, other, to, trustOfA, userArn } from './scene.ts';

const changesPerWriter = 40;
const mostRequests = 20_000;

/** One user's permission: what it is, and whether a change of it is under way. */
interface Gate {
  readonly name: string;
  readonly caller: Caller;
  readonly keyId: string;
  readonly set: (isOpen: boolean) => Promise<void>;
  /** Undefined while a change is under way. */
  isOpen: boolean | undefined;
  changes: number;
}

async function makeUser(kms: Kms, UserName: string): Promise<Caller> {
  await kms.did('CreateUser', { UserName });
  const { AccessKey } = await kms.did('CreateAccessKey', { UserName });
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

const mayEncrypt = document([allow({ Action: 'kms:Encrypt' })]);
const mayOther = document([other]);

async function makeGates(kms: Kms): Promise<readonly Gate[]> {
  const shared = (await kms.ok('CreateKey')).KeyMetadata.KeyId;
  const own = (await kms.ok('CreateKey')).KeyMetadata.KeyId;
  const gates: Gate[] = [];
  const add = async (UserName: string, set: (isOpen: boolean) => Promise<unknown>, keyId = shared, caller?: Caller) => {
    gates.push({
      name: UserName,
      caller: caller ?? (await makeUser(kms, UserName)),
      keyId,
      set: async (isOpen) => void (await set(isOpen)),
      isOpen: undefined,
      changes: 0,
    });
  };
  const policyArn = async (PolicyName: string, PolicyDocument: string): Promise<string> =>
    (await kms.did('CreatePolicy', { PolicyName, PolicyDocument })).Policy.Arn;

  await add(
    'key-policy',
    (isOpen) => {
      const statements = isOpen ? [delegation, allow(to(userArn('key-policy')))] : [delegation];
      return kms.ok('PutKeyPolicy', { KeyId: own, Policy: document(statements) });
    },
    own,
  );
  await add('inline', (isOpen) => {
    const named = { UserName: 'inline', PolicyName: 'p' };
    return isOpen
      ? kms.did('PutUserPolicy', { ...named, PolicyDocument: mayEncrypt })
      : kms.did('DeleteUserPolicy', named);
  });
  let grantId = '';
  await add('grant', async (isOpen) => {
    if (!isOpen) return grantId === '' ? undefined : kms.ok('RevokeGrant', { KeyId: shared, GrantId: grantId });
    const grant = { KeyId: shared, GranteePrincipal: userArn('grant'), Operations: ['Encrypt'] };
    grantId = (await kms.ok('CreateGrant', grant)).GrantId;
    return undefined;
  });
  const attached = await policyArn('attached', mayEncrypt);
  await add('attached', (isOpen) =>
    kms.did(isOpen ? 'AttachUserPolicy' : 'DetachUserPolicy', { UserName: 'attached', PolicyArn: attached }),
  );
  await kms.did('CreateGroup', { GroupName: 'encrypters' });
  await kms.did('PutGroupPolicy', { GroupName: 'encrypters', PolicyName: 'p', PolicyDocument: mayEncrypt });
  await add('member', (isOpen) =>
    kms.did(isOpen ? 'AddUserToGroup' : 'RemoveUserFromGroup', { UserName: 'member', GroupName: 'encrypters' }),
  );
  const versioned = await policyArn('versioned', mayOther);
  await kms.did('CreatePolicyVersion', { PolicyArn: versioned, PolicyDocument: mayEncrypt });
  await add('versioned', (isOpen) =>
    kms.did('SetDefaultPolicyVersion', { PolicyArn: versioned, VersionId: isOpen ? 'v2' : 'v1' }),
  );
  await kms.did('AttachUserPolicy', { UserName: 'versioned', PolicyArn: versioned });
  const boundary = await policyArn('boundary', mayOther);
  await add('bounded', (isOpen) =>
    isOpen
      ? kms.did('DeleteUserPermissionsBoundary', { UserName: 'bounded' })
      : kms.did('PutUserPermissionsBoundary', { UserName: 'bounded', PermissionsBoundary: boundary }),
  );
  await kms.did('PutUserPolicy', { UserName: 'bounded', PolicyName: 'p', PolicyDocument: mayEncrypt });
  await kms.did('PutUserPermissionsBoundary', { UserName: 'bounded', PermissionsBoundary: boundary });

  await kms.did('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: trustOfA });
  const assumer = await makeUser(kms, 'assumer');
  const mayAssume = document([allow({ Action: 'sts:AssumeRole' })]);
  await kms.did('PutUserPolicy', { UserName: 'assumer', PolicyName: 'p', PolicyDocument: mayAssume });
  const assumed = { RoleArn: `arn:aws:iam::${A}:role/App`, RoleSessionName: 'session' };
  const { Credentials } = await kms.did('AssumeRole', assumed, { caller: assumer });
  const session: Caller = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  await add(
    'role',
    (isOpen) => {
      const named = { RoleName: 'App', PolicyName: 'p' };
      return isOpen
        ? kms.did('PutRolePolicy', { ...named, PolicyDocument: mayEncrypt })
        : kms.did('DeleteRolePolicy', named);
    },
    shared,
    session,
  );
  return gates;
}

async function write(gate: Gate): Promise<void> {
  for (let change = 0; change < changesPerWriter; change++) {
    const isOpen = change % 2 === 0;
    gate.isOpen = undefined;
    gate.changes++;
    await gate.set(isOpen);
    gate.isOpen = isOpen;
    // Long enough for requests to begin and end while nothing changes.
    for (let i = 0; i < 30; i++) await turn();
  }
}

test('a change is in force for every request that starts after it was acknowledged', async () => {
  await using kms = await startKms();
  const gates = await makeGates(kms);
  assert.equal(gates.length, 8);
  let isWriting = true;
  let judged = { allowed: 0, refused: 0 };
  let requests = 0;
  const use = async (gate: Gate) => {
    while (isWriting && requests < mostRequests) {
      requests++;
      const before = { isOpen: gate.isOpen, changes: gate.changes };
      const { status, text } = await kms.send(
        'Encrypt',
        { KeyId: gate.keyId, Plaintext: 'AAAA' },
        { caller: gate.caller },
      );
      if (before.isOpen === undefined || gate.changes !== before.changes) continue;
      assert.equal(status, before.isOpen ? 200 : 400, `${gate.name} is ${before.isOpen ? 'open' : 'shut'}: ${text}`);
      judged = before.isOpen ? { ...judged, allowed: judged.allowed + 1 } : { ...judged, refused: judged.refused + 1 };
    }
  };
  const using = Promise.all(gates.map(use));
  using.catch(() => undefined); // seen below, when the writers are done
  await Promise.all(gates.map(write));
  isWriting = false;
  await using;
  assert(judged.allowed > 100 && judged.refused > 100, JSON.stringify(judged));
});
