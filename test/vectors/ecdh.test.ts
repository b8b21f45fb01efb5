/**
 * Our key agreement against Wycheproof: every case judged. What is merely acceptable there is refused here: a public key has
 * one encoding (named curve, uncompressed point, nothing behind).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encode, tags } from '#crypto/der.ts';
import { deriveSharedSecret } from '#crypto/key-agreement.ts';
import { openMaterial, readImported } from '#crypto/key-material.ts';
import { PrivateKey } from '#crypto/private-key.ts';
import { keyPairParameters } from '#crypto/specs.ts';
import { parseAccountId, parseKeyId } from '#model/arn.ts';
import { type Case, hex, wycheproof } from '#test/harness/wycheproof.ts';

interface EcdhCase extends Case {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

const accountId = parseAccountId('111122223333');
const keyId = parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab');
assert(accountId !== undefined && keyId !== undefined);
const name = { accountId, keyId, materialId: '0'.repeat(64) };

/** Wycheproof's ecdh_secp*_test.json: tcId 1 of each, and of P-256 also 2 (compressed) and 332 (not on the curve). */
const facts: readonly (readonly [spec: string, EcdhCase])[] = [
  [
    'ECC_NIST_P256',
    {
      tcId: 1,
      public:
        '3059301306072a8648ce3d020106082a8648ce3d0301070342000462d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26ac333a93a9e70a81cd5a95b5bf8d13990eb741c8c38872b4a07d275a014e30cf',
      private: '0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346',
      shared: '53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285',
      flags: ['Normal'],
      result: 'valid',
    },
  ],
  [
    'ECC_NIST_P256',
    {
      tcId: 2,
      public:
        '3039301306072a8648ce3d020106082a8648ce3d0301070322000362d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26',
      private: '0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346',
      shared: '53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285',
      flags: ['CompressedPublic', 'CompressedPoint'],
      result: 'acceptable',
    },
  ],
  [
    'ECC_NIST_P256',
    {
      tcId: 332,
      public:
        '3059301306072a8648ce3d020106082a8648ce3d0301070342000400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
      private: '7e4aa54f714bf01df85c50269bea3a86721f84afe74f7b41ea58abcf3474e88d',
      shared: '',
      flags: ['InvalidCurveAttack'],
      result: 'invalid',
    },
  ],
  [
    'ECC_NIST_P384',
    {
      tcId: 1,
      public:
        '3076301006072a8648ce3d020106052b8104002203620004790a6e059ef9a5940163183d4a7809135d29791643fc43a2f17ee8bf677ab84f791b64a6be15969ffa012dd9185d8796d9b954baa8a75e82df711b3b56eadff6b0f668c3b26b4b1aeb308a1fcc1c680d329a6705025f1c98a0b5e5bfcb163caa',
      private: '766e61425b2da9f846c09fc3564b93a6f8603b7392c785165bf20da948c49fd1fb1dee4edd64356b9f21c588b75dfd81',
      shared: '6461defb95d996b24296f5a1832b34db05ed031114fbe7d98d098f93859866e4de1e229da71fef0c77fe49b249190135',
      flags: ['Normal'],
      result: 'valid',
    },
  ],
  [
    'ECC_NIST_P521',
    {
      tcId: 1,
      public:
        '30819b301006072a8648ce3d020106052b8104002303818600040064da3e94733db536a74a0d8a5cb2265a31c54a1da6529a198377fbd38575d9d79769ca2bdf2d4c972642926d444891a652e7f492337251adf1613cf3077999b5ce00e04ad19cf9fd4722b0c824c069f70c3c0e7ebc5288940dfa92422152ae4a4f79183ced375afb54db1409ddf338b85bb6dbfc5950163346bb63a90a70c5aba098f7',
      private:
        '01939982b529596ce77a94bc6efd03e92c21a849eb4f87b8f619d506efc9bb22e7c61640c90d598f795b64566dc6df43992ae34a1341d458574440a7371f611c7dcd',
      shared:
        '01f1e410f2c6262bce6879a3f46dfb7dd11d30eeee9ab49852102e1892201dd10f27266c2cf7cbccc7f6885099043dad80ff57f0df96acf283fb090de53df95f7d87',
      flags: ['Normal'],
      result: 'valid',
    },
  ],
];

/** The cases give the scalar as a number: with leading zeros, or without some. */
function privateKeyOf(spec: string, number: string): PrivateKey {
  const parameters = keyPairParameters(spec);
  assert(parameters.type === 'ec');
  const digits = 2 * parameters.coordinateBytes;
  const scalar = hex(number.padStart(digits, '0').slice(-digits));
  const ecPrivateKey = encode(tags.sequence, Buffer.of(2, 1, 1), encode(tags.octetString, scalar));
  const info = encode(
    tags.sequence,
    Buffer.of(2, 1, 0),
    hex(parameters.algorithm),
    encode(tags.octetString, ecPrivateKey),
  );
  using secret = readImported(spec, new SecretBytes(info));
  assert(secret !== undefined, 'every private key of the file can be imported');
  const key = openMaterial(spec, name, secret);
  assert(key instanceof PrivateKey);
  return key;
}

async function judge(spec: string, one: EcdhCase): Promise<void> {
  const shared = await deriveSharedSecret(privateKeyOf(spec, one.private), hex(one.public));
  const expected = one.result === 'valid' ? one.shared : undefined;
  assert.equal(shared && Buffer.from(shared.reveal()).toString('hex'), expected, `${spec}, case ${one.tcId}`);
}

test('key agreements that are written down here are judged as Wycheproof does', async () => {
  for (const [spec, one] of facts) await judge(spec, one);
});

const files = [
  ['ECC_NIST_P256', 'ecdh_secp256r1', { valid: 330, acceptable: 230, invalid: 52 }],
  ['ECC_NIST_P384', 'ecdh_secp384r1', { valid: 771, acceptable: 230, invalid: 46 }],
  ['ECC_NIST_P521', 'ecdh_secp521r1', { valid: 632, acceptable: 228, invalid: 56 }],
] as const;

for (const [spec, file, expected] of files) {
  test(`ECDH with ${spec} agrees with every Wycheproof case, and refuses the acceptable ones`, async () => {
    const groups = wycheproof<{ readonly tests: readonly EcdhCase[] }>(file);
    if (groups === undefined) return;
    const counts = { valid: 0, acceptable: 0, invalid: 0 };
    for (const one of groups.flatMap(({ tests }) => tests)) {
      await judge(spec, one);
      counts[one.result]++;
    }
    assert.deepEqual(counts, expected);
  });
}
