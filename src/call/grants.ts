/** Grants in a request: those that cover it in all but policies, the one that it is to make, the tokens that it brings. */
import { covers, type GrantTerms } from '#authorization/grants.ts';
import type { GrantMatch } from '#authorization/policy/decide.ts';
import { idsOf } from '#identity/principal-ids.ts';
import { requireGrantTokens } from '#keys/grant-tokens.ts';
import { grantsOfGrantee } from '#keys/grants.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import type { Principal } from '#model/principal.ts';
import type { KeyAccess } from './operation.ts';
import type { AllowedCall, Decoded } from './stages.ts';

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
  const child = operation === 'CreateGrant' ? grantTermsOf(input) : undefined;
  const matches: GrantMatch[] = [];
  for (const [id, strength] of idsOf(wish.caller)) {
    for (const grant of await grantsOfGrantee(keyring, key, id)) {
      if (covers(grant, { operation, encryptionContext, child })) matches.push({ grantId: grant.grantId, strength });
    }
  }
  return matches;
}

/** What the grant that CreateGrant is to make would permit. The members have their shapes; whether they fit is not asked. */
export function grantTermsOf(input: Decoded['input']): GrantTerms {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = Object(input['Constraints']);
  const constraints = {
    ...(EncryptionContextEquals === undefined ? {} : { encryptionContextEquals: [...EncryptionContextEquals] }),
    ...(EncryptionContextSubset === undefined ? {} : { encryptionContextSubset: [...EncryptionContextSubset] }),
    ...(SourceArn === undefined ? {} : { sourceArn: SourceArn }),
  };
  const operations = [...new Set(input['Operations'] as readonly string[])];
  return Object.keys(constraints).length === 0 ? { operations } : { operations, constraints };
}

/** Throws InvalidGrantTokenException. Asked after permission, so that a token tells nobody anything about others' keys. */
export async function requireTokens({ operation, input, keys }: AllowedCall, keyring: Keyring): Promise<void> {
  // Diverges: grant-token-check
  if (!operation.errors.includes('InvalidGrantTokenException')) return;
  const tokens = input['GrantTokens'];
  if (Array.isArray(tokens)) await requireGrantTokens(keyring, tokens, Object.values(keys));
}
