/** Our RSAES-OAEP against Wycheproof, with private keys that came through our import. KMS has no labels: those cases are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { readImported } from '#crypto/key-material.ts';
import { readPrivateKey } from '#crypto/private-key.ts';
import { decryptOaep, type OaepAlgorithm } from '#crypto/rsa-encryption.ts';
import { type Case, hex, wycheproof } from '#test/harness/wycheproof.ts';

interface OaepCase extends Case {
  readonly msg: string;
  readonly ct: string;
  readonly label: string;
}

interface Group {
  readonly privateKeyPkcs8: string;
  readonly tests: readonly OaepCase[];
}

/** Wycheproof's rsa_oaep_2048_sha256_mgf1sha256_test.json: the key, and tcId 4, 12 and 27. */
const fact: Group = {
  privateKeyPkcs8:
    '308204bd020100300d06092a864886f70d0101010500048204a7308204a30201000282010100a2b451a07d0aa5f96e455671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b469429e89d6eac8845097b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff8f17e1a029397a1fa26a8dce26f490ed81299615d9814c22da610428e09c7d9658594266f5c021d0fceca08d945a12be82de4d1ece6b4c03145b5d3495d4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a1969816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf7820283f742b9d502030100010282010024cdc62317f5d72a6f6ba6cc9632899b01d1ff28867d72f61688995bc855a4e420a8405250089bdb13cf8e09543827b748b9d27fbb2b4d9e20af8c5a6a862796d1a4cc18ad16ea678bc1bd4a83bbbe9c5e57453b5ce7388e41a3ba4ce2b77b4438a229e954f720dae0353dc088ac8a76b26dc276f8e1b7851ddd6398ad16ff2e78195123b9b036e945c38c9d12434f6df76fe22359eb3e1ac9c011678fc926fad3ae475a4fffff55feb2d147e9c894f4c0e29a599e762462482d968bf42780945fc0d2c31c573c4431b8f4fe8b8c67bec815abd44f7a86edca1c2308737358d2c2ae5e2e0e2dadf730980262377e58b13b7d9992060a0bc870ccfdb4a9319ee102818100dc431050f782e894fb5248247d98cb7d58b8d1e24f3b55d041c56e4de086b0d5bb028bda42eeb5d234d5681e5809d415e6a289ad4cfbf78f978f6c35814f50eebff1c5b80a69f788e81e6bab5ddaa78369d659d143ec6f17e79813a575cfad9c569156b90113e2e9110ad9e7b48a1c9348a6e653321191290ea36cfb3a5b18f102818100bd1a81e7977f9898122273ae3222b598ea5fb19eb4eabc38308a5e32196603b2e500ffb79f5b886816611debc472fac45544070beb057c941378a6868af3b7a03d3f9880ec47d5e089b94fbde542aba9ae8d72c57088d7abf5b131f39098f7bc160f90536abc9492fd4e06f3ed7299d4b97bb03677207d95669f140cfbc20f2502818100a94b528b28f291599121d91952ffd1c7f21d7c1479d99d478885fb161870ee1218bf08472612dbe5497e8d9c650688e09c786961ae3e2c354dc48ae34514759c4c23c4588488961dc06b414e61c0e1e7fbbd2923d31532fe289f96da220711e58c14019808e00414276933bb07e4efb9b4a9b37656917205209f33f09515d7c10281803af0e72a933aef09ff2503df78bafed531c02ff1a2bc437c540cdcbd4ad35435cf511763596543480629b114ca7f780ff7efa32ea0cb6e000d6d9ea1f2ef71fd9cf9948422a165557e37e755edfe70d90b920502eb478bc98a63f788ce3a0f856d6ede7251a383bfa8fa480a81a925af7b3cc538c4bab8c9f7597ffb68011d8d0281802640fbfbcfefb163ee7a87b6483a66ee41f956d90fa8a7939bfc042ee0924b1b7993d0445f758d51933e85179c0320b0c968b48a91c38b5be923e1097c0c562f88d42294b6a2759bafa5428a74f1270874e45f6fcc60f21602de5eccd143cf31241f5921b5ad3983fb54ef17be3b285367e50c999c67247b552fe4bfce945f7b',
  tests: [
    {
      tcId: 4,
      msg: '313233343030',
      ct: '0da290b0bf71a1141b2adc62b5b42b07fc52520cb05d1f39ccca7b7c22d379a6c2f2d93143d057050140527a1e5638243938b531ec3de7014b0151301e49b9fa433482a02abdfd94193dc9c70157e557776a69ded01ecbeac405133595c61165a428b6284729a4746b47d2bbaca9d7432c3b5693591cfee488eb3c68ddb6cde0dd61cfc6952423f994abecee34f5683732b29934a2c498ad48cdd30c149177189f48eefd9cc7232df18be11ff5f7e3af7319e3115997c599e2d8f7f4f663dcc40032d403436d3058a5ea66473660f0e195281ec6eba997d2a951ca6ca5f3c112715c89da1d3dfb20a21940594ed10ade90ed7452b753757d7241cb8a803c373a',
      label: '',
      flags: ['Normal'],
      result: 'valid',
    },
    {
      tcId: 12,
      msg: '313233343030',
      ct: '287d7108a1c6e7a18acb0045b20c57cdf2ac03456b44942764a7a9e9fdf3db481d7e202e4c8d733b56b9c1e93d71e791af8325c9363df789b252a5ed0eddc79e76fa41c2cb0a35618398217a390a5e6d99eed905d5554d19c1cf4e30bdf1c2fcc5148b641d71b3f1977b63d232648ddd935ec9499a53ac2fbcac55f462e91065adaa018a39c453ba759bd68b454074153421e2ce75cf149f748b5b84758df8a423d1c50c880af863f2a6df3cd465ca36aa2152b5771f3d507f4a4dd9f8006d80eca23537092287976f218a90df1e16d889fe31e79f7309f3224f613e9b52479fe73b7aad915319a3b62a5936649f7d015d7b09f7fa9f454f78a7c3dd4bf791e0',
      label: '',
      flags: ['InvalidOaepPadding'],
      result: 'invalid',
    },
    {
      tcId: 27,
      msg: '313233343030',
      ct: 'b056e2513c7c470d897032d406e97b5946dcad52df1c1650d61a1d7b0af59e8cfaec4d9e834d06d819b92a7d440d277e5039ab8aeff25043e98b281ae6ce0a91f8dfbbd1b4998fe5481671381b6a3952448b617ae606f06a0143561a040edaf3c972e611bd7cb814aa4761d38e4a007ca65af8fde6eb25d919d8bd9273cca7622984aa27994d049612424547775c5df75483962143522d075b8c55ea61b04583eb4c0358f9fbb902dedff30b7d8592b57094df4f6345668af53d1aea86fb36dd69b4434bacf8fc12c13802f5b03551ba8f207d4060a9f56e6b7e18c766eb82b6ce6ee0747fbe785c3c1c25fe7fb87de50032b172129fa41a69c3ce0e777ef10f',
      label: '',
      flags: ['InvalidCiphertext'],
      result: 'invalid',
    },
  ],
};

