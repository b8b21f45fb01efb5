/** From the ARN of a principal to the principal, whoever asks about it. */

import type { Session } from '#identity/sessions/sessions.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import type { Holder } from './credentials.ts';
import type { Identities } from './identities.ts';
import { principalIdOf } from './principal-ids.ts';

/**
 * A root user, a user, a session of a role, or a role, which is shown as a session of it. Undefined where there is none; for
 * federated users too, whose sessions nobody keeps.
 */
export async function findPrincipal(
  { vault, principals }: Identities,
  arn: string,
  partition: string,
): Promise<Principal | undefined> {
  const id = await principalIdOf(vault.store, arn, partition);
  const holder = id === undefined ? undefined : await holderOf(id, { vault });
  return holder && principals.principalFor(holder, partition);
}

async function holderOf(id: string, { vault }: Pick<Identities, 'vault'>): Promise<Holder | undefined> {
  const accountId = parseAccountId(id);
  if (accountId !== undefined) {
    const account = await vault.store.get('accounts', [accountId]);
    return account && { accountId, principal: 'root' };
  }
  const [uniqueId = '', session] = id.split(':');
  const named = await vault.store.get('principals', [uniqueId]);
  if (named === undefined) return undefined;
  const owner = named.accountId as AccountId; // stored as parsed
  if (named.kind === 'user') return { accountId: owner, principal: uniqueId };
  const nowMs = vault.clock.now();
  return { accountId: owner, principal: uniqueId, session: sessionOf({ owner, uniqueId, session, nowMs }) };
}

interface Assumed {
  readonly owner: AccountId;
  readonly uniqueId: string;
  readonly session: string | undefined;
  readonly nowMs: number;
}

/** A session as AssumeRole would make it now, without policies and tags of its own. */
function sessionOf({ owner, uniqueId, session = 'session', nowMs }: Assumed): Session {
  return {
    by: 'AssumeRole',
    accountId: owner,
    holder: uniqueId,
    name: session,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    transitiveTagKeys: [],
    tags: [],
    secret: '',
  };
}
