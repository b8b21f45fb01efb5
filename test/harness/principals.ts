/** Users and roles put into the store directly, with credentials, for tests that are about something else. */
import assert from 'node:assert/strict';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { accessKeyPlace } from '#identity/accounts.ts';
import { newUniqueId, randomText } from '#identity/entities/entities.ts';
import { changeAccount } from '#identity/identities.ts';
import { sealSession } from '#identity/sessions/sessions.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import type { Caller, Kms } from './kms.ts';

export interface TestUser extends Caller {
  readonly arn: string;
  readonly userId: string;
}

/** A statement of the user's one policy: `{ Effect, Action, Resource }`. */
type Statement = object;

/** Puts a user with an access key. Without statements it has no policy. */
export async function putUser(kms: Kms, account: string, name: string, ...statements: Statement[]): Promise<TestUser> {
  const accountId = accountOf(account);
  const { clock, domainKeys } = kms.vault;
  const createdAtMs = clock.now();
  const userId = newUniqueId('AIDA');
  const accessKeyId = `AKIA${randomText(16)}`;
  const secretAccessKey = randomBytes(30).toString('base64');
  await changeAccount(kms.identities, accountId, async (transaction) => {
    transaction.put('users', [accountId, name.toLowerCase()], {
      accountId,
      name,
      path: '/',
      createdAtMs,
      inlinePolicies: inlined(statements),
      attachedPolicies: [],
      userId,
      groups: [],
      tags: [],
    });
    transaction.put('principals', [userId], { kind: 'user', accountId, name: name.toLowerCase() });
    const holder = { accessKeyId, accountId, principal: userId, createdAtMs };
    using secret = new SecretBytes(Buffer.from(secretAccessKey));
    const wrapped = domainKeys.wrap(secret, accessKeyPlace(holder));
    transaction.put('accessKeys', [accessKeyId], { ...holder, wrapped });
  });
  return { arn: `arn:aws:iam::${account}:user/${name}`, userId, accessKeyId, secretAccessKey };
}

/** The user's access key stays, and stands for nobody. */
export async function deleteUser(kms: Kms, { arn, userId }: TestUser): Promise<void> {
  const [, , , , account = '', resource = ''] = arn.split(':');
  const accountId = accountOf(account);
  await changeAccount(kms.identities, accountId, async (transaction) => {
    transaction.delete('users', [accountId, resource.slice('user/'.length).toLowerCase()]);
    transaction.delete('principals', [userId]);
  });
}

export interface TestRole {
  readonly arn: string;
  readonly roleId: string;
  /** Credentials of a session of the role, an hour long. */
  session(name: string): Caller & { readonly sessionToken: string };
}

export async function putRole(kms: Kms, account: string, name: string, ...statements: Statement[]): Promise<TestRole> {
  const accountId = accountOf(account);
  const issuedAtMs = kms.vault.clock.now();
  const roleId = newUniqueId('AROA');
  await changeAccount(kms.identities, accountId, async (transaction) => {
    transaction.put('roles', [accountId, name.toLowerCase()], {
      accountId,
      name,
      path: '/',
      createdAtMs: issuedAtMs,
      inlinePolicies: inlined(statements),
      attachedPolicies: [],
      roleId,
      description: '',
      trustPolicy: '{}',
      trustPrincipals: [],
      maxSessionSeconds: 3600,
      tags: [],
    });
    transaction.put('principals', [roleId], { kind: 'role', accountId, name: name.toLowerCase() });
  });
  return {
    arn: `arn:aws:iam::${account}:role/${name}`,
    roleId,
    session(sessionName) {
      const accessKeyId = `ASIA${randomText(16)}`;
      const secretAccessKey = randomBytes(30).toString('base64');
      const { token: sessionToken } = sealSession(kms.identities, accessKeyId, {
        by: 'AssumeRole',
        accountId,
        holder: roleId,
        name: sessionName,
        tags: [],
        transitiveTagKeys: [],
        issuedAtMs,
        expiresAtMs: issuedAtMs + 3_600_000,
        secret: secretAccessKey,
      });
      return { accessKeyId, secretAccessKey, sessionToken };
    },
  };
}

function inlined(statements: readonly Statement[]): readonly (readonly [string, string])[] {
  if (statements.length === 0) return [];
  return [['own', JSON.stringify({ Version: '2012-10-17', Statement: statements })]];
}

function accountOf(account: string): AccountId {
  const accountId = parseAccountId(account);
  assert(accountId !== undefined);
  return accountId;
}
