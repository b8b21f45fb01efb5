/**
 * Whether a request may still do what it was permitted. Work that waits for its turn may wait long, and whoever has disabled a
 * key, or taken a permission away, has been told that it is so.
 */
import type { Principals } from '#identity/principals.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { UsableCall } from './stages.ts';

/** False where anything that the permission rests on may have changed. */
export function isAsItWas(
  { caller, keys, permissions }: UsableCall,
  principals: Principals,
  keyring: Keyring,
): boolean {
  const nowMs = keyring.vault.clock.now();
  if (!principals.isCurrent(caller) || (caller.session !== undefined && caller.session.expiresAtMs <= nowMs))
    return false;
  // A grant leaves no trace in key or caller when it ends.
  if (Object.values(permissions).some(({ grantId }) => grantId !== undefined)) return false;
  return Object.values(keys).every(({ place, keyId, record }) => {
    const now = keyring.snapshots.key(place, keyId);
    return now !== undefined && !(now instanceof Promise) && now.record === record;
  });
}
