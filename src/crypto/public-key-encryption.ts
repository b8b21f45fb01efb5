/**
 * The encryption algorithms of key pairs, one row each. No other file tells them apart.
 * Source: AWS KMS Developer Guide, Key spec reference; AWS KMS API Reference, Encrypt.
 */
import type { KeyObject } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { inWorker } from './heavy.ts';
import { decryptOaep, encryptOaep, mostOaepBytes, type OaepAlgorithm } from './rsa-encryption.ts';
import { mostSm2Bytes } from './sm2/encryption.ts';

export interface EncryptionMethod {
  /** How many bytes a plaintext may have. */
  readonly leastBytes: number;
  mostBytes(key: KeyObject): number;
  /** The length has been checked. */
  encrypt(publicKey: KeyObject, plaintext: SecretBytes): Buffer | Promise<Buffer>;
  /** Undefined for whatever was not encrypted to this key in this way, without a word on what was wrong. */
  decrypt(privateKey: KeyObject, ciphertext: Uint8Array): SecretBytes | undefined | Promise<SecretBytes | undefined>;
}

const oaep = (algorithm: OaepAlgorithm): EncryptionMethod => ({
  leastBytes: 0,
  mostBytes: (key) => mostOaepBytes(key, algorithm),
  encrypt: (publicKey, plaintext) => encryptOaep(publicKey, algorithm, plaintext),
  decrypt: (privateKey, ciphertext) => decryptOaep(privateKey, algorithm, ciphertext),
});

const sm2: EncryptionMethod = {
  leastBytes: 1,
  mostBytes: () => mostSm2Bytes,
  encrypt: (key, plaintext) => inWorker('sealSm2', { key, plaintext: plaintext.reveal() }),
  async decrypt(key, ciphertext) {
    const plaintext = await inWorker('openSm2', { key, ciphertext });
    return plaintext === undefined ? undefined : new SecretBytes(plaintext);
  },
};

const methods: ReadonlyMap<string, EncryptionMethod> = new Map([
  ['RSAES_OAEP_SHA_1', oaep('RSAES_OAEP_SHA_1')],
  ['RSAES_OAEP_SHA_256', oaep('RSAES_OAEP_SHA_256')],
  ['SM2PKE', sm2],
]);

/** Undefined for the symmetric algorithm, whose ciphertexts are those of envelope.ts. */
export function publicKeyEncryption(algorithm: string): EncryptionMethod | undefined {
  return methods.get(algorithm);
}
