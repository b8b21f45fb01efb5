/**
 * SM2 signatures: GB/T 32918.2, draft-shen-sm2-ecdsa-02 section 5. DER SEQUENCE { r, s }. With RAW the message is hashed
 * by SM3 after the signer's identity and public key; with DIGEST the caller has done so (AWS KMS Developer Guide, Offline
 * verification with SM2 key pairs).
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { encode, encodeUnsigned, readSequence, readUnsigned, tags } from '#crypto/der.ts';
import {
  fieldBytes,
  octetsOf,
  order,
  Point,
  parameterBytes,
  randomMultiple,
  scalarOf,
  sm3,
  toFieldBytes,
  toNumber,
} from './curve.ts';

/** The identity that everybody takes who has none of their own: GM/T 0009. */
const identity = Buffer.from('1234567812345678', 'ascii');

export interface Sm2Message {
  readonly messageType: 'RAW' | 'DIGEST';
  /** With DIGEST, the 32 bytes that a signature is made over. */
  readonly message: Uint8Array;
}

export function signSm2({ privateKey, ...message }: Sm2Message & { readonly privateKey: KeyObject }): Buffer {
  const e = numberToSign(message, createPublicKey(privateKey));
  const inverse = inverseOfNext(scalarOf(privateKey));
  for (;;) {
    const { scalar: k, octets } = randomMultiple();
    const r = (e + toNumber(octets.subarray(1, 1 + fieldBytes))) % order;
    if (r === 0n || r + k === order) continue;
    const s = (((k + r) * inverse) % order) - r; // is (k - r d) / (1 + d)
    if (s === 0n) continue;
    const positive = s < 0n ? s + order : s;
    return encode(tags.sequence, encodeUnsigned(toFieldBytes(r)), encodeUnsigned(toFieldBytes(positive)));
  }
}

/** False for whatever is no signature of the message by this key, in its one encoding. */
export function verifySm2({
  publicKey,
  signature,
  ...message
}: Sm2Message & { readonly publicKey: KeyObject; readonly signature: Uint8Array }): boolean {
  const [r, s] = readNumbers(signature) ?? [];
  if (r === undefined || s === undefined) return false;
  const t = (r + s) % order;
  if (t === 0n) return false;
  const point = Point.BASE.mulAddUnsafe(s, Point.fromBytes(octetsOf(publicKey)), t); // nothing secret here
  if (point.is0()) return false;
  return (numberToSign(message, publicKey) + point.toAffine().x) % order === r;
}

/** r and s, each from 1 to n - 1. */
function readNumbers(signature: Uint8Array): readonly bigint[] | undefined {
  const elements = readSequence(signature);
  const magnitudes = elements?.map(readUnsigned);
  if (magnitudes?.length !== 2) return undefined;
  const numbers = magnitudes.map((magnitude) => (magnitude === undefined ? 0n : toNumber(magnitude)));
  return numbers.every((number) => number > 0n && number < order) ? numbers : undefined;
}

function numberToSign({ messageType, message }: Sm2Message, publicKey: KeyObject): bigint {
  if (messageType === 'RAW') return toNumber(sm3(sm3(identityPrefix, octetsOf(publicKey).subarray(1)), message));
  if (message.length !== fieldBytes) throw new RangeError('A digest for SM2 has 32 bytes.');
  return toNumber(message);
}

/** ENTL, the identity's length in bits, two bytes; the identity; the curve. The public point follows. */
const identityPrefix = Buffer.concat([Buffer.of(0, identity.length * 8), identity, parameterBytes]);

/** (1 + d)^-1 modulo n. Blinded, because the time that an inversion takes tells of what is inverted. */
function inverseOfNext(d: bigint): bigint {
  const { scalar: blind } = randomMultiple();
  return (Point.Fn.inv(((1n + d) * blind) % order) * blind) % order;
}