/** How many cases were judged, by verdict, and how many have a label. */
async function judge(spec: string, algorithm: OaepAlgorithm, groups: readonly Group[]) {
  const counts = { valid: 0, acceptable: 0, invalid: 0, labelled: 0 };
  for (const { privateKeyPkcs8, tests } of groups) {
    using secret = readImported(spec, new SecretBytes(hex(privateKeyPkcs8)));
    assert(secret !== undefined);
    assert.equal(Buffer.from(secret.reveal()).toString('hex'), privateKeyPkcs8, 'their encoding is the one of ours');
    const key = readPrivateKey(secret);
    for (const { tcId, msg, ct, label, result } of tests) {
      const plaintext = await decryptOaep(key, algorithm, hex(ct));
      const expected = result === 'valid' && label === '' ? msg : undefined;
      assert.equal(plaintext && Buffer.from(plaintext.reveal()).toString('hex'), expected, `case ${tcId}`);
      counts[label === '' ? result : 'labelled']++;
    }
  }
  return counts;
}

test('RSA ciphertexts that are written down here are judged as Wycheproof does', async () => {
  const counts = await judge('RSA_2048', 'RSAES_OAEP_SHA_256', [fact]);
  assert.deepEqual(counts, { valid: 1, acceptable: 0, invalid: 2, labelled: 0 });
});

const files = [
  ['RSA_2048', 'RSAES_OAEP_SHA_1', 'rsa_oaep_2048_sha1_mgf1sha1', 7],
  ['RSA_2048', 'RSAES_OAEP_SHA_256', 'rsa_oaep_2048_sha256_mgf1sha256', 8],
  ['RSA_3072', 'RSAES_OAEP_SHA_256', 'rsa_oaep_3072_sha256_mgf1sha256', 8],
  ['RSA_4096', 'RSAES_OAEP_SHA_256', 'rsa_oaep_4096_sha256_mgf1sha256', 8],
] as const;

for (const [spec, algorithm, file, labelled] of files) {
  test(`${algorithm} with ${spec} agrees with every Wycheproof case without a label`, async () => {
    const groups = wycheproof<Group>(file);
    if (groups === undefined) return;
    const counts = await judge(spec, algorithm, groups);
    assert.deepEqual(counts, { valid: 10, acceptable: 0, invalid: 19, labelled });
  });
}
