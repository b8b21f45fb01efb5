/**
 * Managed policies attached to users, roles and groups. Source: IAM API Reference, AttachUserPolicy, DetachUserPolicy,
 * ListAttachedUserPolicies; those of roles and groups are the same but for the member that names the entity.
 */
import { type QueryOperation, queryOperation } from '#call/query/operation.ts';
import { requireEntity } from '#identity/entities/entities.ts';
import { attachPolicy, detachPolicy } from '#identity/entities/entity-policies.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { optional, structure } from '#model/schema.ts';
import { realmOf } from './ask.ts';
import { type EntityRow, entityRows, nameIn } from './entity-rows.ts';
import { askEntityPolicies } from './policy-asks.ts';
import * as policies from './policy-shapes.ts';
import { attachedPolicy, nameOf, pathOf } from './policy-shown.ts';
import * as shapes from './shapes.ts';

export const attachmentOperations = entityRows.flatMap(operationsOn);

function operationsOn(row: EntityRow): readonly QueryOperation[] {
  const { kind, noun, member, modelled } = row;
  const entity = { [member]: row.name } as const;
  return [
    queryOperation({
      name: `Attach${noun}Policy`,
      input: structure({ ...entity, PolicyArn: shapes.arn }),
      errors: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity', 'PolicyNotAttachable', ...modelled],
      asks(call, identities) {
        const policyArn = call.input.PolicyArn;
        return askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }, { policyArn });
      },
      async run(call, identities) {
        await attachPolicy(identities, realmOf(call), { kind, name: nameIn(call.input, row) }, call.input.PolicyArn);
        return {};
      },
    }),
    queryOperation({
      name: `Detach${noun}Policy`,
      input: structure({ ...entity, PolicyArn: shapes.arn }),
      errors: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity', ...modelled],
      asks(call, identities) {
        const policyArn = call.input.PolicyArn;
        return askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }, { policyArn });
      },
      async run(call, identities) {
        await detachPolicy(identities, realmOf(call), { kind, name: nameIn(call.input, row) }, call.input.PolicyArn);
        return {};
      },
    }),
    queryOperation({
      name: `ListAttached${noun}Policies`,
      input: structure({ ...entity, PathPrefix: optional(policies.policyPath), ...shapes.pageWish }),
      output: structure({ AttachedPolicies: optional(policies.attachedPolicies), ...shapes.pageEnd }),
      errors: ['InvalidInput', 'NoSuchEntity'],
      asks: (call, identities) => askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }),
      async run(call, identities) {
        const name = nameIn(call.input, row);
        const { PathPrefix = '/' } = call.input;
        const { accountId } = call.place;
        const { attachedPolicies } = await requireEntity(identities.vault.store, kind, accountId, name);
        const wanted = attachedPolicies.filter((reference) => pathOf(reference).startsWith(PathPrefix));
        const list = [`ListAttached${noun}Policies`, accountId, name.toLowerCase(), PathPrefix];
        // A policy of the account's own may have the name of one of AWS's.
        const byName = wanted.map((one) => [`${nameOf(one).toLowerCase()} ${one.split(':', 1)[0]}`, one] as const);
        const { items, ...end } = await readIamPageOf(identities, list, call.input, byName);
        return { AttachedPolicies: items.map(({ item }) => attachedPolicy(realmOf(call), item)), ...end };
      },
    }),
  ];
}
