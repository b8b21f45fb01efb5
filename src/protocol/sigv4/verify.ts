/**
 * Proves a signature. The order is fixed so that nothing before the proof depends on the credential: what is covered,
 * time, then the proof. An unknown access key id has a pseudo secret and fails like a wrong signature: the same text after
 * the same work. AWS says UnrecognizedClientException there, which tells ids apart.
 */

import { timingSafeEqual } from 'node:crypto';
import { type Awaitable, after } from '#base/after.ts';
import type { Clock } from '#base/clock.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { signatureMismatch, unrecognizedClient } from '#model/errors.ts';
import { formatAmzDate } from './amz-date.ts';
import { canonicalRequest, s3Rules, stringToSign } from './canonical.ts';
import { signatureExpired, signatureNotYetCurrent } from './refusals.ts';
import type { Authorization, SignedRequest } from './request.ts';
import { deriveSigningKey, SigningKeys, signatureOf } from './signing-key.ts';

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

/** Whose credential a request says to have signed with. */
export type CredentialClaim = Pick<Authorization, 'accessKeyId' | 'sessionToken'>;

export interface VerifierSettings<Credential extends SigningCredential> {
  readonly clock: Clock;
  /** How far a client's clock may be off; AWS KMS allows 300. */
  readonly maxSkewSeconds: number;
  /**
   * Finds a credential for every access key id, or refuses its session token: for an unknown one with `known: false` and a random secret. A promise
   * means that it searched, a value that it remembered. May throw or reject when the store is out of reach.
   */
  find(claim: CredentialClaim): Credential | Promise<Credential>;
  /** The work that `find` does for what it does not remember; absent where it never remembers. */
  findAnew?(claim: CredentialClaim): Promise<Credential>;
  /** Whether paths are, of services other than Amazon S3; true unless given. */
  readonly normalizePath?: boolean;
  /** Of how many access keys signing keys are remembered. */
  readonly accessKeys?: number;
}

interface Proof {
  readonly toSign: string;
  readonly wasSearched: boolean;
}

interface Spent {
  readonly hasSearched: boolean;
  readonly hasDerived: boolean;
}

/** Some tens of bytes for each access key, and a few hundred for each of its scopes in use. */
const accessKeyCapacity = 4096;
const signatureLength = 64;

export class SignatureVerifier<Credential extends SigningCredential> {
  readonly #settings: VerifierSettings<Credential>;
  readonly #canonical: { readonly normalizePath: boolean };
  readonly #signingKeys: SigningKeys;

  constructor(settings: VerifierSettings<Credential>) {
    this.#settings = settings;
    this.#signingKeys = new SigningKeys(settings.accessKeys ?? accessKeyCapacity);
    this.#canonical = { normalizePath: settings.normalizePath ?? true };
  }

  /**
   * The credential that signed the request, at once where `find` remembers it. Throws or rejects with InvalidSignature or
   * UnrecognizedClient, and as `find` does.
   */
  verify(request: SignedRequest, authorization: Authorization): Awaitable<Credential> {
    const rules = authorization.service === 's3' ? s3Rules : this.#canonical;
    const canonical = canonicalRequest(request, authorization, rules);
    this.#checkTime(authorization);
    const toSign = stringToSign(authorization, canonical);

    const found = this.#settings.find(authorization);
    const proof = { toSign, wasSearched: found instanceof Promise };
    return after(found, (credential) => this.#prove(credential, authorization, proof));
  }

  #prove(credential: Credential, authorization: Authorization, proof: Proof): Awaitable<Credential> {
    const remembered = this.#signingKeys.find(credential, authorization);
    const key = remembered ?? deriveSigningKey(credential.secret, authorization);
    const matches = isSame(signatureOf(key, proof.toSign), authorization.signature);
    if (!matches || !credential.known) {
      return this.#refuse(credential, authorization, {
        hasSearched: proof.wasSearched,
        hasDerived: remembered === undefined,
      });
    }
    // Kept only after the proof, so that strangers neither fill the memory nor push anything out of it.
    if (remembered === undefined) this.#signingKeys.keep(credential, authorization, key);
    // Only after the proof: whether a token belongs to an access key is for its owner alone to learn.
    checkSessionToken(credential.sessionToken, authorization.sessionToken);
    return credential;
  }

  /** What was spared by remembering is done now, so that every refusal costs one search and one derivation. */
  async #refuse(
    credential: Credential,
    authorization: Authorization,
    { hasSearched, hasDerived }: Spent,
  ): Promise<never> {
    if (!hasSearched) await this.#settings.findAnew?.(authorization);
    if (!hasDerived) deriveSigningKey(credential.secret, authorization);
    throw signatureMismatch(credential.known ? 'wrong signature' : 'unknown access key');
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
  if (given.length !== signatureLength) return false;
  const [expectedBytes, givenBytes] = compared;
  expectedBytes.write(expected, 'utf8');
  givenBytes.fill(0); // a character of two bytes may leave the last one free, and what lies there is of another signature
  givenBytes.write(given, 'utf8');
  return timingSafeEqual(expectedBytes, givenBytes);
}

const compared = [Buffer.alloc(signatureLength), Buffer.alloc(signatureLength)] as const;

function checkSessionToken(expected: string | undefined, given: string | undefined): void {
  if (expected === undefined && given === undefined) return;
  if (expected === undefined || given === undefined) throw unrecognizedClient();
  const expectedBytes = Buffer.from(expected, 'utf8');
  const givenBytes = Buffer.from(given, 'utf8');
  if (expectedBytes.length !== givenBytes.length || !timingSafeEqual(expectedBytes, givenBytes)) {
    throw unrecognizedClient();
  }
}
