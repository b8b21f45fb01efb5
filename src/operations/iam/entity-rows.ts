/**
 * How the operations on users, roles and groups differ that are otherwise the same: one row each. Source: the service's
 * published model, API version 2010-05-08.
 */
import type { EntityKind } from '#identity/entities/entities.ts';
import type { ErrorName } from '#model/api-error.ts';
import type { Shape } from '#model/schema.ts';
import * as shapes from './shapes.ts';

export interface EntityRow {
  readonly kind: EntityKind;
  /** As in the names of the operations. */
  readonly noun: 'User' | 'Role' | 'Group';
  /** The member that names one. */
  readonly member: 'UserName' | 'RoleName' | 'GroupName';
  /** What it may hold, by where it is: names of users may be longer in operations on inline policies. */
  readonly name: Shape<string>;
  readonly inlineName: Shape<string>;
  /** Errors that the model has for this kind alone. */
  readonly modelled: readonly ErrorName[];
}

export const entityRows: readonly EntityRow[] = [
  {
    kind: 'user',
    noun: 'User',
    member: 'UserName',
    name: shapes.newUserName,
    inlineName: shapes.userName,
    modelled: [],
  },
  {
    kind: 'role',
    noun: 'Role',
    member: 'RoleName',
    name: shapes.roleName,
    inlineName: shapes.roleName,
    modelled: ['UnmodifiableEntity'],
  },
  {
    kind: 'group',
    noun: 'Group',
    member: 'GroupName',
    name: shapes.groupName,
    inlineName: shapes.groupName,
    modelled: [],
  },
];

/** The name that a request has in the row's member, which its shape requires. */
export function nameIn(input: object, { member }: EntityRow): string {
  return (input as Readonly<Record<string, string>>)[member] ?? '';
}
