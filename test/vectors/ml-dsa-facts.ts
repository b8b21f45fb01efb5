/**
 * ML-DSA signatures of the deterministic variant, by their SHA-256: the signatures themselves have thousands of bytes.
 * Source: C2SP Wycheproof, testvectors_v1, mldsa_44_sign_seed and its likes, the tcId named with each. Apache-2.0.
 */

export interface MlDsaFact {
  readonly parameters: '44' | '65' | '87';
  readonly tcId: number;
  readonly seed: string;
  readonly msg: string;
  readonly mu: string;
  readonly sigSha256: string;
}

export const mlDsaFacts: readonly MlDsaFact[] = [
  // ValidSignature: baseline
  {
    parameters: '44',
    tcId: 1,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '48656c6c6f20776f726c64',
    mu: '0ba2d90bc4fa5877844e47f7563eefccf658f898eaf4197b2a9a89d3df683955c73a80895ac0a51cc9049d44cdc1d1c550ef3870c1126afdb3d52ee057cbbcdd',
    sigSha256: '8cd6fc03daa72e87210a4e721523e84c14f27733789075e65736744d4787fdd5',
  },
  // ValidSignature, ManySteps: signature that takes 1 iteration(s)
  {
    parameters: '44',
    tcId: 6,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '0500000000000000000000000000000000000000000000000000000000000000',
    mu: '54c8e55434daf7cd403cd0b0d9d6c6ed2f040141f461612776558dde913999edeb2405457091a946a8ab5ac35e3b542c4d56bf341461181a69318c2525e095d3',
    sigSha256: 'abbc313b9c81e6a372a5a3502fc329ef278a2b34df1308194e005048581957d7',
  },
  // ValidSignature, BoundaryCondition: z_max below the limit
  {
    parameters: '44',
    tcId: 42,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '4800000000000000000000000000000000000000000000000000000000000000',
    mu: 'eaab7e75290a730af8284480b0b0c8504818da239216674de83dbe6e275baa093f74ba0d452289a40d61fc59b956b5cb134edda500a7abf19c6cc47aec041360',
    sigSha256: '8cf3e8f30bd049e5dc1d0b199b1efbaa265f42439792eee83d524e43575f3259',
  },
  // ValidSignature: baseline
  {
    parameters: '65',
    tcId: 1,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '48656c6c6f20776f726c64',
    mu: 'de30bd32395e1998bcdae79ad419cec6ea9e9a903fdc552c6e9801208174d80a9d2f3902a144e62f89d6e505cc9c69fb01de013fc1d0204ee4dcf5fcc25f1378',
    sigSha256: '39fbbb0d97a52c79844213b325af823a7f16a174e00a5b3daeb3e6e6d1c89681',
  },
  // ValidSignature, ManySteps: signature that takes 1 iteration(s)
  {
    parameters: '65',
    tcId: 6,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '0700000000000000000000000000000000000000000000000000000000000000',
    mu: 'a5cbede661da694ca1fa70c166a58a32e353d654af9c14e662455b95c504a2384876fdfdf6a32ac1f377f3454159c9cc49e800a629a0ab913566da4c91aad223',
    sigSha256: '54dffec43b1410c8f11bd3f9534830dd2cb98fcd3809a2af3634a89d936954d9',
  },
  // ValidSignature, BoundaryCondition: z_max below the limit
  {
    parameters: '65',
    tcId: 46,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '8700000000000000000000000000000000000000000000000000000000000000',
    mu: 'd90d7c75528b7d3273fe85d880dbbf781da85ff360c9bfcd759a6d787d801c917961ae6b36a6cc23c0a18475776aadecfe53f6b17650dcc102c3ddb945e183d4',
    sigSha256: '3b0c7a89c14176246995400d9bb9b02d86b1d5e4feec92c6c4f25b8532de59e7',
  },
  // ValidSignature: baseline
  {
    parameters: '87',
    tcId: 1,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '48656c6c6f20776f726c64',
    mu: '00d86c57be5399a1841b734bbdc6ad234218ec65376768f844bec76cd3585696d6e648ec8a069bd929f2be80051679f2b8bec414f715261148f42eddaf3a9b43',
    sigSha256: '1ad45bd0419e694375bd38ec11d8e0c228ab9ffac2fce4adbe6218d9c949e293',
  },
  // ValidSignature, ManySteps: signature that takes 1 iteration(s)
  {
    parameters: '87',
    tcId: 6,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: '0500000000000000000000000000000000000000000000000000000000000000',
    mu: 'b2dc0fccf2e20428b7c81bbe4682741f9e5c45cd01ddd770bfe17a786a502eb2b12fc08f067a3db37cb9aa74c115dbb83f86947007d3cf68ebe9411be7a76ab5',
    sigSha256: 'd4cb01b163e5b9aae5ecf04b292e1724326a100d2c68fd74f5d88f91cbdf3be9',
  },
  // ValidSignature, BoundaryCondition: z_max below the limit
  {
    parameters: '87',
    tcId: 37,
    seed: '2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',
    msg: 'b401000000000000000000000000000000000000000000000000000000000000',
    mu: 'fa146e85157aa32fd036817d6726af29c6e926947011a222bd2562e85ef4824a71ec4b22f0b55dc08c226a4e9bb0ba6cbf84aaa27586f3758b8b7782cc34af42',
    sigSha256: '0a472cc7446d1c92ed048deb94058de7d0150527359a7f259133b05e64c3eb12',
  },
];
