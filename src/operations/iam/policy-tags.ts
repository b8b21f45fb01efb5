/** Tags of managed policies. Source: IAM API Reference, TagPolicy, UntagPolicy, ListPolicyTags. */
import { changePolicy, requirePolicy } from '#identity/entities/policies.ts';
import { realmOf } from './ask.ts';
import { askPolicy } from './policy-asks.ts';
import * as shapes from './shapes.ts';
import { taggingOperations } from './tagging.ts';

export const policyTagOperations = taggingOperations({
  noun: 'Policy',
  member: 'PolicyArn',
  name: shapes.arn,
  ask: askPolicy,
  async read(call, { vault }, arn) {
    return (await requirePolicy(vault.store, realmOf(call), arn)).tags;
  },
  async change(call, identities, arn, change) {
    await changePolicy(identities, realmOf(call), arn, (record) => ({ ...record, tags: change(record.tags) }));
  },
});
