/**
 * Plain byte work: joining, unambiguous framing, strict base64.
 * Nothing here knows what the bytes mean; secrets travel in SecretBytes.
 */

/** The UTF-8 bytes of a text. Callers make sure the text is well formed (strict-json.ts refuses lone surrogates). */
export function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

/**
 * Frames each part with its length (4 bytes, big endian) and joins them, so that two different lists never give the
 * same bytes: ("ab","c") and ("a","bc") differ. They come after `head`, whose length the caller has settled.
 */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[], head: Uint8Array = new Uint8Array()): Buffer {
  let room = head.length;
  // In UTF-8, no code unit takes more than 3 bytes.
  for (const part of parts) room += 4 + (typeof part === 'string' ? part.length * 3 : part.length);
  const joined = Buffer.allocUnsafe(room);
  joined.set(head);
  let at = head.length;
  for (const part of parts) {
    const written = typeof part === 'string' ? writeText(joined, part, at + 4) : part.length;
    if (typeof part !== 'string') joined.set(part, at + 4);
    joined.writeUInt32BE(written, at);
    at += 4 + written;
  }
  return joined.subarray(0, at);
}

/** For shorter texts, a call into the runtime takes longer than the writing. */
const shortText = 40;

/** Writes a text in UTF-8; returns how many bytes it takes. */
function writeText(target: Buffer, text: string, at: number): number {
  if (text.length > shortText) return target.write(text, at);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return target.write(text, at);
    target[at + index] = code;
  }
  return text.length;
}

/**
 * RFC 4648 section 4 base64, padded, without white space or line breaks and with zero padding bits.
 * Returns undefined for anything else: Buffer.from would silently skip what it does not understand.
 */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
    // fromBase64 skips white space; a length that does not add up gives it away.
    return Math.ceil(bytes.length / 3) * 4 === text.length ? bytes : undefined;
  } catch {
    return undefined; // not base64: the caller names the member, never the text
  }
}

/** Standard padded base64. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
