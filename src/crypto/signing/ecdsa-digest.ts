/**
 * ECDSA over a digest that was computed elsewhere (FIPS 186-5 section 6.4 from the second step on), which OpenSSL has
 * and Node does not show. Signatures are DER, SEQUENCE of r and s (RFC 3279 section 2.2.3). Runs in worker threads.
 */
import type { KeyObject } from 'node:crypto';
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { SecretBytes } from '#base/secret-bytes.ts';

/** By OpenSSL's names. */
const curves: ReadonlyMap<string | undefined, ECDSA> = new Map([
  ['prime256v1', p256],
  ['secp384r1', p384],
  ['secp521r1', p521],
  ['secp256k1', secp256k1],
]);

/** The message is a digest already, and s may be in the upper half, as it may with OpenSSL. */
const asIs = { prehash: false, lowS: false, format: 'der' } as const;

function curveOf(key: KeyObject): ECDSA {
  const curve = curves.get(key.asymmetricKeyDetails?.namedCurve);
  if (curve === undefined) throw new TypeError('not a key on a known curve');
  return curve;
}

/** The nonce is hedged: derived from key and digest (RFC 6979 section 3.6) with fresh random bytes added. */
export function signEcdsaDigest({ key, digest }: { readonly key: KeyObject; readonly digest: Uint8Array }): Uint8Array {
  using scalar = new SecretBytes(key.export({ format: 'raw-private' }));
  return curveOf(key).sign(digest, scalar.reveal(), { ...asIs, extraEntropy: true });
}

export function verifyEcdsaDigest(input: {
  readonly key: KeyObject;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const curve = curveOf(input.key);
  if (!isStrictDer(curve, input.signature)) return false;
  return curve.verify(input.signature, input.digest, input.key.export({ format: 'raw-public' }), asIs);
}

/** There is one DER encoding of a pair of numbers, and only that is taken. */
function isStrictDer(curve: ECDSA, signature: Uint8Array): boolean {
  try {
    return Buffer.compare(curve.Signature.fromBytes(signature, 'der').toBytes('der'), signature) === 0;
  } catch {
    return false; // not DER, or a number out of range
  }
}
