/**
 * SM2 public key encryption: GB/T 32918.4, in the encoding of GM/T 0009 section 7.2,
 * SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, ciphertext OCTET STRING }, that is C1, C3, C2.
 */
import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encode, encodeUnsigned, readSequence, readUnsigned, tags } from '#crypto/der.ts';
import { fieldBytes, octetsOf, Point, randomMultiple, scalarOf, sm3, toFieldBytes, toNumber } from './curve.ts';

/** AWS KMS API Reference, Encrypt: what SM2PKE takes. */
export const mostSm2Bytes = 1024;

const hashBytes = 32;

/** Throws RangeError for a plaintext that is empty or longer than `mostSm2Bytes`. */
export function encryptSm2(publicKey: KeyObject, plaintext: SecretBytes): Buffer {
  if (plaintext.length < 1 || plaintext.length > mostSm2Bytes) throw new RangeError('The plaintext is too long.');
  const recipient = Point.fromBytes(octetsOf(publicKey));
  for (;;) {
    const { scalar, octets } = randomMultiple();
    const shared = coordinatesOf(recipient.multiply(scalar));
    const mask = maskFor(shared, plaintext.length);
    if (isZero(mask)) continue; // GB/T 32918.4 section 6.1, A5
    const message = plaintext.reveal();
    const hash = sm3(shared.x, message, shared.y);
    const x = encodeUnsigned(octets.subarray(1, 1 + fieldBytes));
    const y = encodeUnsigned(octets.subarray(1 + fieldBytes));
    return encode(
      tags.sequence,
      x,
      y,
      encode(tags.octetString, hash),
      encode(tags.octetString, exclusiveOr(mask, message)),
    );
  }
}

/** Undefined for whatever was not encrypted to this key, without a word on what was wrong. */
export function decryptSm2(privateKey: KeyObject, ciphertext: Uint8Array): SecretBytes | undefined {
  const read = readCiphertext(ciphertext);
  if (read === undefined) return undefined;
  const shared = coordinatesOf(read.point.multiply(scalarOf(privateKey)));
  const mask = maskFor(shared, read.masked.length);
  const message = exclusiveOr(mask, read.masked);
  const isGenuine = timingSafeEqual(sm3(shared.x, message, shared.y), read.hash) && !isZero(mask);
  if (isGenuine) return new SecretBytes(message);
  message.fill(0);
  return undefined;
}

interface Coordinates {
  readonly x: Buffer;
  readonly y: Buffer;
}

function readCiphertext(ciphertext: Uint8Array) {
  const [x, y, hash, masked, ...more] = readSequence(ciphertext) ?? [];
  const point = readPoint(readUnsigned(x), readUnsigned(y));
  if (point === undefined || hash?.tag !== tags.octetString || hash.contents.length !== hashBytes) return undefined;
  if (masked?.tag !== tags.octetString || masked.contents.length === 0 || more.length > 0) return undefined;
  return { point, hash: hash.contents, masked: masked.contents };
}

function readPoint(x: Uint8Array | undefined, y: Uint8Array | undefined): Point | undefined {
  if (x === undefined || y === undefined || x.length > fieldBytes || y.length > fieldBytes) return undefined;
  try {
    return Point.fromBytes(Buffer.concat([Buffer.of(4), toFieldBytes(toNumber(x)), toFieldBytes(toNumber(y))]));
  } catch {
    return undefined; // not a point of the curve
  }
}

function coordinatesOf(point: Point): Coordinates {
  const { x, y } = point.toAffine();
  return { x: toFieldBytes(x), y: toFieldBytes(y) };
}

/** The key derivation function of GB/T 32918.4 section 5.4.3: SM3 over the secret and a 32-bit counter from 1. */
function maskFor({ x, y }: Coordinates, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / hashBytes) }, (_, i) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i + 1);
    return sm3(x, y, counter);
  });
  return Buffer.concat(blocks).subarray(0, length);
}

function exclusiveOr(mask: Uint8Array, bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => byte ^ (mask[i] ?? 0));
}

/** In time that depends on the length alone. */
function isZero(bytes: Uint8Array): boolean {
  return bytes.reduce((seen, byte) => seen | byte, 0) === 0;
}
