/**
 * The key specs, one row each: what they are for, what they take, what their material is. No other file tells specs apart.
 * Source: AWS KMS Developer Guide, Key spec reference; object identifiers: RFC 8017, RFC 5480, RFC 8410, RFC 9881,
 * draft-ietf-lamps-kyber-certificates, GM/T 0006.
 */

export type KeyUsage =
  | 'ENCRYPT_DECRYPT'
  | 'SIGN_VERIFY'
  | 'GENERATE_VERIFY_MAC'
  | 'KEY_AGREEMENT'
  | 'ENCAPSULATE_DECAPSULATE';

/** What the material of a spec is. `algorithm` is the DER AlgorithmIdentifier, in hexadecimal. */
export type MaterialParameters =
  | { readonly type: 'aes'; readonly bytes: 32 }
  /** As long as the hash where we make it; what is imported may have up to 128 bytes. */
  | { readonly type: 'hmac'; readonly hash: 'sha224' | 'sha256' | 'sha384' | 'sha512'; readonly bytes: number }
  | RsaParameters
  | CurveParameters
  | SeedParameters;

export interface RsaParameters {
  readonly type: 'rsa';
  readonly algorithm: string;
  readonly modulusBits: 2048 | 3072 | 4096;
}

export interface CurveParameters {
  readonly type: 'ec';
  readonly algorithm: string;
  /** As OpenSSL calls it. */
  readonly curve: 'prime256v1' | 'secp384r1' | 'secp521r1' | 'secp256k1' | 'SM2';
  readonly coordinateBytes: 32 | 48 | 66;
}

/** Keys whose private and public halves are octet strings of one length. */
export interface SeedParameters {
  readonly type: 'seed';
  readonly algorithm: string;
  /** As Node calls it. */
  readonly keyType: `ed25519` | `ml-dsa-${44 | 65 | 87}` | `ml-kem-${512 | 768 | 1024}`;
  readonly publicBytes: number;
}

interface Uses {
  readonly usages: readonly KeyUsage[];
  /** By usage, in the order in which AWS lists them. */
  readonly algorithms: Readonly<Partial<Record<KeyUsage, readonly string[]>>>;
  readonly canBeImported: boolean;
  /** Whether GenerateDataKeyPair makes it. */
  readonly isDataKeyPair: boolean;
  /** Where it is offered, if not everywhere. */
  readonly regions?: 'china' | 'elsewhere';
}

export type KeySpecRow = Uses &
  (
    | { readonly form: 'envelope'; readonly parameters: MaterialParameters & { type: 'aes' } }
    | { readonly form: 'mac'; readonly parameters: MaterialParameters & { type: 'hmac' } }
    | { readonly form: 'private-key'; readonly parameters: RsaParameters | CurveParameters | SeedParameters }
  );

const rsa = (modulusBits: RsaParameters['modulusBits']): KeySpecRow => ({
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  algorithms: {
    ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    SIGN_VERIFY: [
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ],
  },
  form: 'private-key',
  canBeImported: true,
  isDataKeyPair: true,
  parameters: { type: 'rsa', algorithm: '300d06092a864886f70d0101010500', modulusBits },
});

const ec = (
  curve: Omit<CurveParameters, 'type'>,
  algorithms: KeySpecRow['algorithms'],
  rest: Pick<KeySpecRow, 'regions'> = {},
): KeySpecRow => ({
  usages: Object.keys(algorithms) as KeyUsage[], // written down right below
  algorithms,
  form: 'private-key',
  canBeImported: true,
  isDataKeyPair: true,
  parameters: { type: 'ec', ...curve },
  ...rest,
});

const hmac = (bits: 224 | 256 | 384 | 512): KeySpecRow => ({
  usages: ['GENERATE_VERIFY_MAC'],
  algorithms: { GENERATE_VERIFY_MAC: [`HMAC_SHA_${bits}`] },
  form: 'mac',
  canBeImported: true,
  isDataKeyPair: false,
  parameters: { type: 'hmac', hash: `sha${bits}`, bytes: bits / 8 },
});

const mlDsa = (set: 44 | 65 | 87, algorithm: string, publicBytes: number): KeySpecRow => ({
  usages: ['SIGN_VERIFY'],
  algorithms: { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] },
  form: 'private-key',
  canBeImported: false,
  isDataKeyPair: false,
  parameters: { type: 'seed', algorithm, keyType: `ml-dsa-${set}`, publicBytes },
});

