/**
 * The symmetric ciphertext (CiphertextBlob): what it looks like and how it is made and opened.
 *
 *   offset  bytes
 *   0       1      format version, 1
 *   1       1      form of the key id: 0 UUID, 1 multi-Region (mrk-)
 *   2       6      account id, as a big-endian number
 *   8       16     key id
 *   24      32     key material id
 *   56      16     nonce of the key derivation
 *   72      12     IV
 *   84      n      AES-256-GCM ciphertext
 *   84+n    16     tag
 *
 * The encryption key is derived for this one ciphertext (kdf.ts) from the backing key and the nonce. The AAD is all that
 * comes before the ciphertext, then the encryption context in a form that no other context shares. A Region is not
 * named: related multi-Region keys open each other's ciphertexts. Any version ever written stays readable
 * (test/golden).
 */
import { createHmac } from 'node:crypto';
import { lengthPrefixed, utf8 } from '#base/bytes.ts';
import { HmacKey } from '#base/hmac-key.ts';
import { Lru } from '#base/lru.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { type AccountId, type KeyId, parseAccountId, parseKeyId } from '#model/arn.ts';
import { ivBytes, open, sealInto, tagBytes } from './aead.ts';
import { KeyDerivation } from './kdf.ts';
import { fillRandomly } from './random.ts';

export type EncryptionContext = ReadonlyMap<string, string>;

export const noContext: EncryptionContext = new Map();

/** Which key, and which of its materials, a ciphertext was made with. */
export interface MaterialName {
  readonly accountId: AccountId;
  readonly keyId: KeyId;
  /** 64 lower-case hexadecimal digits. */
  readonly materialId: string;
}

// Diverges: ciphertext-layout
const version = 1;
const prefixBytes = 56;
const nonceBytes = 16;
const headerBytes = prefixBytes + nonceBytes + ivBytes;
const encryption = { label: utf8('keywright envelope 1'), contextBytes: nonceBytes, lengthBytes: 32 };

/** A backing key, ready for use: the only thing that makes and opens ciphertexts. */
export class EnvelopeKey {
  readonly name: MaterialName;
  readonly #keys: KeyDerivation;
  readonly #prefix: Uint8Array;

  /** 256 bits of material. The secret may be disposed of afterwards. */
  constructor(name: MaterialName, material: SecretBytes) {
    this.name = name;
    this.#keys = new KeyDerivation(new HmacKey(material.reveal()), encryption);
    this.#prefix = encodePrefix(name);
  }

  /** The ciphertext is 100 bytes longer than the plaintext. */
  encrypt(plaintext: SecretBytes, context: EncryptionContext): Buffer {
    const ciphertext = Buffer.allocUnsafe(headerBytes + plaintext.length + tagBytes);
    ciphertext.set(this.#prefix);
    fillRandomly(ciphertext, prefixBytes, headerBytes);
    const sealing = this.#sealing(ciphertext.subarray(0, headerBytes), context);
    sealInto(ciphertext, headerBytes, sealing, plaintext.reveal());
    sealing.key.fill(0);
    return ciphertext;
  }

  /** Undefined where the ciphertext is not this material's, has changed, or was made under another context. */
  decrypt(ciphertext: Uint8Array, context: EncryptionContext): SecretBytes | undefined {
    if (ciphertext.length < headerBytes + tagBytes) return undefined;
    if (Buffer.compare(ciphertext.subarray(0, prefixBytes), this.#prefix) !== 0) return undefined;
    const header = ciphertext.subarray(0, headerBytes);
    const sealing = this.#sealing(header, context);
    const plaintext = open(sealing, ciphertext.subarray(headerBytes));
    sealing.key.fill(0);
    return plaintext === undefined ? undefined : new SecretBytes(plaintext);
  }

  #sealing(header: Uint8Array, context: EncryptionContext) {
    const key = this.#keys.derive(header, prefixBytes);
    const iv = header.subarray(prefixBytes + nonceBytes, headerBytes);
    return { key, iv, aad: context.size === 0 ? header : withCanonicalContext(header, context) };
  }
}

/** What prefixes say, of those that were read lately: a key's ciphertexts all begin with the same one. */
const namesRead = new Lru<MaterialName>(4096);

/** Whose ciphertext it says it is: not proven before it has been decrypted. Undefined for what is not a ciphertext. */
export function readMaterialName(ciphertext: Uint8Array): MaterialName | undefined {
  if (ciphertext.length < headerBytes + tagBytes || ciphertext[0] !== version) return undefined;
  const prefix = Buffer.from(ciphertext.buffer, ciphertext.byteOffset, prefixBytes);
  const text = prefix.toString('latin1');
  const known = namesRead.get(text);
  if (known !== undefined) return known;
  const name = parsePrefix(prefix);
  if (name !== undefined) namesRead.set(text, name);
  return name;
}

function parsePrefix(prefix: Buffer): MaterialName | undefined {
  const accountId = parseAccountId(prefix.readUIntBE(2, 6).toString().padStart(12, '0'));
  const keyId = parseKeyId(keyIdText(prefix[1], prefix.toString('hex', 8, 24)));
  if (accountId === undefined || keyId === undefined) return undefined;
  return { accountId, keyId, materialId: prefix.toString('hex', 24, prefixBytes) };
}

/**
 * The id of a material: a PRF of the material over the key it belongs to. It tells nothing about the material, and the
 * same material in the same key has the same id.
 */
export function materialIdOf(keyId: KeyId, material: SecretBytes): string {
  // HMAC takes keys of other lengths than its own for others: zeros at the end do not count, and long ones are hashed.
  const length = material.length === 32 ? [] : [String(material.length)];
  return createHmac('sha256', material.reveal())
    .update(lengthPrefixed(['keywright key material id 1', keyId, ...length]))
    .digest('hex');
}

/**
 * The header, then the pairs in the order of their names, each text framed by its length: two different contexts never
 * give the same bytes. Names are ordered as ECMAScript compares strings, by UTF-16 code unit.
 */
function withCanonicalContext(header: Uint8Array, context: EncryptionContext): Buffer {
  const names = [...context.keys()];
  sort(names);
  const parts: string[] = [];
  for (const name of names) parts.push(name, context.get(name) ?? '');
  return lengthPrefixed(parts, header);
}

const fewNames = 8;

/** As Array.prototype.sort does it, which makes copies: contexts have a handful of names. */
function sort(names: string[]): void {
  if (names.length > fewNames) {
    names.sort();
    return;
  }
  for (let end = 1; end < names.length; end++) {
    const name = names[end] ?? '';
    let at = end;
    for (; at > 0 && (names[at - 1] ?? '') > name; at--) names[at] = names[at - 1] ?? '';
    names[at] = name;
  }
}

function encodePrefix({ accountId, keyId, materialId }: MaterialName): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix[0] = version;
  prefix[1] = keyId.startsWith('mrk-') ? 1 : 0;
  prefix.writeUIntBE(Number(accountId), 2, 6);
  prefix.set(Buffer.from(keyId.replace('mrk-', '').replaceAll('-', ''), 'hex'), 8);
  prefix.set(Buffer.from(materialId, 'hex'), 24);
  return prefix;
}

function keyIdText(form: number | undefined, hex: string): string {
  if (form === 1) return `mrk-${hex}`;
  if (form !== 0) return '';
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
