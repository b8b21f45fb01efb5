/**
 * What operations on policies ask of the caller's policies, besides what ask.ts knows. Source: Service Authorization
 * Reference, Actions, resources, and condition keys for AWS Identity and Access Management.
 */
import type { Ask } from '#call/query/operation.ts';
import { type EntityKind, findEntity } from '#identity/entities/entities.ts';
import { findPolicy } from '#identity/entities/policies.ts';
import type { Identities } from '#identity/identities.ts';
import { policyArn } from '#identity/names.ts';
import { type AnyCall, ask, askEntity, realmOf, type Said } from './ask.ts';

/** On a managed policy: its ARN as it was given, and the policy's tags. */
export async function askPolicy(call: AnyCall, { vault }: Identities, arn: string, said: Said = {}): Promise<Ask> {
  const record = await findPolicy(vault.store, realmOf(call), arn);
  return ask(arn, record?.tags ?? [], said);
}

export const asksOfPolicy = async (
  call: AnyCall & { readonly input: { readonly PolicyArn: string } },
  identities: Identities,
): Promise<readonly Ask[]> => [await askPolicy(call, identities, call.input.PolicyArn)];

/** On the policies of a user, role or group: with its permissions boundary, and the policy that is attached or detached. */
export async function askEntityPolicies(
  call: AnyCall,
  identities: Identities,
  { kind, name }: { readonly kind: EntityKind; readonly name: string },
  given: { readonly policyArn?: string; readonly boundary?: string } = {},
): Promise<readonly Ask[]> {
  const { resource, context = new Map() } = await askEntity(call, identities, { kind, name });
  const whole = new Map(context);
  const boundary = given.boundary ?? (await boundaryOf(call, identities, { kind, name }));
  if (boundary !== undefined) whole.set('iam:permissionsboundary', [boundary]);
  if (given.policyArn !== undefined) whole.set('iam:policyarn', [given.policyArn]);
  return [{ resource, context: whole }];
}

async function boundaryOf(
  call: AnyCall,
  { vault }: Identities,
  { kind, name }: { readonly kind: EntityKind; readonly name: string },
): Promise<string | undefined> {
  const { partition, accountId } = realmOf(call);
  const record = await findEntity(vault.store, kind, accountId, name);
  const boundary = record !== undefined && 'boundary' in record ? record.boundary : undefined;
  return boundary && policyArn(partition, boundary);
}
