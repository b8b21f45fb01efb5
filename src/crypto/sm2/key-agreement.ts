/** Plain Diffie-Hellman on the curve of SM2: not the key exchange of GB/T 32918.3, which has more rounds and inputs. */
import type { KeyObject } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { octetsOf, Point, scalarOf, toFieldBytes } from './curve.ts';

/** The x-coordinate. The public key has been read, so it is a point of the curve. */
export function deriveOnSm2(privateKey: KeyObject, publicKey: KeyObject): SecretBytes {
  const { x } = Point.fromBytes(octetsOf(publicKey)).multiply(scalarOf(privateKey)).toAffine();
  return new SecretBytes(toFieldBytes(x));
}
