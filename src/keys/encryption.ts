/**
 * Encrypting and decrypting under a key of any kind, as Encrypt, Decrypt and ReEncrypt do.
 * Source: AWS KMS API Reference, these operations.
 */
import { type Awaitable, after } from '#base/after.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { type EncryptionContext, noContext } from '#crypto/envelope.ts';
import { type EncryptionMethod, publicKeyEncryption } from '#crypto/public-key-encryption.ts';
import { contextNotSupported, invalidCiphertext, plaintextLength } from '#model/errors.ts';
import { currentMaterial, openCiphertext, privateKey, requireEncryptionAlgorithm } from './material.ts';
import type { UsableKey } from './require.ts';

/** How a request wants to use a key, which the key can be used like. */
export interface Encryption<A extends string = string> {
  readonly key: UsableKey;
  readonly algorithm: A;
  readonly context: EncryptionContext;
}

export interface Encrypted {
  readonly ciphertext: Buffer;
  /** Only symmetric keys have material ids that are told. */
  readonly materialId: string | undefined;
}

export interface Decrypted {
  readonly plaintext: SecretBytes;
  readonly materialId: string | undefined;
}

/**
 * Without an algorithm, the symmetric one. Throws InvalidKeyUsageException where the key has no use for it, and
 * ValidationException for an encryption context that nothing would be bound to.
 */
export function requireEncryption<A extends string>(
  key: UsableKey,
  asked: A | undefined,
  context: EncryptionContext = noContext,
): Encryption<A | 'SYMMETRIC_DEFAULT'> {
  const algorithm = requireEncryptionAlgorithm(key, asked);
  if (context.size > 0 && publicKeyEncryption(algorithm) !== undefined) throw contextNotSupported(key.record.spec);
  return { key, algorithm, context };
}

/** Throws ValidationException for a plaintext that is longer than the key takes. */
export function encryptWith(encryption: Encryption, plaintext: SecretBytes): Awaitable<Encrypted> {
  const { key, algorithm, context } = encryption;
  const method = publicKeyEncryption(algorithm);
  if (method === undefined) {
    const material = currentMaterial(key);
    return { ciphertext: material.encrypt(plaintext, context), materialId: material.name.materialId };
  }
  requireLength(encryption, method, plaintext.length);
  return after(method.encrypt(privateKey(key).publicKey, plaintext), (ciphertext) => ({
    ciphertext,
    materialId: undefined,
  }));
}

/** Throws as openCiphertext does; a key pair cannot tell a ciphertext of another key from an altered one. */
export function decryptWith({ key, algorithm, context }: Encryption, ciphertext: Uint8Array): Awaitable<Decrypted> {
  const method = publicKeyEncryption(algorithm);
  if (method === undefined) return openCiphertext(key, ciphertext, context);
  return after(method.decrypt(privateKey(key).key, ciphertext), (plaintext) => {
    if (plaintext === undefined) throw invalidCiphertext(`not of this key and ${algorithm}, or altered`);
    return { plaintext, materialId: undefined };
  });
}

function requireLength({ key, algorithm }: Encryption, method: EncryptionMethod, bytes: number): void {
  const { spec } = key.record;
  const most = method.mostBytes(privateKey(key).publicKey);
  if (bytes > most) throw plaintextLength(algorithm, spec, `larger than ${most}`);
  // What others encrypted to an RSA key, and ReEncrypt moves to another, may be empty.
  if (bytes < method.leastBytes) throw plaintextLength(algorithm, spec, 'of 0');
}
