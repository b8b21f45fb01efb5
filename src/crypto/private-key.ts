/** The private half of a key pair, ready for use: RSA, elliptic curves, ML-DSA, ML-KEM. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { SecretBytes } from '#base/secret-bytes.ts';
import type { MaterialName } from './envelope.ts';

export class PrivateKey {
  readonly name: MaterialName;
  readonly spec: string;
  /** It stays inside OpenSSL. Node does not name the type of one on the curve SM2. */
  readonly key: KeyObject;
  #publicKey: KeyObject | undefined;

  /** The stored form of a private key of this spec. The secret may be disposed of afterwards. */
  constructor(name: MaterialName, spec: string, secret: SecretBytes) {
    this.name = name;
    this.spec = spec;
    this.key = readPrivateKey(secret);
  }

  get publicKey(): KeyObject {
    this.#publicKey ??= createPublicKey(this.key);
    return this.#publicKey;
  }
}

/** DER PKCS#8 that was read or made by this room. */
export function readPrivateKey(secret: SecretBytes): KeyObject {
  const key = secret.reveal();
  return createPrivateKey({
    key: Buffer.from(key.buffer, key.byteOffset, key.byteLength),
    format: 'der',
    type: 'pkcs8',
  });
}
