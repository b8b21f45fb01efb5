/** AssumeRole. Source: STS API Reference, AssumeRole; IAM User Guide, Roles terms and concepts, Role chaining. */
import { contextOf, type Values } from '#call/context.ts';
import { queryOperation } from '#call/query/operation.ts';
import { parseRoleArn } from '#identity/sessions/assumable-roles.ts';
import { joinSessionTags } from '#identity/sessions/session-tags.ts';
import { partitionOf } from '#model/arn.ts';
import { invalid } from '#model/errors.ts';
import type { Principal } from '#model/principal.ts';
import { list, optional, string, structure } from '#model/schema.ts';
import { noMfaDevice, notARoleArn, roleDenied, rootMayNotAssume } from '#model/sts-errors.ts';
import { newRoleSession } from './role-session.ts';
import * as shapes from './shapes.ts';

const providedContext = structure({
  ProviderArn: optional(shapes.arn),
  ContextAssertion: optional(string({ min: 4, max: 2048, sensitive: true })),
});

export const assumeRole = queryOperation({
  name: 'AssumeRole',
  input: structure({
    RoleArn: shapes.arn,
    RoleSessionName: shapes.roleSessionName,
    PolicyArns: optional(shapes.policyArns),
    Policy: optional(shapes.unboundedPolicy),
    DurationSeconds: optional(shapes.roleDuration),
    Tags: optional(shapes.tags),
    TransitiveTagKeys: optional(shapes.tagKeys),
    ExternalId: optional(shapes.externalId),
    ...shapes.mfa,
    SourceIdentity: optional(shapes.sourceIdentity),
    ProvidedContexts: optional(list(providedContext, { min: 1, max: 5 })),
  }),
  output: structure({
    Credentials: optional(shapes.credentials),
    AssumedRoleUser: optional(shapes.assumedRoleUser),
    PackedPolicySize: optional(shapes.nonNegative),
    SourceIdentity: optional(shapes.sourceIdentity),
  }),
  errors: ['MalformedPolicyDocument', 'PackedPolicyTooLarge'],
  async run({ input, caller, client, place, findings }, identities) {
    const { RoleArn, Tags = [], TransitiveTagKeys = [], ExternalId, SerialNumber, TokenCode } = input;
    if (caller.kind === 'root') throw rootMayNotAssume();
    if (SerialNumber !== undefined || TokenCode !== undefined) throw noMfaDevice();
    // Diverges: provided-contexts
    if (input.ProvidedContexts !== undefined) throw invalid('ProvidedContexts are not supported.');
    const roleArn = parseRoleArn(RoleArn);
    if (roleArn === undefined) throw notARoleArn();
    if (roleArn.realm.partition !== partitionOf(place.region)) {
      throw roleDenied(caller.arn, 'sts:AssumeRole', RoleArn);
    }
    const passed = {
      tags: Tags.map(({ Key, Value }) => [Key, Value] as const),
      transitiveTagKeys: TransitiveTagKeys,
    };
    const resourceAccount = roleArn.realm.accountId;
    const asking = { caller, place, client, nowMs: identities.vault.clock.now(), resourceAccount };
    return newRoleSession(identities, {
      input,
      operation: 'AssumeRole',
      caller,
      roleArn,
      tags: joinSessionTags(passed, transitiveTagsOf(caller)),
      isChained: caller.kind === 'role-session',
      findings,
      facts: sourceIdentityOf(caller, input.SourceIdentity),
      contextFor: (special) =>
        contextOf(asking, (key): Values => (key === 'sts:externalid' ? ExternalId : special(key))),
      refuse: (action, why) => roleDenied(caller.arn, action, RoleArn, why),
    });
  },
});

/** The session's tags stand over those of its role in `tags`. */
function transitiveTagsOf({ session, tags }: Principal): Principal['tags'] {
  const transitive = new Set(session?.transitiveTagKeys.map((key) => key.toLowerCase()));
  return tags.filter(([key]) => transitive.has(key.toLowerCase()));
}

/** Once set it stays, through every role of a chain. */
// Diverges: source-identity-change
function sourceIdentityOf({ session }: Principal, wanted: string | undefined): { readonly sourceIdentity?: string } {
  const present = session?.sourceIdentity;
  if (present !== undefined && wanted !== undefined && wanted !== present) {
    throw invalid('The source identity of a session cannot be changed.');
  }
  const sourceIdentity = present ?? wanted;
  return sourceIdentity === undefined ? {} : { sourceIdentity };
}
