/** Everyone whom a server knows, and the one way in which anything about them changes. */
import type { WrappingKey } from '#crypto/wrap.ts';
import { openServiceKey, type Vault } from '#custody/vault.ts';
import { IssuerKeys } from '#identity/sessions/issuer-keys.ts';
import { ApiError } from '#model/api-error.ts';
import type { AccountId } from '#model/arn.ts';
import type { Reader, Transaction } from '#storage/store.ts';
import { Generations } from './generations.ts';
import { Principals } from './principals.ts';

export interface Identities {
  readonly vault: Vault;
  readonly generations: Generations;
  readonly principals: Principals;
  /** The accounts whose keys resource control policies bind. Kept by guardrails.ts. */
  readonly resourceControlled: Set<AccountId>;
  /** Seals pagination markers. */
  readonly markerKey: WrappingKey;
  /** Seals session tokens, and with them all that a session is. */
  readonly sessionKey: WrappingKey;
  /** Of the issuers of web identity tokens. */
  readonly issuerKeys: IssuerKeys;
}

export async function openIdentities(
  vault: Vault,
  issuerKeys: IssuerKeys = new IssuerKeys(vault.clock),
): Promise<Identities> {
  const [markerKey, sessionKey] = [await openServiceKey(vault, 'markers'), await openServiceKey(vault, 'sessions')];
  const generations = new Generations(vault.changes);
  const principals = new Principals(vault.store, generations, vault.caches.principals);
  const resourceControlled = await readResourceControlled(vault.store);
  return { vault, generations, principals, resourceControlled, markerKey, sessionKey, issuerKeys };
}

/**
 * Changes something about an account in one transaction. Whatever was remembered about anyone in the account is out of
 * date before the change is acknowledged, so that every request that starts afterwards looks anew.
 */
export async function changeAccount<T>(
  { vault, generations }: Identities,
  accountId: AccountId,
  change: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    const result = await vault.store.write(change);
    generations.advance(accountId);
    return result;
  } catch (error) {
    // A refusal has changed nothing. Of any other failure nobody knows what the store made of it.
    if (!(error instanceof ApiError)) generations.advance(accountId);
    throw error;
  }
}

/** Looks which accounts have their keys bound, after another process has changed something. */
export async function refreshResourceControlled({ vault, resourceControlled }: Identities): Promise<void> {
  for (const accountId of await readResourceControlled(vault.store)) resourceControlled.add(accountId);
}

async function readResourceControlled(reader: Reader): Promise<Set<AccountId>> {
  const guardrails = await reader.list('guardrails', { within: [], limit: Number.MAX_SAFE_INTEGER });
  const controlling = guardrails.filter(({ record: { kind } }) => kind === 'resource-control');
  return new Set(controlling.map(({ record }) => record.accountId as AccountId)); // stored as parsed
}
