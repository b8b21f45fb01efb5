/**
 * Another implementation of what the service does, which a cross test holds against it. Private keys are DER PKCS#8, public
 * keys DER SubjectPublicKeyInfo, as GenerateDataKeyPair and GetPublicKey give them; names are those of the API.
 */
import { createHash } from 'node:crypto';
import type { MessageType, SigningAlgorithm } from '#crypto/signing/signing.ts';
import { parameterBytes } from '#crypto/sm2/curve.ts';

export interface ToSign {
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  readonly message: Uint8Array;
}

/** Throws for whatever goes wrong besides a refusal. */
export interface Counterpart extends AsyncDisposable {
  /** Whether it has this signing algorithm. */
  knows(algorithm: SigningAlgorithm): boolean;
  /** A new private key. */
  generate(keySpec: string): Promise<Buffer>;
  /** The public half of a private key, as it writes it. */
  publicHalf(privateKey: Uint8Array): Promise<Buffer>;
  /** A public key that it has read, as it writes it. */
  reread(publicKey: Uint8Array): Promise<Buffer>;
  sign(toSign: ToSign, privateKey: Uint8Array): Promise<Buffer>;
  verify(signed: ToSign, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean>;
  mac(algorithm: string, key: Uint8Array, message: Uint8Array): Promise<Buffer>;
  verifyMac(algorithm: string, key: Uint8Array, message: Uint8Array, mac: Uint8Array): Promise<boolean>;
  /** Undefined for a peer that it refuses. */
  agree(privateKey: Uint8Array, peer: Uint8Array): Promise<Buffer | undefined>;
  encrypt(algorithm: string, publicKey: Uint8Array, plaintext: Uint8Array): Promise<Buffer>;
  /** Undefined for a ciphertext that it refuses. */
  decrypt(algorithm: string, privateKey: Uint8Array, ciphertext: Uint8Array): Promise<Buffer | undefined>;
}

/** The identity that SM2 signatures take where nobody says otherwise: GM/T 0009. */
export const sm2Identity = '1234567812345678';

/** Node's name of the hash that the algorithm's name ends with. */
export const hashOf = (algorithm: string): string => `sha${algorithm.slice(algorithm.lastIndexOf('_') + 1)}`;

/** What stands for a message in a request of a message type. */
export function standIn(
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  publicKey: Buffer,
  message: Uint8Array,
): Buffer {
  if (messageType === 'RAW') return Buffer.from(message);
  if (messageType === 'EXTERNAL_MU') return muOf(publicKey, message);
  if (algorithm !== 'SM2DSA') return createHash(hashOf(algorithm)).update(message).digest();
  // GB/T 32918.2 section 5.5: length of the identity in bits, identity, curve, point.
  const head = Buffer.concat([Buffer.of(0, sm2Identity.length * 8), Buffer.from(sm2Identity), parameterBytes]);
  return sm3(sm3(head, publicKey.subarray(-64)), message);
}

/** FIPS 204 section 6.2, algorithm 7, with an empty context: μ = H(H(pk) ‖ 0 ‖ 0 ‖ M). */
function muOf(publicKey: Buffer, message: Uint8Array): Buffer {
  const shake = (...parts: Uint8Array[]) =>
    createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest();
  const encoded = publicKey.subarray(spkiHeadBytes);
  return shake(shake(encoded), Buffer.of(0, 0), message);
}

/** What comes before the octets of an ML-DSA public key: RFC 9881 section 4. */
const spkiHeadBytes = 22;

function sm3(...parts: Uint8Array[]): Buffer {
  return createHash('sm3').update(Buffer.concat(parts)).digest();
}
