/** Our MACs against Wycheproof: every case judged; a shortened tag is refused whatever it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { readImported } from '#crypto/key-material.ts';
import { MacKey } from '#crypto/mac.ts';
import { parseAccountId, parseKeyId } from '#model/arn.ts';
import { type Case, hex, wycheproof } from '#test/harness/wycheproof.ts';

interface MacCase extends Case {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

interface Group {
  readonly keySize: number;
  readonly tagSize: number;
  readonly tests: readonly MacCase[];
}

const accountId = parseAccountId('111122223333');
const keyId = parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab');
assert(accountId !== undefined && keyId !== undefined);
const name = { accountId, keyId, materialId: '0'.repeat(64) };

/** Wycheproof's hmac_sha*_test.json, tcId 2 and 28. */
const facts: readonly (readonly [spec: string, MacCase])[] = [
  [
    'HMAC_224',
    {
      tcId: 2,
      key: '8648ee936c6ebc5ae4bb48c1139a54e3ac5d897beec492dc4d740752',
      msg: '2e',
      tag: '5b72e3208679e63f929e6ee19a257d0555f21484c7caac7c9861be43',
      flags: ['Pseudorandom'],
      result: 'valid',
    },
  ],
  [
    'HMAC_224',
    {
      tcId: 28,
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b',
      msg: '',
      tag: '6f99e862e532e8936d78b5f02909b130ab09806b2af02f7cb9d39d12',
      flags: ['ModifiedTag'],
      result: 'invalid',
    },
  ],
  [
    'HMAC_256',
    {
      tcId: 2,
      key: '8159fd15133cd964c9a6964c94f0ea269a806fd9f43f0da58b6cd1b33d189b2a',
      msg: '77',
      tag: 'dfc5105d5eecf7ae7b8b8de3930e7659e84c4172f2555142f1e568fc1872ad93',
      flags: ['Pseudorandom'],
      result: 'valid',
    },
  ],
  [
    'HMAC_256',
    {
      tcId: 28,
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      msg: '',
      tag: 'd28b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb',
      flags: ['ModifiedTag'],
      result: 'invalid',
    },
  ],
  [
    'HMAC_384',
    {
      tcId: 2,
      key: '976696c0dc97182ca771975c3928ff9168ef89cd740cd2292858fd916068a702bc1df7c6cd8ee1f0d25e61d4c514cc5d',
      msg: '2b',
      tag: '363e8973fedcf7892013dfae0b7065d61d80b98c635bc09ed860a01473b9bcd0dc550dbf66cf0d601fe9cbf3ae59620d',
      flags: ['Pseudorandom'],
      result: 'valid',
    },
  ],
  [
    'HMAC_384',
    {
      tcId: 28,
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f',
      msg: '',
      tag: '45be81c415d283ab7a62a45188e5dafbcb97da606bd5b16c92c1fc36f198c0b3a714921848d5e03df1c4849bb8310c66',
      flags: ['ModifiedTag'],
      result: 'invalid',
    },
  ],
  [
    'HMAC_512',
    {
      tcId: 2,
      key: '00698977f7102c67b594166919aa99dc3e58c7b6697a6422e238d04d2f57b2c74e4e84f5c4c6b792952df72f1c09244802f0bcf8752efb90e836110703bfa21c',
      msg: '01',
      tag: '4d1609cc2c2f1ab5ddc35815ae1b5dc046f226bde17ec37a4c89ec46fbd31af2aeb810b196dffdd11924d3772bef26a7a542e0a1673b76b915d41cbd3df0f6a6',
      flags: ['Pseudorandom'],
      result: 'valid',
    },
  ],
  [
    'HMAC_512',
    {
      tcId: 28,
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f',
      msg: '',
      tag: 'd39b9e3f87809686f34109fbc718d6abbb09c278cf05a206adf21463e1170362122e58272a31679720b254cbd63a7c6d696bf9283f9c6897e7d792483bb0388c',
      flags: ['ModifiedTag'],
      result: 'invalid',
    },
  ],
];

function judge(spec: string, { tcId, key, msg, tag, result }: MacCase): void {
  using secret = new SecretBytes(hex(key));
  const mac = new MacKey(name, spec, secret);
  assert.equal(mac.verify(hex(msg), hex(tag)), result === 'valid', `${spec}, case ${tcId}`);
  assert.equal(mac.generate(hex(msg)).toString('hex') === tag, result === 'valid', `${spec}, case ${tcId}`);
}

test('HMACs that are written down here are judged as Wycheproof does', () => {
  for (const [spec, one] of facts) judge(spec, one);
});

for (const [bits, whole] of [
  [224, 87],
  [256, 87],
  [384, 87],
  [512, 87],
] as const) {
  test(`HMAC_${bits} agrees with every Wycheproof case`, () => {
    const spec = `HMAC_${bits}`;
    const groups = wycheproof<Group>(`hmac_sha${bits}`);
    if (groups === undefined) return;
    const counts = { whole: 0, shortened: 0, tooShortToImport: 0 };
    for (const { keySize, tagSize, tests } of groups) {
      for (const one of tests) {
        judge(spec, tagSize === bits ? one : { ...one, result: 'invalid' });
        using secret = new SecretBytes(hex(one.key));
        assert.equal(readImported(spec, secret) === undefined, keySize < bits, `case ${one.tcId}`);
      }
      counts[tagSize === bits ? 'whole' : 'shortened'] += tests.length;
      if (keySize < bits) counts.tooShortToImport += tests.length;
    }
    assert.deepEqual(counts, { whole, shortened: bits === 224 ? 85 : 87, tooShortToImport: 6 });
  });
}
