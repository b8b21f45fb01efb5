/** Imports key material, or imports it again. Source: AWS KMS API Reference, ImportKeyMaterial. */

import { dayMs } from '#base/clock.ts';
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { unwrapForKey } from '#keys/import-tokens.ts';
import { importMaterial } from '#keys/imported-material.ts';
import { isPrimary } from '#keys/keyring.ts';
import { isSymmetric } from '#keys/material-facts.ts';
import type { UsableKey } from '#keys/require.ts';
import { whenImporting } from '#keys/states.ts';
import { invalid, wrongOrigin } from '#model/errors.ts';
import { enumeration, optional, type Structure, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

const mostDays = 365;

const input = structure({
  KeyId: shapes.keyId,
  ImportToken: shapes.ciphertext,
  EncryptedKeyMaterial: shapes.ciphertext,
  ValidTo: optional(timestamp),
  ExpirationModel: optional(shapes.expirationModel),
  ImportType: optional(enumeration(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'])),
  KeyMaterialDescription: optional(shapes.keyMaterialDescription),
  KeyMaterialId: optional(shapes.keyMaterialId),
});

type Wish = Structure<(typeof input)['members']>;

export const importKeyMaterial = operation({
  name: 'ImportKeyMaterial',
  keys: keyById(whenImporting),
  input,
  output: structure({ KeyId: shapes.keyId, KeyMaterialId: optional(shapes.keyMaterialId) }),
  errors: [
    ...managementErrors,
    'ExpiredImportTokenException',
    'IncorrectKeyMaterialException',
    'InvalidCiphertextException',
    'InvalidImportTokenException',
    'UnsupportedOperationException',
  ],
  async run({ input: wish, keys: { key }, confirm }, keyring) {
    const { origin } = key.record;
    if (origin !== 'EXTERNAL') throw wrongOrigin(key.arn, origin);
    requireFitting(wish, key);
    const validToMs = readExpiry(wish, keyring.vault.clock.now());
    using material = await unwrapForKey(keyring, key, { token: wish.ImportToken, wrapped: wish.EncryptedKeyMaterial });
    await confirm();
    const materialId = await importMaterial(keyring, key, {
      material,
      validToMs,
      type: wish.ImportType,
      materialId: wish.KeyMaterialId,
      description: wish.KeyMaterialDescription,
    });
    // Diverges: material-id-of-symmetric-keys
    return { KeyId: key.arn, KeyMaterialId: isSymmetric(key.record) ? materialId : undefined };
  },
});

/** Throws ValidationException for members that the key has no use for. */
// Diverges: import-refusal-texts
function requireFitting({ ImportType, KeyMaterialDescription, KeyMaterialId }: Wish, { record }: UsableKey): void {
  const besides = { ImportType, KeyMaterialDescription, KeyMaterialId };
  const given = Object.entries(besides).find(([, value]) => value !== undefined)?.[0];
  if (given !== undefined && !isSymmetric(record)) {
    throw invalid(`${given} is valid for symmetric encryption keys only.`);
  }
  if (KeyMaterialId !== undefined && ImportType === 'NEW_KEY_MATERIAL') {
    throw invalid('KeyMaterialId is not valid with the ImportType NEW_KEY_MATERIAL.');
  }
  if (KeyMaterialDescription !== undefined && !isPrimary(record)) {
    throw invalid('KeyMaterialDescription is valid for the primary key of related multi-Region keys only.');
  }
}

/** When the material expires; undefined for never. Throws ValidationException. */
// Diverges: import-refusal-texts
function readExpiry({ ExpirationModel: model = 'KEY_MATERIAL_EXPIRES', ValidTo }: Wish, nowMs: number) {
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo === undefined) return undefined;
    throw invalid('A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE');
  }
  if (ValidTo === undefined) {
    throw invalid('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
  }
  if (ValidTo <= nowMs) throw invalid('ValidTo must be in the future');
  if (ValidTo > nowMs + mostDays * dayMs) throw invalid(`ValidTo must be within ${mostDays} days`);
  return ValidTo;
}
