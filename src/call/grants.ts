/** The grants of a key that cover a request in all but policies. */
import { covers } from '#authorization/grants.ts';
import type { GrantMatch } from '#authorization/policy/decide.ts';
import { idsOf } from '#identity/principal-ids.ts';
import { grantsOfGrantee } from '#keys/grants.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import type { Principal } from '#model/principal.ts';
import type { KeyAccess } from './operation.ts';
import type { Decoded } from './stages.ts';

interface Asked {
  readonly keyring: Keyring;
  readonly key: LocatedKey;
  readonly wish: { readonly caller: Principal; readonly action: string };
  readonly access: KeyAccess;
  readonly input: Decoded['input'];
}

/** The closest to the caller first. */
export async function grantsFor({ keyring, key, wish, access, input }: Asked): Promise<readonly GrantMatch[]> {
  const operation = wish.action.slice('kms:'.length);
  const context = access.encryption === undefined ? undefined : input[access.encryption.context];
  const encryptionContext = context instanceof Map ? context : undefined;
  const matches: GrantMatch[] = [];
  for (const [id, strength] of idsOf(wish.caller)) {
    for (const grant of await grantsOfGrantee(keyring, key, id)) {
      if (covers(grant, { operation, encryptionContext })) matches.push({ grantId: grant.grantId, strength });
    }
  }
  return matches;
}
