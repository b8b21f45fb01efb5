/** Sessions that users and root users make of themselves. Source: STS API Reference, GetSessionToken, GetFederationToken. */
import { type Ask, type QueryCall, queryOperation } from '#call/query/operation.ts';
import { federatedUserArn } from '#identity/names.ts';
import { joinSessionTags, type SessionTags } from '#identity/sessions/session-tags.ts';
import { partitionOf } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import { optional, string, structure } from '#model/schema.ts';
import { needsLongTermCredentials, noMfaDevice } from '#model/sts-errors.ts';
import { newSession } from './new-session.ts';
import { readSessionPolicies } from './session-policies.ts';
import * as shapes from './shapes.ts';

export const getSessionToken = queryOperation({
  name: 'GetSessionToken',
  input: structure({ DurationSeconds: optional(shapes.duration), ...shapes.mfa }),
  output: structure({ Credentials: optional(shapes.credentials) }),
  errors: [],
  run({ input, caller }, identities) {
    const holder = longTermHolder(caller, 'GetSessionToken');
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined) throw noMfaDevice();
    const { accountId } = caller;
    const plan = { by: 'GetSessionToken', accountId, holder, tags: [], transitiveTagKeys: [] } as const;
    const { Credentials } = newSession(identities, plan, secondsFor(caller, input.DurationSeconds));
    return { Credentials };
  },
});

interface FederationInput {
  readonly Name: string;
  readonly DurationSeconds?: number | undefined;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
}

export const getFederationToken = queryOperation({
  name: 'GetFederationToken',
  input: structure({
    Name: shapes.federatedName,
    Policy: optional(shapes.policy),
    PolicyArns: optional(shapes.policyArns),
    DurationSeconds: optional(shapes.duration),
    Tags: optional(shapes.tags),
  }),
  output: structure({
    Credentials: optional(shapes.credentials),
    FederatedUser: optional(
      structure({
        FederatedUserId: string({ min: 2, max: 193, pattern: '[\\w+=,.@:-]*' }),
        Arn: shapes.arn,
      }),
    ),
    PackedPolicySize: optional(shapes.nonNegative),
  }),
  errors: ['MalformedPolicyDocument', 'PackedPolicyTooLarge'],
  asks: federationAsks,
  async run({ input, caller, place }, identities) {
    const holder = longTermHolder(caller, 'GetFederationToken');
    const { accountId } = caller;
    const { Name: name } = input;
    const realm = { partition: partitionOf(place.region), accountId };
    const policies = await readSessionPolicies(identities, realm, input);
    const plan = { by: 'GetFederationToken', accountId, holder, name, ...passedTags(input), ...policies } as const;
    return {
      ...newSession(identities, plan, secondsFor(caller, input.DurationSeconds)),
      FederatedUser: { FederatedUserId: `${accountId}:${name}`, Arn: federatedUserArn(realm, name) },
    };
  },
});

function federationAsks({ input, caller, place }: QueryCall<FederationInput>): readonly Ask[] {
  const resource = federatedUserArn({ partition: partitionOf(place.region), accountId: caller.accountId }, input.Name);
  const { tags } = passedTags(input);
  const context = new Map<string, readonly string[]>([
    ...(input.DurationSeconds === undefined ? [] : [['sts:durationseconds', [`${input.DurationSeconds}`]] as const]),
    ...tags.map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]] as const),
    ['aws:tagkeys', tags.map(([key]) => key)],
  ]);
  const ask = { resource, context };
  return tags.length === 0 ? [ask] : [ask, { ...ask, action: 'sts:TagSession' }];
}

function passedTags({ Tags = [] }: FederationInput): SessionTags {
  return joinSessionTags({ tags: Tags.map(({ Key, Value }) => [Key, Value] as const), transitiveTagKeys: [] }, []);
}

/** As a session names it. Throws AccessDeniedException for a session. */
function longTermHolder(caller: Principal, operation: string): string {
  if (caller.session !== undefined) throw needsLongTermCredentials(operation);
  if (caller.kind === 'user') return caller.uniqueId;
  if (caller.kind === 'root') return 'root';
  throw new Error('A role or federated user acts in sessions alone.');
}

const defaultSeconds = 43_200;
const mostRootSeconds = 3600;

/** A root user that asks for longer gets an hour. */
function secondsFor({ kind }: Principal, wanted = defaultSeconds): number {
  return kind === 'root' ? Math.min(wanted, mostRootSeconds) : wanted;
}
