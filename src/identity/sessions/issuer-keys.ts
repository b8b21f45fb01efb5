/**
 * The public keys of the issuers of web identity tokens, fetched over HTTPS and kept for minutes. An issuer that cannot be
 * asked vouches for nobody: keys that are no longer fresh are not used in its place. Source: OpenID Connect Discovery 1.0,
 * sections 3 and 4; RFC 7517. Which hosts are trusted is for TLS to say, with the certificates that Node has.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import type { Clock } from '#base/clock.ts';
import { Lru } from '#base/lru.ts';
import { ApiError } from '#model/api-error.ts';
import { issuerUnreachable, noVerificationKey } from '#model/sts-errors.ts';

/** GETs an `https:` URL. Must not follow redirections, and must stop at the signal; rejects where it gets no answer. */
export type IssuerFetch = (url: URL, signal: AbortSignal) => Promise<Response>;

const fetchOverTls: IssuerFetch = (url, signal) =>
  fetch(url, { signal, redirect: 'error', credentials: 'omit', headers: { accept: 'application/json' } });

const freshMs = 300_000;
/** An unknown key id may be that of a new key: at most this often the issuer is asked again for it. */
const rotationMs = 60_000;
/** How long a failure is remembered, since anybody can make us ask. */
const retryMs = 10_000;
const maxDocumentBytes = 262_144;
const issuerCount = 1000;

interface Known {
  readonly keys: LocalJWKSet;
  readonly fetchedAtMs: number;
}

interface Attempt {
  readonly atMs: number;
  readonly result: Promise<Known>;
}

interface Options {
  readonly fetch?: IssuerFetch;
  /** For both documents of an issuer together. */
  readonly timeoutMs?: number;
}

export class IssuerKeys {
  readonly #clock: Clock;
  readonly #fetch: IssuerFetch;
  readonly #timeoutMs: number;
  readonly #known = new Lru<Known>(issuerCount);
  readonly #attempts = new Lru<Attempt>(issuerCount);

  constructor(clock: Clock, { fetch = fetchOverTls, timeoutMs = 5000 }: Options = {}) {
    this.#clock = clock;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
  }

  /** Finds the key that a token of an issuer (`https://…`) names. Throws IDPCommunicationError and InvalidIdentityToken. */
  finderFor(issuer: string): JWTVerifyGetKey {
    return async (header, token) => {
      const keys = await this.#freshKeys(issuer);
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw noVerificationKey(error);
      }
      const renewed = await this.#attempt(issuer, rotationMs);
      try {
        return await renewed.keys(header, token);
      } catch (error) {
        throw noVerificationKey(error);
      }
    };
  }

  async #freshKeys(issuer: string): Promise<LocalJWKSet> {
    const known = this.#known.get(issuer);
    if (known !== undefined && this.#isWithin(known.fetchedAtMs, freshMs)) return known.keys;
    return (await this.#attempt(issuer, retryMs)).keys;
  }

  /** One request at a time for an issuer; the last one's result serves all who come within the interval. */
  #attempt(issuer: string, intervalMs: number): Promise<Known> {
    const last = this.#attempts.get(issuer);
    if (last !== undefined && this.#isWithin(last.atMs, intervalMs)) return last.result;
    const atMs = this.#clock.now();
    const result = this.#fetchKeys(issuer).then((keys) => {
      const known = { keys, fetchedAtMs: atMs };
      this.#known.set(issuer, known);
      return known;
    });
    this.#attempts.set(issuer, { atMs, result });
    return result;
  }

  #isWithin(atMs: number, intervalMs: number): boolean {
    const ageMs = this.#clock.now() - atMs;
    return ageMs >= 0 && ageMs < intervalMs;
  }

  async #fetchKeys(issuer: string): Promise<LocalJWKSet> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    // OpenID Connect Discovery 1.0, 4.1 and 4.3: a final slash goes before the path is added; the issuer must be the same.
    const location = secureUrl(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const discovery = await this.#readJson(location, signal);
    if (discovery['issuer'] !== issuer) throw noVerificationKey();
    const keys = await this.#readJson(secureUrl(discovery['jwks_uri']), signal);
    try {
      return createLocalJWKSet(keys as unknown as JSONWebKeySet); // which checks that it is one
    } catch (error) {
      throw noVerificationKey(error);
    }
  }

  async #readJson(url: URL, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#read(url, signal);
    try {
      return Object(JSON.parse(text));
    } catch (error) {
      throw noVerificationKey(error);
    }
  }

  async #read(url: URL, signal: AbortSignal): Promise<string> {
    try {
      const response = await this.#fetch(url, signal);
      if (!response.ok) {
        await response.body?.cancel();
        throw response.status >= 500 ? issuerUnreachable() : noVerificationKey();
      }
      return await readBounded(response);
    } catch (error) {
      throw error instanceof ApiError ? error : issuerUnreachable(error);
    }
  }
}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxDocumentBytes) throw noVerificationKey(); // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function secureUrl(text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') throw noVerificationKey();
  return url;
}
