/**
 * Import tokens: what opens one wrapped key material, sealed for one key. Nothing is kept here between the two requests of
 * an import, so a token works until it expires, and so do several at a time. Source: AWS KMS API Reference,
 * GetParametersForImport, ImportKeyMaterial.
 */
import { dayMs } from '#base/clock.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { generateKeyPair } from '#crypto/generate-key-pair.ts';
import {
  decodeParameters,
  encodeParameters,
  readImportedInTurn,
  unwrapImported,
  type WrappingAlgorithm,
} from '#crypto/import-parameters.ts';
import { expiredImportToken, incorrectMaterial, invalidCiphertext, invalidImportToken } from '#model/errors.ts';
import { type Keyring, keyPath } from './keyring.ts';
import type { UsableKey } from './require.ts';

const validForMs = dayMs;

export interface ImportTicket {
  readonly token: Buffer;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly validToMs: number;
}

// Diverges: import-token-reuse
export async function makeImportTicket(
  { vault, importTokenKey }: Keyring,
  key: UsableKey,
  { algorithm, wrappingKeySpec }: { readonly algorithm: WrappingAlgorithm; readonly wrappingKeySpec: string },
): Promise<ImportTicket> {
  const pair = await generateKeyPair(wrappingKeySpec);
  using privateKey = pair.privateKey;
  const validToMs = vault.clock.now() + validForMs;
  using parameters = encodeParameters({ algorithm, validToMs, privateKey });
  return { token: importTokenKey.wrap(parameters, purposeOf(key)), publicKey: pair.publicKey, validToMs };
}

export interface WrappedMaterial {
  readonly token: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * The material of a key that was wrapped for a token, in its stored form. Throws InvalidImportTokenException,
 * ExpiredImportTokenException, InvalidCiphertextException, or IncorrectKeyMaterialException for what is not of the key's spec.
 */
export async function unwrapForKey(
  { vault, importTokenKey }: Keyring,
  key: UsableKey,
  { token, wrapped }: WrappedMaterial,
): Promise<SecretBytes> {
  using encoded = importTokenKey.unwrap(token, purposeOf(key));
  if (encoded === undefined) throw invalidImportToken();
  const parameters = decodeParameters(encoded);
  using _ = parameters.privateKey;
  if (parameters.validToMs <= vault.clock.now()) throw expiredImportToken();
  using brought = await unwrapImported(parameters, wrapped);
  if (brought === undefined) throw invalidCiphertext('not wrapped with the parameters of the token');
  const material = await readImportedInTurn(key.record.spec, brought);
  if (material === undefined) throw incorrectMaterial(`not material of ${key.record.spec}`);
  return material;
}

function purposeOf({ place, keyId }: UsableKey): readonly string[] {
  return ['import token', ...keyPath(place, keyId)];
}
