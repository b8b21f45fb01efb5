/**
 * The keys that digest files are signed with. Each is a secret of the service, wrapped under the root of trust as all of them; its
 * name says from when it is valid. A new one is made every year, and the old ones stay, so that old files can be validated.
 */

import { dayMs } from '#base/clock.ts';
import { type DigestSigningKey, digestPublicKey } from '#crypto/audit-digest.ts';
import { generateKeyPair } from '#crypto/generate-key-pair.ts';
import { readPrivateKey } from '#crypto/private-key.ts';
import { openServiceSecret, type Vault } from '#custody/vault.ts';
import type { DigestKey } from './delivered-files.ts';

const namePrefix = 'audit digest ';
const renewedAfterMs = 365 * dayMs;
/** A little longer than it is in use. */
const validMs = 400 * dayMs;
const mostServiceKeys = 10_000;

interface Kept {
  readonly signingKey: DigestSigningKey;
  readonly shown: DigestKey;
}

// Diverges: digest-keys
export class DigestKeys {
  readonly #vault: Vault;
  readonly #kept = new Map<string, Kept>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** The oldest first. */
  async list(): Promise<readonly DigestKey[]> {
    return (await this.#load()).map(({ shown }) => shown);
  }

  /** The key for digest files of that time. Valid from their beginning, so that whoever asks for keys of that time finds it. */
  async keyFor({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }): Promise<DigestSigningKey> {
    const newest = (await this.#load()).at(-1);
    if (newest !== undefined && untilMs < newest.shown.validFromMs + renewedAfterMs) return newest.signingKey;
    const { privateKey } = await generateKeyPair('RSA_2048');
    return (await this.#open(`${namePrefix}${new Date(fromMs).toISOString()}`, () => privateKey)).signingKey;
  }

  async #load(): Promise<readonly Kept[]> {
    const entries = await this.#vault.store.list('serviceKeys', { within: [], limit: mostServiceKeys });
    const names = entries.flatMap(({ key: [name = ''] }) => (name.startsWith(namePrefix) ? [name] : []));
    return Promise.all(names.sort().map((name) => this.#open(name)));
  }

  async #open(name: string, make?: Parameters<typeof openServiceSecret>[2]): Promise<Kept> {
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    using secret = await openServiceSecret(this.#vault, name, make);
    const signingKey = readPrivateKey(secret);
    const validFromMs = Date.parse(name.slice(namePrefix.length));
    const shown = { ...digestPublicKey(signingKey), validFromMs, validToMs: validFromMs + validMs };
    this.#kept.set(name, { signingKey, shown });
    return { signingKey, shown };
  }
}
