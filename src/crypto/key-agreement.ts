/**
 * Elliptic curve Diffie-Hellman (SP 800-56A section 5.7.1.2; the cofactor of all these curves is 1). What comes out is the raw
 * x-coordinate, as long as the field; whoever uses it derives a key from it.
 */
import { diffieHellman, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { SecretBytes } from '#base/secret-bytes.ts';
import { heavy } from './heavy.ts';
import type { PrivateKey } from './private-key.ts';
import { readPublicKey } from './public-key.ts';
import { deriveOnSm2 } from './sm2/key-agreement.ts';
import { keyPairParameters } from './specs.ts';

const deriveOffLoop: (keys: { privateKey: KeyObject; publicKey: KeyObject }) => Promise<Buffer> =
  promisify(diffieHellman);

/** `peer` is a DER SubjectPublicKeyInfo; undefined where it is not a valid public key of the same curve. */
export async function deriveSharedSecret(privateKey: PrivateKey, peer: Uint8Array): Promise<SecretBytes | undefined> {
  const parameters = keyPairParameters(privateKey.spec);
  if (parameters.type !== 'ec') throw new Error(`${privateKey.spec} agrees on no secrets.`);
  const publicKey = readPublicKey(privateKey.spec, peer);
  if (publicKey === undefined) return undefined;
  if (parameters.curve === 'SM2') return deriveOnSm2(privateKey.key, publicKey);
  return new SecretBytes(await heavy(() => deriveOffLoop({ privateKey: privateKey.key, publicKey })));
}
