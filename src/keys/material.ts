/** The materials of a key: the current one for new ciphertexts, any of them for old ones. */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { type EncryptionContext, EnvelopeKey, readMaterialName } from '#crypto/envelope.ts';
import { MacKey } from '#crypto/mac.ts';
import { PrivateKey } from '#crypto/private-key.ts';
import { type KeyUsage, keySpecs } from '#crypto/specs.ts';
import { algorithmMismatch, incorrectKey, invalidCiphertext } from '#model/errors.ts';
import type { KeyRecord } from '#storage/store.ts';
import type { UsableKey } from './require.ts';
import type { KeyMaterial } from './snapshots.ts';

/** What new ciphertexts are made with. */
export function currentMaterial(key: UsableKey): EnvelopeKey {
  return materialAs(key, EnvelopeKey);
}

/** What data keys are encrypted with. Throws InvalidKeyUsageException for a key pair. */
export function wrappingMaterial(key: UsableKey): EnvelopeKey {
  requireAlgorithm(key, 'SYMMETRIC_DEFAULT');
  return currentMaterial(key);
}

/** What signs, decrypts, agrees on secrets. */
export function privateKey(key: UsableKey): PrivateKey {
  return materialAs(key, PrivateKey);
}

export function macKey(key: UsableKey): MacKey {
  return materialAs(key, MacKey);
}

function materialAs<M extends KeyMaterial>(key: UsableKey, kind: abstract new (...parts: never[]) => M): M {
  const material = key.materials.get(key.record.currentMaterialId ?? '');
  if (material === undefined) throw new Error(`${key.arn} has lost its current key material.`);
  if (!(material instanceof kind)) throw new Error(`${key.arn} is not of a spec that this can be done with.`);
  return material;
}

/**
 * Decrypts with the material that the ciphertext names. Throws IncorrectKeyException for a ciphertext of another key,
 * and InvalidCiphertextException for anything else that is wrong, without saying what.
 */
export function openCiphertext(
  key: UsableKey,
  ciphertext: Uint8Array,
  context: EncryptionContext,
): { readonly plaintext: SecretBytes; readonly materialId: string } {
  const name = readMaterialName(ciphertext);
  if (name === undefined) throw invalidCiphertext('not a ciphertext of this service');
  if (name.keyId !== key.keyId || name.accountId !== key.place.accountId) throw incorrectKey();
  const material = key.materials.get(name.materialId);
  const plaintext = material instanceof EnvelopeKey ? material.decrypt(ciphertext, context) : undefined;
  if (plaintext === undefined) throw invalidCiphertext('altered, of another context, or of unknown material');
  return { plaintext, materialId: name.materialId };
}

/** What a key can be used with, in the order in which AWS lists them. */
export function algorithmsOf({ spec, usage }: Pick<KeyRecord, 'spec' | 'usage'>): readonly string[] {
  return keySpecs.get(spec)?.algorithms[usage as KeyUsage] ?? []; // only usages of the table are ever stored
}

/** Throws InvalidKeyUsageException where the key has no use for the algorithm. */
export function requireAlgorithm(key: UsableKey, algorithm: string): void {
  if (!algorithmsOf(key.record).includes(algorithm)) throw algorithmMismatch(algorithm, key.record.spec);
}

/** The algorithm that a request names, or the default. Throws InvalidKeyUsageException where the key has no use for it. */
export function requireEncryptionAlgorithm<A extends string>(
  key: UsableKey,
  asked: A | undefined,
): A | 'SYMMETRIC_DEFAULT' {
  const algorithm = asked ?? 'SYMMETRIC_DEFAULT';
  requireAlgorithm(key, algorithm);
  return algorithm;
}
