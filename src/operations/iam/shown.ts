/**
 * Users, groups and roles as answers show them. Lists leave out tags, boundary and last use, as AWS's do. Source: IAM API
 * Reference, User, Group, Role, ListUsers, ListRoles.
 */
import { shownPolicy } from '#authorization/key-policy.ts';
import { entityArn, policyArn, type Realm } from '#identity/names.ts';
import { principalNameOf } from '#identity/principal-ids.ts';
import type { GroupRecord, PolicyReference, Reader, RoleRecord, TagPairs, UserRecord } from '#storage/store.ts';
import { shownTags } from './tagging.ts';

export function listedUser(realm: Realm, record: UserRecord) {
  return {
    Path: record.path,
    UserName: record.name,
    UserId: record.userId,
    Arn: entityArn(realm, 'user', record),
    CreateDate: record.createdAtMs,
  };
}

export function shownUser(realm: Realm, record: UserRecord) {
  return { ...listedUser(realm, record), ...boundaryAndTags(realm, record) };
}

export function shownGroup(realm: Realm, record: GroupRecord) {
  return {
    Path: record.path,
    GroupName: record.name,
    GroupId: record.groupId,
    Arn: entityArn(realm, 'group', record),
    CreateDate: record.createdAtMs,
  };
}

export async function listedRole(reader: Reader, realm: Realm, record: RoleRecord) {
  const { description } = record;
  return {
    Path: record.path,
    RoleName: record.name,
    RoleId: record.roleId,
    Arn: entityArn(realm, 'role', record),
    CreateDate: record.createdAtMs,
    AssumeRolePolicyDocument: percentEncoded(await shownTrust(reader, realm, record)),
    ...(description === '' ? {} : { Description: description }),
    MaxSessionDuration: record.maxSessionSeconds,
  };
}

export async function shownRole(reader: Reader, realm: Realm, record: RoleRecord) {
  return { ...(await listedRole(reader, realm, record)), ...boundaryAndTags(realm, record) };
}

function shownTrust(reader: Reader, { partition }: Realm, { trustPolicy, trustPrincipals }: RoleRecord) {
  return shownPolicy({ policy: trustPolicy, policyPrincipals: trustPrincipals }, (id) =>
    principalNameOf(reader, id, partition),
  );
}

function boundaryAndTags(
  { partition }: Realm,
  { boundary, tags }: { readonly boundary?: PolicyReference; readonly tags: TagPairs },
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
