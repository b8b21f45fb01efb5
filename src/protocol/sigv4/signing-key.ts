/**
 * Signing keys, derived by the HMAC chain of the IAM User Guide ("Calculate the signature") and kept for their day: a
 * request then costs one HMAC instead of five.
 */

import { createHmac } from 'node:crypto';
import { HmacKey } from '#base/hmac-key.ts';
import { Lru } from '#base/lru.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import type { Authorization } from './request.ts';

export type Scope = Pick<Authorization, 'date' | 'region' | 'service' | 'scope'>;

interface Holder {
  readonly accessKeyId: string;
  readonly secret: SecretBytes;
}

/** Scopes are the caller's to choose, so that one access key's are bounded apart from everyone else's. */
const scopesPerAccessKey = 8;

export class SigningKeys {
  readonly #byAccessKey: Lru<{ secret: SecretBytes; keys: Lru<HmacKey> }>;

  constructor(accessKeyCapacity: number) {
    this.#byAccessKey = new Lru(accessKeyCapacity);
  }

  /**
   * The key for a scope, if it is remembered. What was derived from another secret than the one passed is not used;
   * secrets are compared by their bytes, so that a finder may make a new object for each request.
   */
  find({ accessKeyId, secret }: Holder, scope: Scope): HmacKey | undefined {
    const kept = this.#byAccessKey.get(accessKeyId);
    return kept !== undefined && isSame(kept.secret, secret) ? kept.keys.get(scope.scope) : undefined;
  }

  /** Remembers a key that was derived from the secret for the scope, and drops what another secret had. */
  keep({ accessKeyId, secret }: Holder, scope: Scope, key: HmacKey): void {
    let kept = this.#byAccessKey.get(accessKeyId);
    if (kept === undefined || !isSame(kept.secret, secret)) {
      kept = { secret, keys: new Lru(scopesPerAccessKey) };
      this.#byAccessKey.set(accessKeyId, kept);
    }
    kept.keys.set(scope.scope, key);
  }

  /** Drops every key derived for an access key. May be called for one that was never seen. */
  forget(accessKeyId: string): void {
    this.#byAccessKey.delete(accessKeyId);
  }
}

function isSame(a: SecretBytes, b: SecretBytes): boolean {
  return a === b || a.equals(b);
}

export function deriveSigningKey(secret: SecretBytes, { date, region, service }: Omit<Scope, 'scope'>): HmacKey {
  let key = Buffer.concat([Buffer.from('AWS4'), secret.reveal()]);
  for (const part of [date, region, service, 'aws4_request']) {
    const next = createHmac('sha256', key).update(part).digest();
    key.fill(0);
    key = next;
  }
  const signingKey = new HmacKey(key);
  key.fill(0);
  return signingKey;
}

/** The signature as it travels: 64 lower-case hexadecimal digits. */
export function signatureOf(key: HmacKey, stringToSign: string): string {
  return key.macHex(stringToSign);
}
