/**
 * Between the names of principals in policies and grants, and whom they mean: a name stands for whoever bears it when it is
 * written down, and for nobody after that one is gone. Source: IAM User Guide, Principal element, "if you delete the role".
 */
import { type AccountId, parseAccountId } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import type { Reader } from '#storage/store.ts';
import { assumedRoleArn, entityArn } from './names.ts';

// Diverges: unknown-principals
/**
 * The id of whom a name stands for, as GrantPrincipal has it: an account id or a root ARN give the account id, a user or
 * role its unique id, a session `AROA…:session`, a federated user `account:name`, a service itself. Undefined where there is
 * no such user or role. Accounts are taken at their word, as AWS takes accounts that it cannot see into.
 */
export async function principalIdOf(reader: Reader, name: string, partition: string): Promise<string | undefined> {
  if (parseAccountId(name) !== undefined) return name;
  if (/^(?:AIDA|AROA)[A-Z\d]+$/.test(name)) return (await reader.get('principals', [name])) && name;
  const [arn, ofPartition, service, region, account = '', ...resourceParts] = name.split(':');
  const resource = resourceParts.join(':'); // a path may hold colons
  if (arn !== 'arn') return name.endsWith('.amazonaws.com') || name.endsWith('.amazonaws.com.cn') ? name : undefined;
  const accountId = parseAccountId(account);
  if (accountId === undefined || ofPartition !== partition || region !== '') return undefined;
  const [kind, ...rest] = resource.split('/');
  if (service === 'iam') {
    if (resource === 'root') return accountId;
    return kind === 'user' || kind === 'role' ? entityId(reader, { accountId, kind, path: rest }) : undefined;
  }
  const [first = '', session = ''] = rest;
  if (service !== 'sts' || session.includes(':')) return undefined;
  if (kind === 'federated-user') return rest.length === 1 ? `${accountId}:${first}` : undefined;
  if (kind !== 'assumed-role' || rest.length !== 2 || session === '') return undefined;
  const role = await reader.get('roles', [accountId, first.toLowerCase()]);
  return role?.name === first ? `${role.roleId}:${session}` : undefined;
}

interface EntityName {
  readonly accountId: AccountId;
  readonly kind: 'user' | 'role';
  readonly path: readonly string[];
}

/** Names in ARNs are compared by case, path included. */
async function entityId(reader: Reader, { accountId, kind, path }: EntityName): Promise<string | undefined> {
  const name = path.at(-1) ?? '';
  if (!/^[\w+=,.@-]+$/.test(name)) return undefined;
  const record = await reader.get(kind === 'user' ? 'users' : 'roles', [accountId, name.toLowerCase()]);
  if (record === undefined || `${record.path}${record.name}` !== `/${path.join('/')}`) return undefined;
  return 'userId' in record ? record.userId : record.roleId;
}

/**
 * The ARN that an id has now: that of a user, a role, or a session of a role. Undefined for one whose user or role is gone,
 * and for ids that are names themselves.
 */
export async function principalNameOf(reader: Reader, id: string, partition: string): Promise<string | undefined> {
  const [uniqueId = '', session] = id.split(':');
  const named = /^(?:AIDA|AROA)/.test(uniqueId) ? await reader.get('principals', [uniqueId]) : undefined;
  if (named === undefined) return undefined;
  const { kind, name } = named;
  const record = await reader.get(kind === 'user' ? 'users' : 'roles', [named.accountId, name]);
  if (record === undefined) return undefined;
  const realm = { partition, accountId: named.accountId as AccountId }; // stored as parsed
  return session === undefined ? entityArn(realm, kind, record) : assumedRoleArn(realm, record.name, session);
}

/** The ids under which grants may name a caller, the closest first. */
export function idsOf(caller: Principal): readonly (readonly [id: string, strength: 'direct' | 'role' | 'account'])[] {
  const account = [caller.accountId, 'account'] as const;
  switch (caller.kind) {
    case 'root':
      return [account];
    case 'user':
      return [[caller.uniqueId, 'direct'], account];
    case 'role-session':
      return [[caller.userId, 'direct'], [caller.role.uniqueId, 'role'], account];
    case 'federated-user':
      return [[caller.userId, 'direct'], [caller.user.uniqueId, 'role'], account];
  }
}
