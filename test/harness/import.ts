/** Imports key material as a client does: asks for parameters, wraps to the public key, sends. */
import { createCipheriv, createPublicKey, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encryptSm2 } from '#crypto/sm2/encryption.ts';
import type { Answer, Kms, SendOptions } from './kms.ts';

export interface Wrapping {
  readonly WrappingAlgorithm: string;
  readonly WrappingKeySpec: string;
}

export interface Parameters {
  readonly ImportToken: string;
  readonly PublicKey: string;
  readonly ParametersValidTo: number;
}

const oaep: Wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' };

/** The wrapping that a spec can have, the quickest one. */
export function wrappingOf(keySpec: string): Wrapping {
  if (keySpec === 'SM2') return { WrappingAlgorithm: 'SM2PKE', WrappingKeySpec: 'SM2' };
  const isLong = keySpec.startsWith('RSA') || keySpec === 'ECC_NIST_P521';
  return isLong ? { WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256', WrappingKeySpec: 'RSA_2048' } : oaep;
}

/** Fresh material of a spec, as its owner has it: raw, or DER PKCS#8. */
export function materialFor(keySpec: string): Buffer {
  if (keySpec === 'SYMMETRIC_DEFAULT') return randomBytes(32);
  const [family, size] = keySpec.split('_');
  if (family === 'HMAC') return randomBytes(Number(size) / 8);
  const form = { format: 'der', type: 'pkcs8' } as const;
  if (family === 'RSA') {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: Number(size) });
    return privateKey.export(form);
  }
  if (keySpec === 'ECC_NIST_EDWARDS25519') return generateKeyPairSync('ed25519').privateKey.export(form);
  const namedCurve = curves[keySpec];
  if (namedCurve === undefined) throw new Error(`No material of ${keySpec} can be brought.`);
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export(form);
}

const curves: Readonly<Record<string, string>> = {
  ECC_NIST_P256: 'P-256',
  ECC_NIST_P384: 'P-384',
  ECC_NIST_P521: 'P-521',
  ECC_SECG_P256K1: 'secp256k1',
  SM2: 'SM2',
};

/** RFC 5649, RFC 8017 and GB/T 32918.4, by OpenSSL but for the last. */
export function wrapFor({ WrappingAlgorithm }: Wrapping, publicKey: string, material: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  if (WrappingAlgorithm === 'SM2PKE') return encryptSm2(key, new SecretBytes(material.slice()));
  const oaepHash = WrappingAlgorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  if (!WrappingAlgorithm.startsWith('RSA_AES')) return publicEncrypt({ key, oaepHash }, material);
  const aesKey = randomBytes(32);
  const wrapping = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([publicEncrypt({ key, oaepHash }, aesKey), wrapping.update(material), wrapping.final()]);
}

export interface ImportOptions extends SendOptions {
  readonly wrapping?: Wrapping;
}

/** Members of ImportKeyMaterial that carry the material, for a key that takes RSA wrapping unless told otherwise. */
export async function wrapped(
  kms: Kms,
  KeyId: string,
  material: Uint8Array,
  { wrapping = oaep, ...options }: ImportOptions = {},
): Promise<{ KeyId: string; ImportToken: string; EncryptedKeyMaterial: string }> {
  const { ImportToken, PublicKey }: Parameters = await kms.ok(
    'GetParametersForImport',
    { KeyId, ...wrapping },
    options,
  );
  return { KeyId, ImportToken, EncryptedKeyMaterial: wrapFor(wrapping, PublicKey, material).toString('base64') };
}

/** Sends the material, which does not expire unless `members` say so. */
export async function sendMaterial(
  kms: Kms,
  KeyId: string,
  material: Uint8Array,
  members: object = {},
  options: ImportOptions = {},
): Promise<Answer> {
  const { wrapping: _, ...sending } = options;
  const model = 'ValidTo' in members ? {} : { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
  return kms.send(
    'ImportKeyMaterial',
    { ...(await wrapped(kms, KeyId, material, options)), ...model, ...members },
    sending,
  );
}
