/** All the keys of a server, and the one way in which a key's record changes. */
import type { WrappingKey } from '#crypto/wrap.ts';
import { openServiceKey, type Vault } from '#custody/vault.ts';
import type { KeyId, Place } from '#model/arn.ts';
import { keyNotFound } from '#model/errors.ts';
import type { KeyRecord, RecordKey, Transaction } from '#storage/store.ts';
import { Grantees } from './grantees.ts';
import type { UsableKey } from './require.ts';
import { Snapshots } from './snapshots.ts';
import { requireState } from './states.ts';

export interface Keyring {
  readonly vault: Vault;
  readonly snapshots: Snapshots;
  readonly grantees: Grantees;
  /** Seals pagination markers. */
  readonly markerKey: WrappingKey;
  /** Seals grant tokens. */
  readonly grantTokenKey: WrappingKey;
}

export async function openKeyring(vault: Vault): Promise<Keyring> {
  return {
    vault,
    snapshots: new Snapshots(vault),
    grantees: new Grantees(vault.store),
    markerKey: await openServiceKey(vault, 'markers'),
    grantTokenKey: await openServiceKey(vault, 'grant tokens'),
  };
}

/**
 * Changes a key's record in one transaction. The key's state is checked there again, by the rule that it was found
 * usable with, because it may have changed since. Throws that rule's refusal, or NotFoundException if the key is gone.
 */
export async function changeKey(
  { vault, snapshots }: Keyring,
  key: UsableKey,
  change: (record: KeyRecord, transaction: Transaction) => KeyRecord | Promise<KeyRecord>,
): Promise<KeyRecord> {
  try {
    return await vault.store.write(async (transaction) => {
      const changed = await change(await currentRecord(transaction, key), transaction);
      transaction.put('keys', keyPath(key.place, key.keyId), changed);
      return changed;
    });
  } finally {
    snapshots.dropKey(key.place, key.keyId);
  }
}

/** The key's record as the transaction sees it, in a state that the key's rule still accepts. */
export async function currentRecord(transaction: Transaction, key: UsableKey): Promise<KeyRecord> {
  const record = await transaction.get('keys', keyPath(key.place, key.keyId));
  if (record === undefined) throw keyNotFound(key.arn);
  requireState(key.rule, record.state, key.arn);
  return record;
}

export function keyPath(place: Place, keyId: KeyId): RecordKey {
  return [place.accountId, place.region, keyId];
}
