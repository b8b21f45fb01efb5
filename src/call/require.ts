/** Whether each key is in a state and of a usage for the operation. */
import { requireUsable, type UsableKey } from '#keys/require.ts';
import type { AllowedCall, UsableCall } from './stages.ts';

/** Throws DisabledException, KMSInvalidStateException or InvalidKeyUsageException. */
export function requireKeys(allowed: AllowedCall): UsableCall {
  const keys: Record<string, UsableKey> = {};
  for (const [slot, { states, usage }] of allowed.operation.slots) {
    const key = allowed.keys[slot];
    if (key !== undefined) keys[slot] = requireUsable(key, { operation: allowed.operation.name, states, usage });
  }
  return { ...allowed, keys };
}
