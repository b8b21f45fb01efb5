/**
 * Proves a signature. The order is fixed so that nothing before the proof depends on the credential: what is covered,
 * time, then the same work for every access key id. An unknown one has a pseudo secret and fails like a wrong signature:
 * the same text after the same work, cached alike. AWS says UnrecognizedClientException there, which tells ids apart.
 */

import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { signatureMismatch, unrecognizedClient } from '#model/errors.ts';
import { formatAmzDate } from './amz-date.ts';
import { canonicalRequest, stringToSign } from './canonical.ts';
import { signatureExpired, signatureNotYetCurrent } from './refusals.ts';
import type { Authorization, SignedRequest } from './request.ts';
import { SigningKeys, signatureOf } from './signing-key.ts';

/** What verification needs to know of an access key. */
export interface SigningCredential {
  readonly accessKeyId: string;
  /** Must stay undisposed while it is in use. Call `forget` before disposing of it. */
  readonly secret: SecretBytes;
  /** False for an access key id that does not exist or may not be used; `secret` is then one that nobody knows. */
  readonly known: boolean;
  /** Present for temporary credentials; the request must carry the same. */
  readonly sessionToken?: string | undefined;
}

export interface VerifierSettings<Credential extends SigningCredential> {
  readonly clock: Clock;
  /** How far a client's clock may be off; AWS KMS allows 300. */
  readonly maxSkewSeconds: number;
  /**
   * Finds a credential for every access key id: for an unknown one with `known: false` and a secret that is random, the
   * same for that id each time, and found in the same time. May throw or reject when the store is out of reach.
   */
  find(accessKeyId: string): Credential | Promise<Credential>;
  /** False for Amazon S3's rules of the canonical path; true unless given. */
  readonly normalizePath?: boolean;
}

/** Some tens of bytes for each access key, and a few hundred for each of its scopes in use. */
const accessKeyCapacity = 4096;
const signatureLength = 64;

export class SignatureVerifier<Credential extends SigningCredential> {
  readonly #settings: VerifierSettings<Credential>;
  readonly #canonical: { readonly normalizePath: boolean };
  readonly #signingKeys = new SigningKeys(accessKeyCapacity);

  constructor(settings: VerifierSettings<Credential>) {
    this.#settings = settings;
    this.#canonical = { normalizePath: settings.normalizePath ?? true };
  }

  /** The credential that signed the request. Rejects with InvalidSignature or UnrecognizedClient, and as `find` does. */
  async verify(request: SignedRequest, authorization: Authorization): Promise<Credential> {
    const canonical = canonicalRequest(request, authorization, this.#canonical);
    this.#checkTime(authorization);
    const toSign = stringToSign(authorization, canonical);

    const found = this.#settings.find(authorization.accessKeyId);
    const credential = found instanceof Promise ? await found : found;
    const key = this.#signingKeys.keyFor(credential, authorization);
    const matches = isSame(signatureOf(key, toSign), authorization.signature);
    if (!matches || !credential.known) {
      throw signatureMismatch(credential.known ? 'wrong signature' : 'unknown access key');
    }
    // Only after the proof: whether a token belongs to an access key is for its owner alone to learn.
    checkSessionToken(credential.sessionToken, authorization.sessionToken);
    return credential;
  }

  /** Drops the signing keys of an access key that was deactivated, deleted or given another secret. */
  forget(accessKeyId: string): void {
    this.#signingKeys.forget(accessKeyId);
  }

  #checkTime({ amzDate, signedAtMs, expiresSeconds }: Authorization): void {
    const { clock, maxSkewSeconds } = this.#settings;
    const nowMs = Math.floor(clock.now() / 1000) * 1000; // whole seconds, as dates on the wire are
    const maxAgeSeconds = expiresSeconds ?? maxSkewSeconds;
    const earliestMs = nowMs - maxAgeSeconds * 1000;
    const latestMs = nowMs + maxSkewSeconds * 1000;
    if (signedAtMs < earliestMs) {
      const bound = { limit: formatAmzDate(earliestMs), now: formatAmzDate(nowMs), allowedSeconds: maxAgeSeconds };
      throw signatureExpired({ amzDate, ...bound });
    }
    if (signedAtMs > latestMs) {
      const bound = { limit: formatAmzDate(latestMs), now: formatAmzDate(nowMs), allowedSeconds: maxSkewSeconds };
      throw signatureNotYetCurrent({ amzDate, ...bound });
    }
  }
}

/** Upper-case hexadecimal is another signature: one request has exactly one. */
// Diverges: sigv4-lower-case-hex
function isSame(expected: string, given: string): boolean {
  const givenBytes = Buffer.from(given, 'utf8');
  return givenBytes.length === signatureLength && timingSafeEqual(Buffer.from(expected, 'utf8'), givenBytes);
}

function checkSessionToken(expected: string | undefined, given: string | undefined): void {
  if (expected === undefined && given === undefined) return;
  if (expected === undefined || given === undefined) throw unrecognizedClient();
  const expectedBytes = Buffer.from(expected, 'utf8');
  const givenBytes = Buffer.from(given, 'utf8');
  if (expectedBytes.length !== givenBytes.length || !timingSafeEqual(expectedBytes, givenBytes)) {
    throw unrecognizedClient();
  }
}
