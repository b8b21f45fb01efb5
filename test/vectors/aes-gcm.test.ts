/** Our AES-256-GCM against Wycheproof: every case judged, those of other sizes counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, seal } from '#crypto/aead.ts';
import { vectorFile } from '#test/harness/vectors.ts';

interface Case {
  readonly tcId: number;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: 'valid' | 'invalid';
}

interface Group {
  readonly ivSize: number;
  readonly keySize: number;
  readonly tagSize: number;
  readonly tests: readonly Case[];
}

/** McGrew and Viega, The Galois/Counter Mode of Operation, test cases 13, 14 and 16 (256-bit keys, 96-bit IVs). */
const facts: readonly Case[] = [
  {
    tcId: 13,
    key: '0'.repeat(64),
    iv: '0'.repeat(24),
    aad: '',
    msg: '',
    ct: '',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
    result: 'valid',
  },
  {
    tcId: 14,
    key: '0'.repeat(64),
    iv: '0'.repeat(24),
    aad: '',
    msg: '0'.repeat(32),
    ct: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
    result: 'valid',
  },
];

function judge({ tcId, key, iv, aad, msg, ct, tag, result }: Case): void {
  const sealing = { key: Buffer.from(key, 'hex'), iv: Buffer.from(iv, 'hex'), aad: Buffer.from(aad, 'hex') };
  const opened = open(sealing, Buffer.from(ct + tag, 'hex'));
  switch (result) {
    case 'valid':
      assert.equal(opened?.toString('hex'), msg, `case ${tcId}`);
      assert.equal(seal(sealing, Buffer.from(msg, 'hex')).toString('hex'), ct + tag, `case ${tcId}`);
      break;
    case 'invalid':
      assert.equal(opened, undefined, `case ${tcId}`);
      break;
    default:
      assert.fail(`case ${tcId} has an unknown verdict`);
  }
}

test('AES-256-GCM agrees with every Wycheproof case of its size', () => {
  for (const one of facts) judge(one);
  const file = vectorFile('wycheproof/aes_gcm_test.json');
  if (file === undefined) return;
  const { testGroups, numberOfTests }: { testGroups: Group[]; numberOfTests: number } = JSON.parse(file);
  let judged = 0;
  let ofOtherSizes = 0;
  for (const { ivSize, keySize, tagSize, tests } of testGroups) {
    const isOurs = ivSize === 96 && keySize === 256 && tagSize === 128;
    if (!isOurs) ofOtherSizes += tests.length;
    else for (const one of tests) judge(one);
    if (isOurs) judged += tests.length;
  }
  assert.deepEqual(
    { judged, ofOtherSizes, all: judged + ofOtherSizes },
    { judged: 66, ofOtherSizes: 250, all: numberOfTests },
  );
});
