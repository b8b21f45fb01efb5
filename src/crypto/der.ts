/**
 * The little of ASN.1's Distinguished Encoding Rules (ITU-T X.690) that keys, signatures and ciphertexts need. The reader
 * takes definite lengths only, and refuses what a value of DER cannot be; it knows nothing of what the values mean.
 */

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value: its tag, its contents, and its whole encoding. The buffers are parts of what was read, not copies. */
export interface Element {
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly encoding: Uint8Array;
}

/** The values that the bytes are made of, one after the other; undefined where they are not DER to the last byte. */
export function readElements(bytes: Uint8Array): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const element = readFirst(rest);
    if (element === undefined) return undefined;
    elements.push(element);
    rest = rest.subarray(element.encoding.length);
  }
  return elements;
}

/** What a SEQUENCE is made of, where the bytes are one SEQUENCE and nothing else. */
export function readSequence(bytes: Uint8Array): readonly Element[] | undefined {
  const [only, ...more] = readElements(bytes) ?? [];
  return only?.tag === tags.sequence && more.length === 0 ? readElements(only.contents) : undefined;
}

/** The magnitude of a non-negative INTEGER in its shortest form, without leading zeros. */
export function readUnsigned(element: Element | undefined): Uint8Array | undefined {
  if (element?.tag !== tags.integer) return undefined;
  const [first, second] = element.contents;
  if (first === undefined || first >= 0x80) return undefined;
  if (first !== 0 || second === undefined) return element.contents.subarray(first === 0 ? 1 : 0);
  return second >= 0x80 ? element.contents.subarray(1) : undefined; // X.690 section 8.3.2: one zero, and only if needed
}

export function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(tag), encodeLength(length), ...contents]);
}

export function encodeUnsigned(magnitude: Uint8Array): Buffer {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const shortest = start < 0 ? new Uint8Array() : magnitude.subarray(start);
  return (shortest[0] ?? 0x80) >= 0x80 ? encode(tags.integer, Buffer.of(0), shortest) : encode(tags.integer, shortest);
}

function readFirst(bytes: Uint8Array): Element | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 3 || bytes.length < 2 + lengthBytes) return undefined;
  const length =
    lengthBytes === 0 ? first : bytes.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const start = 2 + lengthBytes;
  const isShortest = encodeLength(length).length === start - 1; // X.690 section 10.1
  if (!isShortest || bytes.length < start + length) return undefined;
  return { tag, contents: bytes.subarray(start, start + length), encoding: bytes.subarray(0, start + length) };
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}