const mlKem = (set: 512 | 768 | 1024, algorithm: string, publicBytes: number): KeySpecRow => ({
  usages: ['ENCAPSULATE_DECAPSULATE'],
  algorithms: { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] },
  form: 'private-key',
  // Diverges: import-of-ml-kem
  canBeImported: false,
  isDataKeyPair: true,
  regions: 'elsewhere',
  parameters: { type: 'seed', algorithm, keyType: `ml-kem-${set}`, publicBytes },
});

const p256 = {
  curve: 'prime256v1',
  algorithm: '301306072a8648ce3d020106082a8648ce3d030107',
  coordinateBytes: 32,
} as const;
const p384 = { curve: 'secp384r1', algorithm: '301006072a8648ce3d020106052b81040022', coordinateBytes: 48 } as const;
const p521 = { curve: 'secp521r1', algorithm: '301006072a8648ce3d020106052b81040023', coordinateBytes: 66 } as const;
const k256 = { curve: 'secp256k1', algorithm: '301006072a8648ce3d020106052b8104000a', coordinateBytes: 32 } as const;
const sm2 = { curve: 'SM2', algorithm: '301306072a8648ce3d020106082a811ccf5501822d', coordinateBytes: 32 } as const;

const rows: readonly (readonly [string, KeySpecRow])[] = [
  [
    'SYMMETRIC_DEFAULT',
    {
      usages: ['ENCRYPT_DECRYPT'],
      algorithms: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
      form: 'envelope',
      canBeImported: true,
      isDataKeyPair: false,
      // Diverges: symmetric-keys-in-china
      parameters: { type: 'aes', bytes: 32 },
    },
  ],
  ['RSA_2048', rsa(2048)],
  ['RSA_3072', rsa(3072)],
  ['RSA_4096', rsa(4096)],
  ['ECC_NIST_P256', ec(p256, { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT: ['ECDH'] })],
  ['ECC_NIST_P384', ec(p384, { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT: ['ECDH'] })],
  ['ECC_NIST_P521', ec(p521, { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT: ['ECDH'] })],
  ['ECC_SECG_P256K1', ec(k256, { SIGN_VERIFY: ['ECDSA_SHA_256'] })],
  [
    'ECC_NIST_EDWARDS25519',
    {
      usages: ['SIGN_VERIFY'],
      algorithms: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
      form: 'private-key',
      canBeImported: true,
      isDataKeyPair: true,
      parameters: { type: 'seed', algorithm: '300506032b6570', keyType: 'ed25519', publicBytes: 32 },
    },
  ],
  ['HMAC_224', hmac(224)],
  ['HMAC_256', hmac(256)],
  ['HMAC_384', hmac(384)],
  ['HMAC_512', hmac(512)],
  ['ML_DSA_44', mlDsa(44, '300b0609608648016503040311', 1312)],
  ['ML_DSA_65', mlDsa(65, '300b0609608648016503040312', 1952)],
  ['ML_DSA_87', mlDsa(87, '300b0609608648016503040313', 2592)],
  ['ML_KEM_512', mlKem(512, '300b0609608648016503040401', 800)],
  ['ML_KEM_768', mlKem(768, '300b0609608648016503040402', 1184)],
  ['ML_KEM_1024', mlKem(1024, '300b0609608648016503040403', 1568)],
  [
    'SM2',
    ec(sm2, { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] }, { regions: 'china' }),
  ],
];

export const keySpecs: ReadonlyMap<string, KeySpecRow> = new Map(rows);

/** The row of a spec that is known to be one. Throws for any other: only specs of the table are ever stored. */
export function specRow(spec: string): KeySpecRow {
  const row = keySpecs.get(spec);
  if (row === undefined) throw new Error(`There is no key spec ${spec}.`);
  return row;
}

/** The parameters of a spec whose material is a private key. Throws for others. */
export function keyPairParameters(spec: string): RsaParameters | CurveParameters | SeedParameters {
  const row = specRow(spec);
  if (row.form !== 'private-key') throw new Error(`${spec} has no key pairs.`);
  return row.parameters;
}
