/** Our AES key wrap with padding against Wycheproof: every case of a 256-bit wrapping key judged, the others refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { unwrapWithPadding } from '#crypto/key-wrap.ts';
import { type Case, hex, wycheproof } from '#test/harness/wycheproof.ts';

interface WrapCase extends Case {
  readonly key: string;
  readonly msg: string;
  readonly ct: string;
}

/** Wycheproof's aes_kwp_test.json. */
const facts: readonly WrapCase[] = [
  {
    tcId: 161,
    key: 'fce0429c610658ef8e7cfb0154c51de2239a8a317f5af5b6714f985fb5c4d75c',
    msg: '287326b5ed0078e7ca0164d748f667e7',
    ct: 'e3eab96d9a2fda12f9e252053aff15e753e5ea6f5172c92b',
    flags: ['Normal'],
    result: 'valid',
  },
  {
    tcId: 171,
    key: '1abf4b7fa2bb62a78f09ddab04625dcacdd9e551d1a69b6b162baa53d2700093',
    msg: 'ae',
    ct: '06c1e65ac0f385b4e8c400d229f39422',
    flags: ['SmallKey'],
    result: 'valid',
  },
  {
    tcId: 186,
    key: '4f710eb6b5e28703becfc3dc52fa8bc1dd44a4a6d38a84b4f94e89ac32d987e7',
    msg: 'a828cbda9b5ff0ae37',
    ct: '98428fb83dc207033c1585e0242e699be98e0001f1ee15ba',
    flags: ['ModifiedPadding'],
    result: 'invalid',
  },
];

function judge({ tcId, key, msg, ct, result }: WrapCase): void {
  using wrappingKey = new SecretBytes(hex(key));
  const secret = unwrapWithPadding(wrappingKey, hex(ct));
  assert.equal(
    secret && Buffer.from(secret.reveal()).toString('hex'),
    result === 'valid' ? msg : undefined,
    `case ${tcId}`,
  );
}

test('wrapped keys that are written down here are judged as Wycheproof does', () => {
  for (const one of facts) judge(one);
});

test('AES key wrap with padding agrees with every Wycheproof case of a 256-bit wrapping key', () => {
  const groups = wycheproof<{ readonly keySize: number; readonly tests: readonly WrapCase[] }>('aes_kwp');
  if (groups === undefined) return;
  const counts = { judged: 0, ofOtherSizes: 0 };
  for (const { keySize, tests } of groups) {
    for (const one of tests) judge(keySize === 256 ? one : { ...one, result: 'invalid' });
    counts[keySize === 256 ? 'judged' : 'ofOtherSizes'] += tests.length;
  }
  assert.deepEqual(counts, { judged: 94, ofOtherSizes: 160 });
});
