/**
 * ECDSA signatures, good and bad, a few for each curve.
 * Source: C2SP Wycheproof, testvectors_v1, the file and tcId named with each. Apache-2.0.
 */
import type { SignatureGroup } from './signature-cases.ts';

export const ecdsaFacts: readonly (SignatureGroup & { readonly source: string })[] = [
  {
    source: 'ecdsa_secp256r1_sha256',
    publicKeyDer:
      '3059301306072a8648ce3d020106082a8648ce3d0301070342000404aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad587d9315798aaa3a5ba01775787ced05eaaf7b4e09fc81d6d1aa546e8365d525d',
    tests: [
      // ValidSignature: pseudorandom signature
      {
        tcId: 1,
        msg: '',
        sig: '3045022100b292a619339f6e567a305c951c0dcbcc42d16e47f219f9e98e76e09d8770b34a02200177e60492c5a8242f76f07bfe3661bde59ec2a17ce5bd2dab2abebdf89a62e2',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp256r1_sha256',
    publicKeyDer:
      '3059301306072a8648ce3d020106082a8648ce3d030107034200042927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e',
    tests: [
      // BerEncodedSignature: length of sequence [r, s] uses long form encoding
      {
        tcId: 8,
        msg: '313233343030',
        sig: '30814502202ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18022100b329f479a2bbd0a5c384ee1493b1f5186a87139cac5df4087c134b49156847db',
        result: 'invalid',
      },
      // RangeCheck: replaced r by r + n
      {
        tcId: 152,
        msg: '313233343030',
        sig: '30460221012ba3a8bd6b94d5ed80a6d9d1190a436ebccc0833490686deac8635bcb9bf5369022100b329f479a2bbd0a5c384ee1493b1f5186a87139cac5df4087c134b49156847db',
        result: 'invalid',
      },
      // InvalidSignature: Signature with special case values r=0 and s=0
      {
        tcId: 168,
        msg: '313233343030',
        sig: '3006020100020100',
        result: 'invalid',
      },
      // EdgeCaseShamirMultiplication: Edge case for Shamir multiplication
      {
        tcId: 295,
        msg: '3639383139',
        sig: '3044022064a1aab5000d0e804f3e2fc02bdee9be8ff312334e2ba16d11547c97711c898e02206af015971cc30be6d1a206d4e013e0997772a2f91d73286ffd683b9bb2cf4f1b',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp256k1_sha256',
    publicKeyDer:
      '3056301006072a8648ce3d020106052b8104000a03420004782c8ed17e3b2a783b5464f33b09652a71c678e05ec51e84e2bcfc663a3de963af9acb4280b8c7f7c42f4ef9aba6245ec1ec1712fd38a0fa96418d8cd6aa6152',
    tests: [
      // ValidSignature: pseudorandom signature
      {
        tcId: 1,
        msg: '',
        sig: '3046022100f80ae4f96cdbc9d853f83d47aae225bf407d51c56b7776cd67d0dc195d99a9dc022100b303e26be1f73465315221f0b331528807a1a9b6eb068ede6eebeaaa49af8a36',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp256k1_sha256',
    publicKeyDer:
      '3056301006072a8648ce3d020106052b8104000a03420004b838ff44e5bc177bf21189d0766082fc9d843226887fc9760371100b7ee20a6ff0c9d75bfba7b31a6bca1974496eeb56de357071955d83c4b1badaa0b21832e9',
    tests: [
      // BerEncodedSignature: length of sequence [r, s] uses long form encoding
      {
        tcId: 8,
        msg: '313233343030',
        sig: '308145022100813ef79ccefa9a56f7ba805f0e478584fe5f0dd5f567bc09b5123ccbc983236502206ff18a52dcc0336f7af62400a6dd9b810732baf1ff758000d6f613a556eb31ba',
        result: 'invalid',
      },
      // RangeCheck: replaced r by r + n
      {
        tcId: 152,
        msg: '313233343030',
        sig: '3045022101813ef79ccefa9a56f7ba805f0e478583b90deabca4b05c4574e49b5899b964a602206ff18a52dcc0336f7af62400a6dd9b810732baf1ff758000d6f613a556eb31ba',
        result: 'invalid',
      },
      // InvalidSignature: Signature with special case values r=0 and s=0
      {
        tcId: 168,
        msg: '313233343030',
        sig: '3006020100020100',
        result: 'invalid',
      },
      // EdgeCaseShamirMultiplication: Edge case for Shamir multiplication
      {
        tcId: 295,
        msg: '3235353835',
        sig: '3045022100dd1b7d09a7bd8218961034a39a87fecf5314f00c4d25eb58a07ac85e85eab516022035138c401ef8d3493d65c9002fe62b43aee568731b744548358996d9cc427e06',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp384r1_sha384',
    publicKeyDer:
      '3076301006072a8648ce3d020106052b810400220362000429bdb76d5fa741bfd70233cb3a66cc7d44beb3b0663d92a8136650478bcefb61ef182e155a54345a5e8e5e88f064e5bc9a525ab7f764dad3dae1468c2b419f3b62b9ba917d5e8c4fb1ec47404a3fc76474b2713081be9db4c00e043ada9fc4a3',
    tests: [
      // ValidSignature: pseudorandom signature
      {
        tcId: 1,
        msg: '',
        sig: '3064023032401249714e9091f05a5e109d5c1216fdc05e98614261aa0dbd9e9cd4415dee29238afbd3b103c1e40ee5c9144aee0f02304326756fb2c4fd726360dd6479b5849478c7a9d054a833a58c1631c33b63c3441336ddf2c7fe0ed129aae6d4ddfeb753',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp384r1_sha384',
    publicKeyDer:
      '3076301006072a8648ce3d020106052b81040022036200042da57dda1089276a543f9ffdac0bff0d976cad71eb7280e7d9bfd9fee4bdb2f20f47ff888274389772d98cc5752138aa4b6d054d69dcf3e25ec49df870715e34883b1836197d76f8ad962e78f6571bbc7407b0d6091f9e4d88f014274406174f',
    tests: [
      // BerEncodedSignature: length of sequence [r, s] uses long form encoding
      {
        tcId: 8,
        msg: '313233343030',
        sig: '308165023012b30abef6b5476fe6b612ae557c0425661e26b44b1bfe19daf2ca28e3113083ba8e4ae4cc45a0320abd3394f1c548d7023100e7bf25603e2d07076ff30b7a2abec473da8b11c572b35fc631991d5de62ddca7525aaba89325dfd04fecc47bff426f82',
        result: 'invalid',
      },
      // RangeCheck: replaced r by r + n
      {
        tcId: 152,
        msg: '313233343030',
        sig: '306602310112b30abef6b5476fe6b612ae557c0425661e26b44b1bfe19a25617aad7485e6312a8589714f647acf7a94cffbe8a724a023100e7bf25603e2d07076ff30b7a2abec473da8b11c572b35fc631991d5de62ddca7525aaba89325dfd04fecc47bff426f82',
        result: 'invalid',
      },
      // InvalidSignature: Signature with special case values r=0 and s=0
      {
        tcId: 168,
        msg: '313233343030',
        sig: '3006020100020100',
        result: 'invalid',
      },
      // EdgeCaseShamirMultiplication: Edge case for Shamir multiplication
      {
        tcId: 295,
        msg: '3133323237',
        sig: '3066023100ac042e13ab83394692019170707bc21dd3d7b8d233d11b651757085bdd5767eabbb85322984f14437335de0cdf565684023100bd770d3ee4beadbabe7ca46e8c4702783435228d46e2dd360e322fe61c86926fa49c8116ec940f72ac8c30d9beb3e12f',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp521r1_sha512',
    publicKeyDer:
      '30819b301006072a8648ce3d020106052b810400230381860004012a908bfc5b70e17bdfae74294994808bf2a42dab59af8b0523a026d640a2a3d6d344520b62177e2cfa339ca42fb0883ec425904fbda2833a3b5b0a9a00811365d8012333d532f8f8eb1a623c378a3694651192bbda833e3b8d7b8f90b2bfc9b045f8a55e1b6a5fe1512c400c4bc9c86fd7c699d642f5cee9bb827c8b0abc0da01cef1e',
    tests: [
      // ValidSignature: pseudorandom signature
      {
        tcId: 1,
        msg: '',
        sig: '308188024201625d6115092a8e2ee21b9f8a425aa73814dec8b2335e86150ab4229f5a3421d2e6256d632c7a4365a1ee01dd2a936921bbb4551a512d1d4b5a56c314e4a02534c5024201b792d23f2649862595451055777bda1b02dc6cc8fef23231e44b921b16155cd42257441d75a790371e91819f0a9b1fd0ebd02c90b5b774527746ed9bfe743dbe2f',
        result: 'valid',
      },
    ],
  },
  {
    source: 'ecdsa_secp521r1_sha512',
    publicKeyDer:
      '30819b301006072a8648ce3d020106052b810400230381860004005c6457ec088d532f482093965ae53ccd07e556ed59e2af945cd8c7a95c1c644f8a56a8a8a3cd77392ddd861e8a924dac99c69069093bd52a52fa6c56004a074508007878d6d42e4b4dd1e9c0696cb3e19f63033c3db4e60d473259b3ebe079aaf0a986ee6177f8217a78c68b813f7e149a4e56fd9562c07fed3d895942d7d101cb83f6',
    tests: [
      // BerEncodedSignature: length of sequence [r, s] contains a leading 0
      {
        tcId: 7,
        msg: '313233343030',
        sig: '3082008602414e4223ee43e8cb89de3b1339ffc279e582f82c7ab0f71bbde43dbe374ac75ffbef29acdf8e70750b9a04f66fda48351de7bbfd515720b0ec5cd736f9b73bdf8645024128b5d0926a4172b349b0fd2e929487a5edb94b142df923a697e7446acdacdba0a029e43d69111174dba2fe747122709a69ce69d5285e174a01a93022fea8318ac1',
        result: 'invalid',
      },
      // RangeCheck: replaced r by r + n
      {
        tcId: 151,
        msg: '313233343030',
        sig: '3081870242024e4223ee43e8cb89de3b1339ffc279e582f82c7ab0f71bbde43dbe374ac75ffbe97b3367122fa4a20584c271233f3ec3b7f7b31b0faa4d340b92a6b0d5cd17ea4e024128b5d0926a4172b349b0fd2e929487a5edb94b142df923a697e7446acdacdba0a029e43d69111174dba2fe747122709a69ce69d5285e174a01a93022fea8318ac1',
        result: 'invalid',
      },
      // InvalidSignature: Signature with special case values r=0 and s=0
      {
        tcId: 168,
        msg: '313233343030',
        sig: '3006020100020100',
        result: 'invalid',
      },
      // EdgeCaseShamirMultiplication: Edge case for Shamir multiplication
      {
        tcId: 295,
        msg: '39353032',
        sig: '308187024200b4b10646a668c385e1c4da613eb6592c0976fc4df843fc446f20673be5ac18c7d8608a943f019d96216254b09de5f20f3159402ced88ef805a4154f780e093e044024165cd4e7f2d8b752c35a62fc11a4ab745a91ca80698a226b41f156fb764b79f4d76548140eb94d2c477c0a9be3e1d4d1acbf9cf449701c10bd47c2e3698b3287934',
        result: 'valid',
      },
    ],
  },
];
