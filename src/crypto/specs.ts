/**
 * The key specs that can be made, one row each: what they are for and what they take. No other file tells specs apart.
 * Source: AWS KMS Developer Guide, Key spec reference. Asymmetric, MAC and post-quantum specs come with issue #4.
 */

export type KeyUsage =
  | 'ENCRYPT_DECRYPT'
  | 'SIGN_VERIFY'
  | 'GENERATE_VERIFY_MAC'
  | 'KEY_AGREEMENT'
  | 'ENCAPSULATE_DECAPSULATE';

export interface KeySpecRow {
  readonly usages: readonly KeyUsage[];
  readonly encryptionAlgorithms: readonly 'SYMMETRIC_DEFAULT'[];
  readonly materialBytes: number;
}

export const keySpecs: ReadonlyMap<string, KeySpecRow> = new Map([
  [
    'SYMMETRIC_DEFAULT',
    { usages: ['ENCRYPT_DECRYPT'], encryptionAlgorithms: ['SYMMETRIC_DEFAULT'], materialBytes: 32 },
  ] as const,
]);
