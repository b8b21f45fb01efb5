/**
 * OpenID Connect providers: the issuers of web identity tokens that an account's roles may trust. Source: IAM API Reference,
 * CreateOpenIDConnectProvider and its kin; IAM User Guide, Create an OpenID Connect identity provider in IAM.
 */

import { changeAccount, type Identities } from '#identity/identities.ts';
import type { Realm } from '#identity/names.ts';
import type { AccountId } from '#model/arn.ts';
import { entityExists, invalidInput, noSuchEntity, quotaExceeded } from '#model/iam-errors.ts';
import type { OpenIdProviderRecord, Reader } from '#storage/store.ts';

export const openIdProvidersPerAccount = 100;
const clientIdsPerProvider = 100;
const thumbprintsPerProvider = 5;

export function openIdProviderArn({ partition, accountId }: Realm, url: string): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${url}`;
}

/** What a provider's ARN says of it: its URL without the scheme. Throws InvalidInput, and NoSuchEntity for another account's. */
export function parseOpenIdProviderArn({ partition, accountId }: Realm, arn: string): string {
  const [, ofPartition, owner, url] = /^arn:([a-z-]+):iam::(\d{12}):oidc-provider\/([!-~]+)$/.exec(arn) ?? [];
  if (url === undefined) throw invalidInput(`Invalid ARN: ${arn}`);
  if (ofPartition !== partition || owner !== accountId) throw noSuchProvider(arn);
  return url;
}

/** An issuer's URL without its scheme. Throws InvalidInput. */
export function parseProviderUrl(text: string): string {
  // Diverges: openid-port
  const parsed = /^https:\/\/[a-zA-Z0-9.-]+(?::\d{1,5})?(?:\/[!-~]*)?$/.test(text) && !/[?#]/.test(text);
  if (!parsed || !URL.canParse(text)) throw invalidInput('Invalid Open ID Connect Provider URL');
  return text.slice('https://'.length);
}

/** Throws EntityAlreadyExists, InvalidInput and LimitExceeded. */
export function createOpenIdProvider(
  identities: Identities,
  provider: Omit<OpenIdProviderRecord, 'createdAtMs'> & { readonly accountId: AccountId },
): Promise<OpenIdProviderRecord> {
  const { accountId, url } = provider;
  return changeAccount(identities, accountId, async (transaction) => {
    if ((await transaction.get('openIdProviders', [accountId, url])) !== undefined) {
      throw entityExists('Provider', `https://${url}`);
    }
    const limit = openIdProvidersPerAccount;
    const present = await transaction.list('openIdProviders', { within: [accountId], limit });
    if (present.length >= limit) throw quotaExceeded('OpenIdConnectProvidersPerAccount', limit);
    // Diverges: openid-thumbprints
    const record = checked({ ...provider, createdAtMs: identities.vault.clock.now() });
    transaction.put('openIdProviders', [accountId, url], record);
    return record;
  });
}

export interface ProviderName {
  readonly accountId: AccountId;
  readonly url: string;
}

/** Throws NoSuchEntity. */
export async function requireOpenIdProvider(
  reader: Reader,
  { accountId, url }: ProviderName,
): Promise<OpenIdProviderRecord> {
  const record = await reader.get('openIdProviders', [accountId, url]);
  if (record === undefined) throw noSuchProvider(url);
  return record;
}

/** Throws NoSuchEntity, InvalidInput, LimitExceeded, and whatever `change` does. */
export function changeOpenIdProvider(
  identities: Identities,
  name: ProviderName,
  change: (record: OpenIdProviderRecord) => OpenIdProviderRecord,
): Promise<void> {
  return changeAccount(identities, name.accountId, async (transaction) => {
    const changed = checked(change(await requireOpenIdProvider(transaction, name)));
    transaction.put('openIdProviders', [name.accountId, name.url], changed);
  });
}

/** Deleting one that is not there is no error. */
export function deleteOpenIdProvider(identities: Identities, { accountId, url }: ProviderName): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) =>
    transaction.delete('openIdProviders', [accountId, url]),
  );
}

/** Thumbprints are of SHA-1, in hexadecimal. Both lists lose what they have twice. */
function checked(record: OpenIdProviderRecord): OpenIdProviderRecord {
  const clientIds = [...new Set(record.clientIds)];
  const thumbprints = [...new Set(record.thumbprints.map((thumbprint) => thumbprint.toLowerCase()))];
  if (!thumbprints.every((thumbprint) => /^[\da-f]{40}$/.test(thumbprint))) {
    throw invalidInput('A thumbprint is 40 hexadecimal digits.');
  }
  const requireAtMost = (quota: string, limit: number, count: number) => {
    if (count > limit) throw quotaExceeded(quota, limit);
  };
  requireAtMost('ClientIdsPerOpenIdConnectProvider', clientIdsPerProvider, clientIds.length);
  requireAtMost('ThumbprintsPerOpenIdConnectProvider', thumbprintsPerProvider, thumbprints.length);
  return { ...record, clientIds, thumbprints };
}

function noSuchProvider(name: string) {
  return noSuchEntity(`OpenIDConnect Provider not found for ${name}`);
}
