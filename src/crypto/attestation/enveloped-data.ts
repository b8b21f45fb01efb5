/**
 * A secret for the holder of one RSA key: CMS EnvelopedData with a fresh AES-256-CBC key under RSAES-OAEP. The encoding is
 * that of AWS KMS to the byte: in BER with indefinite lengths on the outside, as AWS's Nitro Enclaves SDK for C reads it,
 * which does not take DER. Source: RFC 5652, section 6; RFC 4055, section 4.1; RFC 3565.
 */
import { constants, createCipheriv, createHash, type KeyObject, publicEncrypt } from 'node:crypto';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { encode, tags } from '#crypto/der.ts';
import { randomBytes } from '#crypto/random.ts';

/** Encrypts to a public RSA key. */
export function sealFor(publicKey: KeyObject, secret: SecretBytes): Buffer {
  const [contentKey, iv] = [randomBytes(32), randomBytes(16)];
  try {
    const cipher = createCipheriv('aes-256-cbc', contentKey, iv);
    return envelopedData({
      subjectKeyIdentifier: keyIdentifier(publicKey),
      encryptedKey: publicEncrypt(
        { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
        contentKey,
      ),
      iv,
      encryptedContent: Buffer.concat([cipher.update(secret.reveal()), cipher.final()]),
    });
  } finally {
    contentKey.fill(0);
  }
}

/** SHA-256 of the SubjectPublicKeyInfo (RFC 7093, section 2, method 4), as AWS KMS was seen to have it. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest();
}

export interface Envelope {
  readonly subjectKeyIdentifier: Uint8Array;
  readonly encryptedKey: Uint8Array;
  readonly iv: Uint8Array;
  readonly encryptedContent: Uint8Array;
}

// Object identifiers and algorithms in DER, as they stand in the envelope.
const envelopedDataType = Buffer.from('06092a864886f70d010703', 'hex');
const dataType = Buffer.from('06092a864886f70d010701', 'hex');
const aes256Cbc = Buffer.from('060960864801650304012a', 'hex');
/** RFC 4055 section 4.1: id-RSAES-OAEP with SHA-256, and MGF1 with SHA-256. */
const rsaesOaep = Buffer.from(
  '303c06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500',
  'hex',
);
const version2 = encode(tags.integer, Buffer.of(2));
const explicit0 = 0xa0;
const implicit0 = 0x80;

/** ContentInfo with EnvelopedData, both of version 2, for one recipient that is named by its key identifier. */
export function envelopedData({ subjectKeyIdentifier, encryptedKey, iv, encryptedContent }: Envelope): Buffer {
  const recipient = encode(
    tags.sequence,
    version2,
    encode(implicit0, subjectKeyIdentifier),
    rsaesOaep,
    encode(tags.octetString, encryptedKey),
  );
  const content = encodeOpen(
    tags.sequence,
    dataType,
    encode(tags.sequence, aes256Cbc, encode(tags.octetString, iv)),
    encodeOpen(explicit0, encode(tags.octetString, encryptedContent)),
  );
  const data = encodeOpen(tags.sequence, version2, encode(tags.set, recipient), content);
  return encodeOpen(tags.sequence, envelopedDataType, encodeOpen(explicit0, data));
}

/** X.690 section 8.1.3.6, of BER alone: contents with an end after them instead of a length before them. */
function encodeOpen(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]);
}
