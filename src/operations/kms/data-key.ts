/** What the two forms of GenerateDataKey share: a fresh data key and its encrypted copy. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { type EncryptionContext, noContext } from '#crypto/envelope.ts';
import { randomBytes } from '#crypto/random.ts';
import { wrappingMaterial } from '#keys/material.ts';
import type { UsableKey } from '#keys/require.ts';
import { invalid } from '#model/errors.ts';

export interface DataKeyWish {
  readonly KeySpec?: 'AES_256' | 'AES_128' | undefined;
  readonly NumberOfBytes?: number | undefined;
  readonly EncryptionContext?: EncryptionContext | undefined;
}

/** Throws InvalidKeyUsageException for a key pair, and ValidationException unless the size is given in exactly one way. */
export function makeDataKey(key: UsableKey, wish: DataKeyWish) {
  const material = wrappingMaterial(key);
  if ((wish.KeySpec === undefined) === (wish.NumberOfBytes === undefined)) {
    throw invalid('Please specify either number of bytes or key spec.');
  }
  const bytes = wish.NumberOfBytes ?? (wish.KeySpec === 'AES_128' ? 16 : 32);
  const dataKey = new SecretBytes(randomBytes(bytes));
  return {
    dataKey,
    encrypted: material.encrypt(dataKey, wish.EncryptionContext ?? noContext),
    materialId: material.name.materialId,
  };
}
