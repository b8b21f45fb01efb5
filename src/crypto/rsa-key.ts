/**
 * RSA private keys brought in: checked, and written in their one encoding, which is RSAPrivateKey of RFC 8017 appendix A.1.2
 * with the larger prime first and d the inverse of e modulo lcm(p - 1, q - 1), as FIPS 186-5 section A.1.1 has it.
 */
import { constants, createPrivateKey, privateDecrypt, publicEncrypt } from 'node:crypto';
import { encode, encodeUnsigned, readSequence, readUnsigned, tags } from './der.ts';
import { randomBytes } from './random.ts';
import type { RsaParameters } from './specs.ts';

const mostExponentBits = 64; // OpenSSL takes no longer ones with large moduli

/** Undefined where the bytes are not one consistent key of two primes and of that size. */
export function canonicalRsa({ modulusBits }: RsaParameters, bytes: Uint8Array): Buffer | undefined {
  const elements = readSequence(bytes);
  if (elements?.length !== 9) return undefined; // a tenth holds other primes
  const numbers = elements.map((element) => toNumber(readUnsigned(element)));
  const [version, n = -1n, e = -1n, d = -1n, p = -1n, q = -1n, dp = -1n, dq = -1n, qInverse = -1n] = numbers;
  if (version !== 0n || numbers.includes(undefined)) return undefined;
  const isOfSize = bitsOf(n) === modulusBits && e >= 3n && bitsOf(e) <= mostExponentBits && d < n;
  if (!isOfSize || p < 3n || q < 3n || p === q || p * q !== n) return undefined;
  const isPrivateExponent = (d * e) % (p - 1n) === 1n && (d * e) % (q - 1n) === 1n;
  const isOfChineseRemainders = dp === d % (p - 1n) && dq === d % (q - 1n) && qInverse === inverse(q, p);
  if (!isPrivateExponent || !isOfChineseRemainders) return undefined;
  const key = p > q ? encodeRsa(e, p, q) : encodeRsa(e, q, p);
  return undoesItself(key, modulusBits) ? key : undefined;
}

/** `p` is the larger prime. */
function encodeRsa(e: bigint, p: bigint, q: bigint): Buffer {
  const d = inverse(e, ((p - 1n) / greatestCommonDivisor(p - 1n, q - 1n)) * (q - 1n));
  const numbers = [0n, p * q, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)];
  return encode(tags.sequence, ...numbers.map((number) => encodeUnsigned(toBytes(number))));
}

/** Whether the key decrypts what it encrypts: it does not where a factor is no prime. */
function undoesItself(pkcs1: Buffer, modulusBits: number): boolean {
  const key = createPrivateKey({ key: pkcs1, format: 'der', type: 'pkcs1' });
  const message = randomBytes(modulusBits / 8);
  message[0] = 0; // less than the modulus
  const raw = { key, padding: constants.RSA_NO_PADDING };
  try {
    return privateDecrypt(raw, publicEncrypt(raw, message)).equals(message);
  } catch {
    return false; // OpenSSL notices as well
  }
}

function inverse(number: bigint, modulus: bigint): bigint {
  let [low, high] = [number % modulus, modulus];
  let [ofLow, ofHigh] = [1n, 0n];
  while (low > 0n) {
    const times = high / low;
    [low, high] = [high % low, low];
    [ofLow, ofHigh] = [ofHigh - times * ofLow, ofLow];
  }
  return ((ofHigh % modulus) + modulus) % modulus;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [high, low] = [a, b];
  while (low > 0n) [high, low] = [low, high % low];
  return high;
}

function bitsOf(number: bigint): number {
  return number.toString(2).length;
}

function toNumber(magnitude: Uint8Array | undefined): bigint | undefined {
  return magnitude === undefined ? undefined : BigInt(`0x0${Buffer.from(magnitude).toString('hex')}`);
}

function toBytes(number: bigint): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}
