/**
 * How key material travels here: wrapped to a public key that was made for the journey. Source: AWS KMS Developer Guide,
 * Importing key material, "Select a wrapping algorithm"; PKCS #11, CKM_RSA_AES_KEY_WRAP, for RSA_AES_KEY_WRAP.
 */
import { utf8 } from '#base/bytes.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { inWorker } from './heavy.ts';
import { readImported } from './key-material.ts';
import { unwrapWithPadding } from './key-wrap.ts';
import { readPrivateKey } from './private-key.ts';
import { publicKeyEncryption } from './public-key-encryption.ts';
import { decryptOaep, type OaepAlgorithm } from './rsa-encryption.ts';
import { keySpecs, type MaterialParameters } from './specs.ts';

export type WrappingAlgorithm = OaepAlgorithm | 'RSA_AES_KEY_WRAP_SHA_1' | 'RSA_AES_KEY_WRAP_SHA_256' | 'SM2PKE';

/** What opens one wrapped key material. */
export interface ImportParameters {
  readonly algorithm: WrappingAlgorithm;
  readonly validToMs: number;
  /** DER PKCS#8. */
  readonly privateKey: SecretBytes;
}

const direct: readonly WrappingAlgorithm[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
const withinAes: readonly WrappingAlgorithm[] = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'];

const algorithmsOfType: Readonly<Record<MaterialParameters['type'], readonly WrappingAlgorithm[]>> = {
  aes: direct,
  hmac: direct,
  rsa: withinAes,
  ec: [...direct, ...withinAes],
  seed: [...direct, ...withinAes],
};

const longestDirectly = 48; // bytes of a coordinate whose PKCS#8 still fits into what RSA_2048 can take

/** Whether material of a spec can be wrapped in this way to a key of that spec. */
// Diverges: wrapping-in-china
export function canWrap(keySpec: string, algorithm: WrappingAlgorithm, wrappingKeySpec: string): boolean {
  const row = keySpecs.get(keySpec);
  if (row === undefined) return false;
  if (row.regions === 'china') return algorithm === 'SM2PKE' && wrappingKeySpec === 'SM2';
  const { parameters } = row;
  const isTooLong =
    parameters.type === 'ec' && parameters.coordinateBytes > longestDirectly && wrappingKeySpec === 'RSA_2048';
  if (isTooLong && direct.includes(algorithm)) return false;
  return wrappingKeySpec !== 'SM2' && algorithmsOfType[parameters.type].includes(algorithm);
}

/** The material; undefined for what was not wrapped for these parameters, without a word on what was wrong. */
export async function unwrapImported(
  { algorithm, privateKey }: ImportParameters,
  wrapped: Uint8Array,
): Promise<SecretBytes | undefined> {
  const key = readPrivateKey(privateKey);
  switch (algorithm) {
    case 'RSAES_OAEP_SHA_1':
    case 'RSAES_OAEP_SHA_256':
      return decryptOaep(key, algorithm, wrapped);
    case 'SM2PKE':
      return publicKeyEncryption('SM2PKE')?.decrypt(key, wrapped);
    case 'RSA_AES_KEY_WRAP_SHA_1':
    case 'RSA_AES_KEY_WRAP_SHA_256': {
      const modulusBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
      const oaep = algorithm === 'RSA_AES_KEY_WRAP_SHA_1' ? 'RSAES_OAEP_SHA_1' : 'RSAES_OAEP_SHA_256';
      using aesKey = await decryptOaep(key, oaep, wrapped.subarray(0, modulusBytes));
      return aesKey && unwrapWithPadding(aesKey, wrapped.subarray(modulusBytes));
    }
  }
}

/** What `readImported` reads; private keys are proven off the event loop, which takes milliseconds. */
export async function readImportedInTurn(spec: string, bytes: SecretBytes): Promise<SecretBytes | undefined> {
  if (keySpecs.get(spec)?.form !== 'private-key') return readImported(spec, bytes);
  const stored = await inWorker('readImportedKey', { spec, bytes: bytes.reveal() });
  return stored && new SecretBytes(stored);
}

/** The parameters as one secret: a line of text, then the key. */
export function encodeParameters({ algorithm, validToMs, privateKey }: ImportParameters): SecretBytes {
  return new SecretBytes(Buffer.concat([utf8(`${algorithm} ${validToMs}\n`), privateKey.reveal()]));
}

/** What encodeParameters made. */
export function decodeParameters(encoded: SecretBytes): ImportParameters {
  const bytes = encoded.reveal();
  const end = bytes.indexOf(0x0a);
  const [algorithm = '', validToMs] = Buffer.from(bytes.subarray(0, end)).toString().split(' ');
  return {
    algorithm: algorithm as WrappingAlgorithm, // sealed as encodeParameters had it
    validToMs: Number(validToMs),
    privateKey: new SecretBytes(bytes.slice(end + 1)),
  };
}
