/**
 * Ed25519 signatures, good and bad.
 * Source: C2SP Wycheproof, testvectors_v1, the file and tcId named with each. Apache-2.0.
 */
import type { SignatureGroup } from './signature-cases.ts';

export const ed25519Facts: readonly (SignatureGroup & { readonly source: string })[] = [
  {
    source: 'ed25519',
    publicKeyDer: '302a300506032b65700321007d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa',
    tests: [
      // Valid:
      {
        tcId: 1,
        msg: '',
        sig: 'd4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b99bfe4c7ae940f60f38ebaa9d311c4007',
        result: 'valid',
      },
      // Valid:
      {
        tcId: 2,
        msg: '78',
        sig: 'd80737358ede548acb173ef7e0399f83392fe8125b2ce877de7975d8b726ef5b1e76632280ee38afad12125ea44b961bf92f1178c9fa819d020869975bcbe109',
        result: 'valid',
      },
      // TruncatedSignature: empty signature
      {
        tcId: 30,
        msg: '54657374',
        sig: '',
        result: 'invalid',
      },
      // InvalidEncoding: modified bit 0 in R. Accepted only by verifiers that ignore this bit when comparing R to the recovered R.
      {
        tcId: 42,
        msg: '313233343030',
        sig: '647c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2b1d125e5538f38afbcc1c84e489521083041d24bc6240767029da063271a1ff0c',
        result: 'invalid',
      },
      // SignatureMalleability: the encoded s was replaced by s + L. The scalar is unchanged mod L. Accepted only by verifiers that fail to enforce s < L. See RFC 8032, Section 5.1.7.
      {
        tcId: 63,
        msg: '54657374',
        sig: '7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab067654bce3832c2d76f8f6f5dafc08d9339d4eef676573336a5c51eb6f946b31d',
        result: 'invalid',
      },
    ],
  },
];
