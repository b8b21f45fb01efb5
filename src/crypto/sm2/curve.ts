/**
 * The curve of SM2 (GB/T 32918.5, draft-shen-sm2-ecdsa-02 appendix D). OpenSSL multiplies the generator; the other
 * multiplications, which Node has no way to ask of it, are those of @noble/curves.
 */
import { createECDH, createHash, type KeyObject } from 'node:crypto';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { readSequence } from '#crypto/der.ts';
import { randomBytes } from '#crypto/random.ts';

const domain = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};

export const Point = weierstrass(domain);
export type Point = InstanceType<typeof Point>;
export const order = domain.n;
export const fieldBytes = 32;

/** What a signature's identity is hashed with, besides the public key: a, b and the generator. */
export const parameterBytes: Buffer = Buffer.concat([domain.a, domain.b, domain.Gx, domain.Gy].map(toFieldBytes));

export function sm3(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sm3');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** A random scalar from 1 to n - 1 (rejection sampling: FIPS 186-5 appendix A.3.2), and the generator times it. */
export function randomMultiple(): { readonly scalar: bigint; readonly octets: Uint8Array } {
  const pair = createECDH('SM2');
  for (;;) {
    const candidate = randomBytes(fieldBytes);
    const scalar = toNumber(candidate);
    if (scalar === 0n || scalar >= order) continue;
    pair.setPrivateKey(candidate);
    candidate.fill(0);
    return { scalar, octets: pair.getPublicKey() };
  }
}

/** The scalar of a private key: a secret. */
export function scalarOf(privateKey: KeyObject): bigint {
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const inner = readSequence(der)?.[2]?.contents;
  const scalar = inner && readSequence(inner)?.[1]?.contents;
  if (scalar?.length !== fieldBytes) throw new TypeError('This is not a private key on the curve SM2.');
  const number = toNumber(scalar);
  der.fill(0);
  return number;
}

/** The uncompressed point of a public key: 4, x, y. */
export function octetsOf(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-1 - 2 * fieldBytes);
}

export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`);
}

export function toFieldBytes(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * fieldBytes, '0'), 'hex');
}
