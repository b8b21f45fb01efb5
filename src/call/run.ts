/** Does the operation, or finds out that it could be done. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { inLane } from '#crypto/heavy.ts';
import type { Identities } from '#identity/identities.ts';
import type { Keyring } from '#keys/keyring.ts';
import { isUse } from '#keys/usage.ts';
import { dryRun } from '#model/errors.ts';
import type { Done, RunnableCall } from './stages.ts';

/**
 * Throws the operation's own errors. A dry run ends in DryRunOperationException. Most operations that have one change
 * nothing, so that doing all of it and withholding the result is the most faithful test of whether it would succeed; those
 * on grants end their own transaction with it, and those that make key pairs end with it once everything is checked. What using a key has given after a wait is given out only if
 * the request would still be permitted.
 */
export async function run(call: RunnableCall, keyring: Keyring, identities: Identities): Promise<Done> {
  try {
    const lane = { name: call.place.accountId, hasWaited: false };
    const given = inLane(lane, () => call.operation.run(call, keyring, identities));
    const output = given instanceof Promise ? await given : given;
    try {
      if (lane.hasWaited && isUse(call.operation.name)) await call.confirm();
      if (call.input['DryRun'] === true) throw dryRun();
    } catch (error) {
      wipeSecrets(output);
      throw error;
    }
    keyring.usage.mark(call.operation.name, call.requestId, Object.values(call.keys));
    return { ...call, output };
  } finally {
    wipeSecrets(call.input);
  }
}

/** Overwrites the secrets among the members of an input or output, and below them. */
export function wipeSecrets(members: unknown): void {
  if (typeof members !== 'object' || members === null) return;
  if (members instanceof SecretBytes) members[Symbol.dispose]();
  else if (Array.isArray(members)) members.forEach(wipeSecrets);
  else if (isPlain(members)) for (const name in members) wipeSecrets(members[name]);
}

/** Bytes and maps hold no secrets, and are not worth walking through. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(value) === Object.prototype;
}
