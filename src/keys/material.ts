/** The backing keys of a key: the current one for new ciphertexts, any of them for old ones. */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { type EncryptionContext, type EnvelopeKey, readMaterialName } from '#crypto/envelope.ts';
import { keySpecs } from '#crypto/specs.ts';
import { algorithmMismatch, incorrectKey, invalidCiphertext } from '#model/errors.ts';
import type { UsableKey } from './require.ts';

/** What new ciphertexts are made with. */
export function currentMaterial(key: UsableKey): EnvelopeKey {
  const material = key.materials.get(key.record.currentMaterialId);
  if (material === undefined) throw new Error(`${key.arn} has lost its current key material.`);
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
  const plaintext = key.materials.get(name.materialId)?.decrypt(ciphertext, context);
  if (plaintext === undefined) throw invalidCiphertext('altered, of another context, or of unknown material');
  return { plaintext, materialId: name.materialId };
}

/** The algorithm that a request names, or the default. Throws InvalidKeyUsageException where the key has no use for it. */
export function requireEncryptionAlgorithm<A extends string>(
  key: UsableKey,
  asked: A | undefined,
): A | 'SYMMETRIC_DEFAULT' {
  const algorithm = asked ?? 'SYMMETRIC_DEFAULT';
  const known: readonly string[] = keySpecs.get(key.record.spec)?.algorithms.ENCRYPT_DECRYPT ?? [];
  if (!known.includes(algorithm)) throw algorithmMismatch(algorithm, key.record.spec);
  return algorithm;
}
