/** The resources of a request's records. Source: AWS KMS Developer Guide, Logging AWS KMS API calls with AWS CloudTrail. */
import type { AuditEntry } from '#call/audit.ts';
import type { KeySnapshot } from '#keys/snapshots.ts';
import type { AccountId } from '#model/arn.ts';

const known = new WeakMap<KeySnapshot, string>();

/** The elements of `resources`, as JSON. */
export function resourcesOf({ keys = {} }: AuditEntry): string {
  const resources = Object.values(keys).flatMap((key) => (key === undefined ? [] : jsonOf(key)));
  return resources.join(',');
}

function jsonOf(key: KeySnapshot): string {
  const found = known.get(key);
  if (found !== undefined) return found;
  const json = JSON.stringify({ accountId: key.place.accountId, type: 'AWS::KMS::Key', ARN: key.arn });
  known.set(key, json);
  return json;
}

/** The accounts, other than the caller's, whose keys have been used. */
export function foreignOwnersOf({ caller, keys = {} }: AuditEntry): readonly AccountId[] {
  const owners = new Set<AccountId>();
  for (const key of Object.values(keys)) if (key !== undefined) owners.add(key.place.accountId);
  if (caller !== undefined) owners.delete(caller.accountId);
  return [...owners];
}
