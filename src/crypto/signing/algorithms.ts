/**
 * The signing algorithms, one row each: what they do with which message type. No other file tells them apart.
 * Source: AWS KMS API Reference, Sign; AWS KMS Developer Guide, Key spec reference.
 */
import { constants } from 'node:crypto';
import { inWorker } from '#crypto/heavy.ts';
import { randomBytes } from '#crypto/random.ts';
import { type Hash, sha256, sha384, sha512 } from './emsa.ts';
import type { Method } from './method.ts';
import { pkcs1Digest, pssDigest } from './rsa-digest.ts';
import { wholeMessage } from './whole-message.ts';

export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU';

export type SigningMethods = Readonly<Partial<Record<MessageType, Method>>>;

function rsaPss(hash: Hash): SigningMethods {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return { RAW: wholeMessage(hash.name, { padding, saltLength: hash.bytes }), DIGEST: pssDigest(hash) };
}

function rsaPkcs1(hash: Hash): SigningMethods {
  return { RAW: wholeMessage(hash.name, { padding: constants.RSA_PKCS1_PADDING }), DIGEST: pkcs1Digest(hash) };
}

/** DER signatures; s may be in either half, also on secp256k1. */
function ecdsa(hash: Hash): SigningMethods {
  return {
    RAW: wholeMessage(hash.name),
    DIGEST: {
      bytes: hash.bytes,
      sign: (digest, key) => inWorker('signEcdsaDigest', { key, digest }),
      verify: (digest, key, signature) => inWorker('verifyEcdsaDigest', { key, digest, signature }),
    },
  };
}

/** The digest is the message that Ed25519ph hashes: SHA-512 is applied twice to what the caller began with, as by AWS. */
const ed25519ph: SigningMethods = {
  DIGEST: {
    bytes: sha512.bytes,
    sign: (message, key) => inWorker('signEd25519ph', { key, message }),
    verify: (message, key, signature) => inWorker('verifyEd25519ph', { key, message, signature }),
  },
};

/** The context is empty, and signing is hedged (FIPS 204 section 3.4), both with the message and with μ. */
const mlDsa: SigningMethods = {
  RAW: wholeMessage(null),
  EXTERNAL_MU: {
    bytes: 64,
    sign: (mu, key) => inWorker('signMlDsaMu', { key, mu, hedge: randomBytes(32) }),
    verify: (mu, key, signature) => inWorker('verifyMlDsaMu', { key, mu, signature }),
  },
};

/** With a digest, it is the caller who has hashed the signer's identity and public key before the message. */
function sm2(messageType: 'RAW' | 'DIGEST'): Method {
  return {
    sign: (message, privateKey) => inWorker('signSm2', { privateKey, messageType, message }),
    verify: (message, publicKey, signature) => inWorker('verifySm2', { publicKey, messageType, message, signature }),
  };
}

const algorithms = {
  RSASSA_PSS_SHA_256: rsaPss(sha256),
  RSASSA_PSS_SHA_384: rsaPss(sha384),
  RSASSA_PSS_SHA_512: rsaPss(sha512),
  RSASSA_PKCS1_V1_5_SHA_256: rsaPkcs1(sha256),
  RSASSA_PKCS1_V1_5_SHA_384: rsaPkcs1(sha384),
  RSASSA_PKCS1_V1_5_SHA_512: rsaPkcs1(sha512),
  ECDSA_SHA_256: ecdsa(sha256),
  ECDSA_SHA_384: ecdsa(sha384),
  ECDSA_SHA_512: ecdsa(sha512),
  ED25519_SHA_512: { RAW: wholeMessage(null) },
  ED25519_PH_SHA_512: ed25519ph,
  ML_DSA_SHAKE_256: mlDsa,
  SM2DSA: { RAW: sm2('RAW'), DIGEST: { bytes: 32, ...sm2('DIGEST') } },
} as const satisfies Record<string, SigningMethods>;

export type SigningAlgorithm = keyof typeof algorithms;

export const signingAlgorithms: ReadonlyMap<SigningAlgorithm, SigningMethods> = new Map(
  Object.entries(algorithms) as [SigningAlgorithm, SigningMethods][], // a literal's entries are its keys and values
);
