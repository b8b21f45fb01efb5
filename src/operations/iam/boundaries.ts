/**
 * Permissions boundaries of users and roles. Source: IAM API Reference, PutUserPermissionsBoundary,
 * DeleteUserPermissionsBoundary; those of roles are the same but for the member that names the role.
 */
import { type QueryOperation, queryOperation } from '#call/query/operation.ts';
import { deleteBoundary, putBoundary } from '#identity/entities/entity-policies.ts';
import { structure } from '#model/schema.ts';
import { realmOf } from './ask.ts';
import { type EntityRow, entityRows, nameIn } from './entity-rows.ts';
import { askEntityPolicies } from './policy-asks.ts';
import * as shapes from './shapes.ts';

export const boundaryOperations = entityRows.flatMap(operationsOn);

function operationsOn(row: EntityRow): readonly QueryOperation[] {
  const { kind, noun, member, modelled } = row;
  if (kind === 'group') return []; // groups are no principals, and have no boundary
  const entity = { [member]: row.name } as const;
  return [
    queryOperation({
      name: `Put${noun}PermissionsBoundary`,
      input: structure({ ...entity, PermissionsBoundary: shapes.arn }),
      errors: ['InvalidInput', 'NoSuchEntity', 'PolicyNotAttachable', ...modelled],
      asks(call, identities) {
        const boundary = call.input.PermissionsBoundary;
        return askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }, { boundary });
      },
      async run(call, identities) {
        const name = nameIn(call.input, row);
        await putBoundary(identities, realmOf(call), { kind, name }, call.input.PermissionsBoundary);
        return {};
      },
    }),
    queryOperation({
      name: `Delete${noun}PermissionsBoundary`,
      input: structure(entity),
      errors: ['NoSuchEntity', ...modelled],
      asks: (call, identities) => askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }),
      async run(call, identities) {
        await deleteBoundary(identities, realmOf(call), { kind, name: nameIn(call.input, row) });
        return {};
      },
    }),
  ];
}
