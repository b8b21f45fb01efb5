/**
 * Elliptic curve Diffie-Hellman (SP 800-56A section 5.7.1.2; the cofactor of all these curves is 1). What comes out is the raw
 * x-coordinate, as long as the field; whoever uses it derives a key from it.
 */
import { SecretBytes } from '#base/secret-bytes.ts';
import { inWorker } from './heavy.ts';
import type { PrivateKey } from './private-key.ts';
import { readPublicKey } from './public-key.ts';
import { keyPairParameters } from './specs.ts';

/** `peer` is a DER SubjectPublicKeyInfo; undefined where it is not a valid public key of the same curve. */
export async function deriveSharedSecret(privateKey: PrivateKey, peer: Uint8Array): Promise<SecretBytes | undefined> {
  const parameters = keyPairParameters(privateKey.spec);
  if (parameters.type !== 'ec') throw new Error(`${privateKey.spec} agrees on no secrets.`);
  const publicKey = readPublicKey(privateKey.spec, peer);
  if (publicKey === undefined) return undefined;
  const job = parameters.curve === 'SM2' ? 'agreeOnSm2' : 'agree';
  return new SecretBytes(await inWorker(job, { privateKey: privateKey.key, publicKey }));
}
