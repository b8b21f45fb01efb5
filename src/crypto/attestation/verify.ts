/**
 * Whether an attestation document is genuine, and then what it says of the enclave or instance that passed it on. Source:
 * AWS Nitro Enclaves User Guide, Verifying the root of trust; AWS KMS Developer Guide, Cryptographic attestation support.
 */
import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import { Lru } from '#base/lru.ts';
import { check } from './attestation-error.ts';
import { verifyPath } from './certificates.ts';
import { isSignedBy, readSignedMessage } from './cose-sign1.ts';
import { type AttestationDocument, readDocument } from './document.ts';
import type { AttestationRoots } from './roots.ts';

export interface Attestation extends Pick<AttestationDocument, 'platform' | 'moduleId' | 'pcrs'> {
  /** RSA: what is encrypted with it is for the attested software alone. */
  readonly publicKey: KeyObject;
}

/** How old a document may be, and how far ahead of our clock. */
// Diverges: attestation-freshness
const freshMs = 5 * 60_000;

/** The largest payload, with room for what is around it. */
const mostBytes = 16_384 + 128;

export class AttestationVerifier {
  readonly #roots: AttestationRoots;
  readonly #clock: Clock;
  /** Certificates whose signature was found to be right, by the fingerprints of issuer and certificate: the same come often. */
  readonly #signed = new Lru<true>(1000);

  constructor(roots: AttestationRoots, clock: Clock) {
    this.#roots = roots;
    this.#clock = clock;
  }

  /** Throws AttestationError. */
  async verify(bytes: Uint8Array): Promise<Attestation> {
    const nowMs = this.#clock.now();
    check(bytes.length <= mostBytes, 'it is too large');
    const message = readSignedMessage(bytes);
    const document = readDocument(message.payload);
    check(document.timestampMs >= nowMs - freshMs, 'it is more than 5 minutes old');
    check(document.timestampMs <= nowMs + freshMs, 'its timestamp is in the future');
    const trust = { roots: this.#roots, nowMs, isSigned: this.#isSigned };
    const { publicKey } = verifyPath(document, trust);
    check(await isSignedBy(message, publicKey), 'its signature is wrong');
    const { platform, moduleId, pcrs } = document;
    return { platform, moduleId, pcrs, publicKey: readRsaKey(document.publicKey) };
  }

  readonly #isSigned = (certificate: X509Certificate, issuer: X509Certificate): boolean => {
    const pair = issuer.fingerprint256 + certificate.fingerprint256;
    if (this.#signed.get(pair) === true) return true;
    const isSigned = certificate.verify(issuer.publicKey);
    if (isSigned) this.#signed.set(pair, true);
    return isSigned;
  };
}

/** FIPS 186-5 section A.1.1: an odd exponent above 2^16. Smaller ones give the wrapped key away. */
// Diverges: attestation-public-key
function readRsaKey(der: Uint8Array | undefined): KeyObject {
  check(der !== undefined && der.length > 0, 'it has no public key to encrypt to');
  const key = parseKey(der);
  const { modulusLength = 0, publicExponent = 0n } = key?.asymmetricKeyDetails ?? {};
  const isUsable = modulusLength >= 2048 && publicExponent > 65_536n && publicExponent % 2n === 1n;
  check(key?.asymmetricKeyType === 'rsa' && isUsable, 'its public key is not an RSA key of 2048 bits or more');
  return key;
}

function parseKey(der: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    // OpenSSL ignores what follows.
    return key.export({ format: 'der', type: 'spki' }).equals(der) ? key : undefined;
  } catch {
    return undefined; // no SubjectPublicKeyInfo; the caller says so
  }
}
