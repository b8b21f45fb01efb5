/** What CreateKey and ReplicateKey say of the key that they make, and of no other. Source: API Reference, their parameters. */
import { requireNoLockout } from '#authorization/decide.ts';
import { keyContextOf } from '#call/key-context.ts';
import type { Call, KeyAccesses } from '#call/operation.ts';
import type { Identities } from '#identity/identities.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { NewReplica } from '#keys/related.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { requireOwnTags, withTags } from '#keys/tags.ts';
import { type KeyId, keyArn, type Place, rootArn } from '#model/arn.ts';
import { boolean, optional, type Structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { readPolicy } from './read-policy.ts';

/** The members of the request. */
export const ownMembers = {
  Policy: optional(shapes.policy),
  Description: optional(shapes.description),
  BypassPolicyLockoutSafetyCheck: optional(boolean),
  Tags: optional(shapes.tags),
};

/** The key that is to be made. */
interface KeyToBe {
  readonly place: Place;
  readonly keyId: KeyId;
  readonly replicaOf?: LocatedKey;
}

/** Throws TagException, MalformedPolicyDocumentException and LimitExceededException. */
export async function readOwnProperties(
  call: Call<Structure<typeof ownMembers>, KeyAccesses>,
  { place, keyId, replicaOf }: KeyToBe,
  { keyring, identities }: { readonly keyring: Keyring; readonly identities: Identities },
): Promise<NewReplica> {
  const { input, caller } = call;
  const pairs = (input.Tags ?? []).map(({ TagKey, TagValue }) => [TagKey, TagValue] as const);
  requireOwnTags(pairs.map(([key]) => key));
  const tags = withTags([], pairs);
  const policy = input.Policy ?? defaultPolicy(rootArn(place));
  const { policy: compiled, principals } = await readPolicy(policy, place, identities);
  if (input.Policy !== undefined && input.BypassPolicyLockoutSafetyCheck !== true) {
    const { region } = place;
    const context = keyContextOf({ call: { ...call, input }, nowMs: keyring.vault.clock.now(), region, replicaOf });
    requireNoLockout({ caller, context }, { place, arn: keyArn(place, keyId) }, compiled);
  }
  return { description: input.Description ?? '', policy, policyPrincipals: principals, tags };
}

/** AWS KMS Developer Guide, Default key policy: the account decides, by its IAM policies. */
function defaultPolicy(accountRoot: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: accountRoot },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
}
