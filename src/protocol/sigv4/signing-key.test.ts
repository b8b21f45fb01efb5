import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { deriveSigningKey, SigningKeys, signatureOf } from './signing-key.ts';

/** As verify.ts uses them for a request whose signature turns out right. */
function keyFor(
  keys: SigningKeys,
  holder: { accessKeyId: string; secret: SecretBytes },
  scope: ReturnType<typeof scopeOn>,
) {
  const remembered = keys.find(holder, scope);
  const key = remembered ?? deriveSigningKey(holder.secret, scope);
  if (remembered === undefined) keys.keep(holder, scope, key);
  return key;
}

const secretOf = (text: string): SecretBytes => new SecretBytes(Buffer.from(text));
const scopeOn = (date: string) => ({
  date,
  region: 'us-east-1',
  service: 'iam',
  scope: `${date}/us-east-1/iam/aws4_request`,
});

test("the key is that of AWS's worked example", () => {
  // AWS General Reference, Examples of how to derive a signing key for Signature Version 4.
  const key = deriveSigningKey(secretOf('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'), scopeOn('20120215'));
  const expected = Buffer.from('f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d', 'hex');
  assert.equal(signatureOf(key, 'text'), createHmac('sha256', expected).update('text').digest('hex'));
});

test('a key is derived once for a scope', () => {
  const keys = new SigningKeys(2);
  const credential = { accessKeyId: 'A', secret: secretOf('s') };
  const key = keyFor(keys, credential, scopeOn('20150830'));
  assert.equal(keyFor(keys, credential, scopeOn('20150830')), key);
  assert.notEqual(keyFor(keys, credential, scopeOn('20150831')), key);
  assert.equal(keyFor(keys, { accessKeyId: 'A', secret: secretOf('s') }, scopeOn('20150830')), key);
});

test('a key derived from another secret is not used', () => {
  const keys = new SigningKeys(2);
  const old = keyFor(keys, { accessKeyId: 'A', secret: secretOf('old') }, scopeOn('20150830'));
  const renewed = keyFor(keys, { accessKeyId: 'A', secret: secretOf('new') }, scopeOn('20150830'));
  assert.notEqual(signatureOf(renewed, 'text'), signatureOf(old, 'text'));
  const derived = deriveSigningKey(secretOf('new'), scopeOn('20150830'));
  assert.equal(signatureOf(renewed, 'text'), signatureOf(derived, 'text'));
});

test('forgetting an access key leaves the others', () => {
  const keys = new SigningKeys(8);
  const [a, b] = ['A', 'B'].map((accessKeyId) => ({ accessKeyId, secret: secretOf('s') }));
  assert.ok(a && b);
  const [keyOfA, keyOfB] = [keyFor(keys, a, scopeOn('20150830')), keyFor(keys, b, scopeOn('20150830'))];
  keys.forget('A');
  keys.forget('never seen');
  assert.notEqual(keyFor(keys, a, scopeOn('20150830')), keyOfA);
  assert.equal(keyFor(keys, b, scopeOn('20150830')), keyOfB);
});

test('what is kept is bounded, by access key and by scope', () => {
  const keys = new SigningKeys(2);
  const credential = (accessKeyId: string) => ({ accessKeyId, secret: secretOf('s') });
  const first = keyFor(keys, credential('A'), scopeOn('20150801'));
  for (let day = 2; day <= 31; day++) keyFor(keys, credential('A'), scopeOn(`201508${String(day).padStart(2, '0')}`));
  assert.notEqual(keyFor(keys, credential('A'), scopeOn('20150801')), first);
  const last = keyFor(keys, credential('A'), scopeOn('20150831'));
  for (const other of ['B', 'C']) keyFor(keys, credential(other), scopeOn('20150831'));
  assert.notEqual(keyFor(keys, credential('A'), scopeOn('20150831')), last);
});
