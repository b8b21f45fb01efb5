/** HMAC (FIPS 198-1, RFC 2104) with tags of the hash's full length. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import type { MaterialName } from './envelope.ts';
import { specRow } from './specs.ts';

export class MacKey {
  readonly name: MaterialName;
  readonly spec: string;
  readonly #hash: string;
  readonly #key: KeyObject;

  /** The secret may be disposed of afterwards. */
  constructor(name: MaterialName, spec: string, secret: SecretBytes) {
    const row = specRow(spec);
    if (row.form !== 'mac') throw new Error(`${spec} makes no MACs.`);
    this.name = name;
    this.spec = spec;
    this.#hash = row.parameters.hash;
    this.#key = createSecretKey(secret.reveal());
  }

  generate(message: SecretBytes | Uint8Array): Buffer {
    const bytes = message instanceof SecretBytes ? message.reveal() : message;
    return createHmac(this.#hash, this.#key).update(bytes).digest();
  }

  /** Whether this is the whole MAC of the message; takes the same time wherever they differ. */
  verify(message: SecretBytes | Uint8Array, mac: Uint8Array): boolean {
    const right = this.generate(message);
    return right.length === mac.length && timingSafeEqual(right, mac);
  }
}
