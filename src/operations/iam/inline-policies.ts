/**
 * Inline policies of users, roles and groups. Source: IAM API Reference, PutUserPolicy, GetUserPolicy, DeleteUserPolicy,
 * ListUserPolicies; those of roles and groups are the same but for the member that names the entity.
 */
import { parseIamDocument } from '#authorization/iam-document.ts';
import { type QueryOperation, queryOperation } from '#call/query/operation.ts';
import { requireEntity } from '#identity/entities/entities.ts';
import { deleteInlinePolicy, putInlinePolicy, requireInlinePolicy } from '#identity/entities/entity-policies.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { list, structure } from '#model/schema.ts';
import { realmOf } from './ask.ts';
import { type EntityRow, entityRows, nameIn } from './entity-rows.ts';
import { askEntityPolicies } from './policy-asks.ts';
import * as policies from './policy-shapes.ts';
import * as shapes from './shapes.ts';
import { percentEncoded } from './shown.ts';

export const inlinePolicyOperations = entityRows.flatMap(operationsOn);

function operationsOn(row: EntityRow): readonly QueryOperation[] {
  const { kind, noun, member, modelled } = row;
  const entity = { [member]: row.inlineName } as const;
  const named = { ...entity, PolicyName: policies.policyName };
  return [
    queryOperation({
      name: `Put${noun}Policy`,
      input: structure({ ...named, PolicyDocument: shapes.policyDocument }),
      errors: ['LimitExceeded', 'MalformedPolicyDocument', 'NoSuchEntity', ...modelled],
      asks: (call, identities) => askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }),
      async run(call, identities) {
        const { PolicyName, PolicyDocument } = call.input;
        parseIamDocument(PolicyDocument, 'identity');
        const policy = { name: PolicyName, document: PolicyDocument };
        await putInlinePolicy(identities, realmOf(call), { kind, name: nameIn(call.input, row) }, policy);
        return {};
      },
    }),
    queryOperation({
      name: `Get${noun}Policy`,
      input: structure(named),
      output: structure({ ...named, PolicyDocument: shapes.policyDocument }),
      errors: ['NoSuchEntity'],
      asks: (call, identities) => askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }),
      async run({ input, place }, { vault }) {
        const { PolicyName } = input;
        const record = await requireEntity(vault.store, kind, place.accountId, nameIn(input, row));
        const document = requireInlinePolicy(record, kind, PolicyName);
        return { [member]: record.name, PolicyName, PolicyDocument: percentEncoded(document) };
      },
    }),
    queryOperation({
      name: `Delete${noun}Policy`,
      input: structure(named),
      errors: ['LimitExceeded', 'NoSuchEntity', ...modelled],
      asks: (call, identities) => askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }),
      async run(call, identities) {
        const name = nameIn(call.input, row);
        await deleteInlinePolicy(identities, realmOf(call), { kind, name }, call.input.PolicyName);
        return {};
      },
    }),
    queryOperation({
      name: `List${noun}Policies`,
      input: structure({ ...entity, ...shapes.pageWish }),
      output: structure({ PolicyNames: list(policies.policyName), ...shapes.pageEnd }),
      errors: ['InvalidInput', 'NoSuchEntity'],
      asks: (call, identities) => askEntityPolicies(call, identities, { kind, name: nameIn(call.input, row) }),
      async run({ input, place }, identities) {
        const name = nameIn(input, row);
        const { inlinePolicies } = await requireEntity(identities.vault.store, kind, place.accountId, name);
        const list = [`List${noun}Policies`, place.accountId, name.toLowerCase()];
        const { items, ...end } = await readIamPageOf(identities, list, input, inlinePolicies);
        return { PolicyNames: items.map(({ key: [policy = ''] }) => policy), ...end };
      },
    }),
  ];
}
