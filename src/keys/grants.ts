/** The grants of a key. */
import type { GrantRecord } from '#storage/store.ts';
import { type Keyring, keyPath } from './keyring.ts';
import type { KeySnapshot } from './snapshots.ts';

/** The grants of a key whose grantee has this id. */
export async function grantsOfGrantee(
  { vault: { store } }: Keyring,
  { place, keyId }: KeySnapshot,
  granteeId: string,
): Promise<readonly GrantRecord[]> {
  const path = keyPath(place, keyId);
  const entries = await store.list('grantsOfGrantee', { within: [...path, granteeId], limit: Number.MAX_SAFE_INTEGER });
  const grants = await Promise.all(entries.map(({ key }) => store.get('grants', [...path, key.at(-1) ?? ''])));
  return grants.filter((grant) => grant !== undefined);
}
