/**
 * Grant tokens: the name of a grant, sealed. At AWS they bridge the time until a grant is known everywhere; here a grant is
 * in force at once, and a token changes nothing but has to be a true one. It transfers no rights: whoever sends it still
 * has to be the grantee. Source: AWS KMS Developer Guide, Grant tokens.
 */
import { openMarker, sealMarker } from '#custody/markers.ts';
import { invalidGrantToken } from '#model/errors.ts';
import { findGrant, type GrantedKey } from './grants.ts';
import { type Keyring, keyPath } from './keyring.ts';

export interface TokenContent extends GrantedKey {
  readonly grantId: string;
}

/** A marker under a key of its own, so that neither passes for the other. */
const purpose = ['grant token'];

/** A new token each time; all tokens of a grant are as good. Base64url. */
export function sealGrantToken({ grantTokenKey }: Keyring, { place, keyId }: GrantedKey, grantId: string): string {
  return sealMarker(grantTokenKey, purpose, [...keyPath(place, keyId), grantId]);
}

/** Throws InvalidGrantTokenException for what was not made here. */
export function openGrantToken({ grantTokenKey }: Keyring, token: string): TokenContent {
  const content = /^[\w-]+$/.test(token) ? openMarker(grantTokenKey, purpose, token) : undefined;
  if (content === undefined) throw invalidGrantToken();
  const [accountId, region, keyId, grantId = ''] = content;
  return { place: { accountId, region }, keyId, grantId } as TokenContent; // sealed as parsed
}

/**
 * The tokens that a request on these keys brings: each of a grant on one of them that has not ended. Throws
 * InvalidGrantTokenException. To be asked only by who may use the keys.
 */
// Diverges: grant-token-check
export async function requireGrantTokens(
  keyring: Keyring,
  tokens: readonly string[],
  keys: readonly GrantedKey[],
): Promise<void> {
  for (const token of tokens) {
    const { place, keyId, grantId } = openGrantToken(keyring, token);
    const key = keys.find(({ place: { accountId, region }, keyId: id }) => {
      return id === keyId && accountId === place.accountId && region === place.region;
    });
    if (key === undefined || (await findGrant(keyring.vault.store, key, grantId)) === undefined) {
      throw invalidGrantToken();
    }
  }
}
