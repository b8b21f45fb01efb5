/** Trust policies of roles as requests bring them. */
import { readTrustPolicy } from '#authorization/trust-policy.ts';
import type { NewTrust } from '#identity/entities/roles.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { type Place, partitionOf } from '#model/arn.ts';

export function newTrust(text: string, { region }: Place): NewTrust {
  const partition = partitionOf(region);
  return { text, read: (reader) => readTrustPolicy(text, (name) => principalIdOf(reader, name, partition)) };
}
