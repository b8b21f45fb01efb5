/**
 * Users, groups and roles as answers show them. Lists leave out tags, boundary and last use, as AWS's do. Source: IAM API
 * Reference, User, Group, Role, ListUsers, ListRoles.
 */
import { shownPolicy } from '#authorization/key-policy.ts';
import type { RecordOf } from '#identity/entities/entities.ts';
import type { Identities } from '#identity/identities.ts';
import { entityArn, policyArn, type Realm } from '#identity/names.ts';
import { principalNameOf } from '#identity/principal-ids.ts';
import { shownTags } from './tagging.ts';

export function listedUser(realm: Realm, record: RecordOf<'user'>) {
  return {
    Path: record.path,
    UserName: record.name,
    UserId: record.userId,
    Arn: entityArn(realm, 'user', record),
    CreateDate: record.createdAtMs,
  };
}

export function shownUser(realm: Realm, record: RecordOf<'user'>) {
  return { ...listedUser(realm, record), ...boundaryAndTags(realm, record) };
}

export function shownGroup(realm: Realm, record: RecordOf<'group'>) {
  return {
    Path: record.path,
    GroupName: record.name,
    GroupId: record.groupId,
    Arn: entityArn(realm, 'group', record),
    CreateDate: record.createdAtMs,
  };
}

export async function listedRole(identities: Identities, realm: Realm, record: RecordOf<'role'>) {
  const { description } = record;
  return {
    Path: record.path,
    RoleName: record.name,
    RoleId: record.roleId,
    Arn: entityArn(realm, 'role', record),
    CreateDate: record.createdAtMs,
    AssumeRolePolicyDocument: percentEncoded(await shownTrust(identities, realm, record)),
    ...(description === '' ? {} : { Description: description }),
    MaxSessionDuration: record.maxSessionSeconds,
  };
}

export async function shownRole(identities: Identities, realm: Realm, record: RecordOf<'role'>) {
  return { ...(await listedRole(identities, realm, record)), ...boundaryAndTags(realm, record) };
}

function shownTrust({ vault }: Identities, { partition }: Realm, { trustPolicy, trustPrincipals }: RecordOf<'role'>) {
  return shownPolicy({ policy: trustPolicy, policyPrincipals: trustPrincipals }, (id) =>
    principalNameOf(vault.store, id, partition),
  );
}

function boundaryAndTags(
  { partition }: Realm,
  { boundary, tags }: Pick<RecordOf<'user' | 'role'>, 'boundary' | 'tags'>,
) {
  const PermissionsBoundary = boundary && {
    PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
    PermissionsBoundaryArn: policyArn(partition, boundary),
  };
  return { PermissionsBoundary, Tags: tags.length === 0 ? undefined : shownTags(tags) };
}

/** RFC 3986, section 2.1: all but the unreserved characters. */
export function percentEncoded(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
