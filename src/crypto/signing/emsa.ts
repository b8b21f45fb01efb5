/**
 * Encodings of a digest for RSA signatures: EMSA-PSS and EMSA-PKCS1-v1_5 (RFC 8017 section 9), for digests that were
 * computed elsewhere. Moduli are of 2048, 3072 or 4096 bits, so an encoding is as long as the modulus and its first bit
 * is zero.
 */
import { createHash } from 'node:crypto';

export interface Hash {
  /** Node's name. */
  readonly name: 'sha256' | 'sha384' | 'sha512';
  readonly bytes: number;
  /** The beginning of a DigestInfo, which the digest ends (RFC 8017 section 9.2, note 1). */
  readonly digestInfo: Buffer;
}

export const sha256 = hash('sha256', 32, '3031300d060960864801650304020105000420');
export const sha384 = hash('sha384', 48, '3041300d060960864801650304020205000430');
export const sha512 = hash('sha512', 64, '3051300d060960864801650304020305000440');

function hash(name: Hash['name'], bytes: number, digestInfo: string): Hash {
  return { name, bytes, digestInfo: Buffer.from(digestInfo, 'hex') };
}

const trailer = 0xbc;

/** EMSA-PSS-ENCODE (section 9.1.1) into `length` bytes; MGF1 with the same hash. */
export function encodePss(hash: Hash, digest: Uint8Array, salt: Uint8Array, length: number): Buffer {
  const masked = length - hash.bytes - 1;
  const encoded = Buffer.alloc(length);
  encoded[masked - salt.length - 1] = 1;
  encoded.set(salt, masked - salt.length);
  const h = pssHash(hash, digest, salt);
  encoded.set(h, masked);
  encoded[length - 1] = trailer;
  unmask(hash, encoded.subarray(0, masked), h);
  return encoded;
}

/** EMSA-PSS-VERIFY (section 9.1.2), for salts as long as the hash and no others. */
export function isPss(hash: Hash, digest: Uint8Array, encoded: Buffer): boolean {
  const masked = encoded.length - hash.bytes - 1;
  if (encoded.at(-1) !== trailer || encoded.readUInt8(0) > 0x7f) return false;
  const block = Buffer.from(encoded.subarray(0, masked));
  const h = encoded.subarray(masked, encoded.length - 1);
  unmask(hash, block, h);
  const salt = block.subarray(masked - hash.bytes);
  const before = Buffer.alloc(masked - hash.bytes);
  before[before.length - 1] = 1;
  return block.subarray(0, before.length).equals(before) && pssHash(hash, digest, salt).equals(h);
}

/** H, over eight zero bytes, the digest and the salt. */
function pssHash(hash: Hash, digest: Uint8Array, salt: Uint8Array): Buffer {
  return createHash(hash.name).update(Buffer.alloc(8)).update(digest).update(salt).digest();
}

/** Masks or unmasks in place with MGF1 (appendix B.2.1) over the seed, and clears the first bit. */
function unmask(hash: Hash, block: Buffer, seed: Uint8Array): void {
  const counter = Buffer.alloc(4);
  for (let at = 0; at < block.length; at += hash.bytes) {
    counter.writeUInt32BE(at / hash.bytes);
    const mask = createHash(hash.name).update(seed).update(counter).digest();
    for (const [i, byte] of block.subarray(at, at + hash.bytes).entries()) block[at + i] = byte ^ mask.readUInt8(i);
  }
  block[0] = block.readUInt8(0) & 0x7f;
}

/** EMSA-PKCS1-v1_5-ENCODE (section 9.2) into `length` bytes. */
export function encodePkcs1(hash: Hash, digest: Uint8Array, length: number): Buffer {
  const digestInfo = Buffer.concat([hash.digestInfo, digest]);
  const encoded = Buffer.alloc(length, 0xff);
  encoded.set([0, 1]);
  encoded[length - digestInfo.length - 1] = 0;
  encoded.set(digestInfo, length - digestInfo.length);
  return encoded;
}
