/**
 * HMAC-SHA-256 (FIPS 198-1) under a key that serves many requests. The key is padded once, and a MAC is then two one-shot hashes:
 * an Hmac object of node:crypto, made for a single MAC and collected afterwards, costs twice as much.
 *
 * The padded key lies in memory of its own, which the collector does not move, and is wiped when nobody has this key any more.
 */
import { hash } from 'node:crypto';

const blockBytes = 64;
const hashBytes = 32;

/** What is hashed first, and then: each begins with the padded key. */
interface Frames {
  inner: Buffer;
  readonly outer: Buffer;
}

const wipedWhenCollected = new FinalizationRegistry<Frames>(({ inner, outer }) => {
  inner.fill(0);
  outer.fill(0);
});

export class HmacKey {
  readonly #frames: Frames;

  /** The bytes may be wiped afterwards. */
  constructor(secret: Uint8Array) {
    const key = secret.length > blockBytes ? hash('sha256', secret, 'buffer') : secret;
    const frames = { inner: Buffer.alloc(blockBytes), outer: Buffer.alloc(blockBytes + hashBytes) };
    for (let at = 0; at < blockBytes; at++) {
      const byte = key[at] ?? 0;
      frames.inner[at] = byte ^ 0x36;
      frames.outer[at] = byte ^ 0x5c;
    }
    if (key !== secret) key.fill(0);
    wipedWhenCollected.register(this, frames);
    this.#frames = frames;
  }

  /** The MAC of bytes. */
  mac(message: Uint8Array): Buffer {
    this.#roomFor(message.length).set(message, blockBytes);
    return hash('sha256', this.#hashInner(), 'buffer');
  }

  /** The MAC of a text of one byte for each character, as 64 lower-case hexadecimal digits. */
  macHex(message: string): string {
    this.#roomFor(message.length).write(message, blockBytes, 'latin1');
    return hash('sha256', this.#hashInner(), 'hex');
  }

  /** The inner frame, made anew where the message has another length than the one before: they seldom have. */
  #roomFor(messageBytes: number): Buffer {
    const { inner } = this.#frames;
    if (inner.length === blockBytes + messageBytes) return inner;
    const resized = Buffer.alloc(blockBytes + messageBytes);
    inner.copy(resized, 0, 0, blockBytes);
    inner.fill(0);
    this.#frames.inner = resized;
    return resized;
  }

  /** The outer frame, with the hash of the inner one in it. */
  #hashInner(): Buffer {
    const { inner, outer } = this.#frames;
    outer.write(hash('sha256', inner, 'latin1'), blockBytes, 'latin1');
    return outer;
  }
}
