/** A key policy that a request brings. */
import { type ReadPolicy, readKeyPolicy } from '#authorization/key-policy.ts';
import type { Identities } from '#identity/identities.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { type Place, partitionOf } from '#model/arn.ts';

/** Throws MalformedPolicyDocumentException, also for principals that do not exist, and LimitExceededException. */
export function readPolicy(text: string, { region }: Place, { vault }: Identities): Promise<ReadPolicy> {
  return readKeyPolicy(text, (name) => principalIdOf(vault.store, name, partitionOf(region)));
}
