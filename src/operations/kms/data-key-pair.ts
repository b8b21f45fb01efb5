/** What the two forms of GenerateDataKeyPair share: a fresh key pair and the encrypted copy of its private key. */
import { encryptingKey } from '#call/operation.ts';
import { type EncryptionContext, noContext } from '#crypto/envelope.ts';
import { generateKeyPair } from '#crypto/generate-key-pair.ts';
import type { Keyring } from '#keys/keyring.ts';
import { wrappingMaterial } from '#keys/material.ts';
import type { UsableKey } from '#keys/require.ts';
import { requireServed } from '#keys/served-specs.ts';
import { whenEnabledHere } from '#keys/states.ts';
import { dryRun } from '#model/errors.ts';

/** The key that encrypts the private key. */
export const pairEncryptingKey = { key: { ...encryptingKey().key, states: whenEnabledHere } };

export interface DataKeyPairWish {
  readonly KeyPairSpec: string;
  readonly EncryptionContext?: EncryptionContext | undefined;
  readonly DryRun?: boolean | undefined;
}

/**
 * Throws InvalidKeyUsageException unless the key is a symmetric one, UnsupportedOperationException for a spec that the
 * Region does not have, and DryRunOperationException before it would begin to look for primes, which takes seconds.
 */
export async function makeDataKeyPair(keyring: Keyring, key: UsableKey, wish: DataKeyPairWish) {
  const material = wrappingMaterial(key);
  requireServed(keyring, wish.KeyPairSpec, key.place.region);
  if (wish.DryRun === true) throw dryRun();
  const { privateKey, publicKey } = await generateKeyPair(wish.KeyPairSpec);
  const encrypted = material.encrypt(privateKey, wish.EncryptionContext ?? noContext);
  return { privateKey, publicKey, encrypted, materialId: material.name.materialId };
}
