import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { openEnvelope, readEnvelope } from '#test/harness/attestation.ts';
import { envelopedData, sealFor } from './enveloped-data.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secretOf = (length: number) => new SecretBytes(Buffer.alloc(length, 0x5a));

test('what is sealed for a key is opened with its private key, whatever its length', () => {
  for (const length of [0, 1, 15, 16, 17, 32, 1024, 4096]) {
    assert.deepEqual(openEnvelope(sealFor(publicKey, secretOf(length)), privateKey), Buffer.alloc(length, 0x5a));
  }
});

test('keys of all sizes that a document has room for will do', () => {
  for (const modulusLength of [3072, 4096]) {
    const pair = generateKeyPairSync('rsa', { modulusLength });
    assert.equal(openEnvelope(sealFor(pair.publicKey, secretOf(32)), pair.privateKey).length, 32);
  }
});

test('no two envelopes have a content key or an IV in common, and they name the key they are for', () => {
  const [one, two] = [1, 2].map(() => readEnvelope(sealFor(publicKey, secretOf(32))));
  assert(one !== undefined && two !== undefined);
  for (const part of ['encryptedKey', 'iv', 'encryptedContent'] as const) assert.notDeepEqual(one[part], two[part]);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  assert.deepEqual(one.subjectKeyIdentifier, createHash('sha256').update(spki).digest());
});

/** What AWS KMS answered to a request from an enclave, from the tests of AWS's Nitro Enclaves SDK for C (tests/cms_test.c). */
const answerOfAws = [
  'MIAGCSqGSIb3DQEHA6CAMIACAQIxggFrMIIBZwIBAoAgcIe1XflLoyVc3zwBhAoqo+yTYgYl1gHPVvl73no9LrEwPAYJKoZIhvcNAQEHMC+gDzAN',
  'BglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAASCAQCgYUWToDDuM2v/8HZhiwEw0EXen00YPYPF2ogvE6vB9L8NE2RY',
  'aTk0QqtYLmoE1pfVLVYj42fn6S2269K9B3NbFT8oJr7l344WxxOh6Fy2uoXohoEzXH6UGpSr8MARPgMJFuK24YJttP+5GbjhtvWewnfljeQLD/7s',
  'qg2U+8spA3TtPfw10xqPQ64TAP4g/dmG1LhWVldFH53Gk+E0Z4kgIhxYoo2l5xq2sxyqRFglpjhcbE9dXV67wsJXDpZH/e02tVlke8sn5YiGJV9Y',
  'LGPYY+zsMH0Vdjq84LG4EqVQk4yk4tKKdFY9tSNnVY0+LoKsKif+XJORoAfBX3W5CrDdMIAGCSqGSIb3DQEHATAdBglghkgBZQMEASoEEGiMbV9/',
  'MbD+zt8J8ufJmsmggAQwcOXKr/1JrSTv4Vv5A76dGYlbd30mm1ewJfb2fn75P5RGRRXy6+A06gt2IaH/GSkuAAAAAAAAAAAAAA==',
].join('');

test('an envelope has the bytes that AWS KMS gives for the same values', () => {
  const answer = Buffer.from(answerOfAws, 'base64');
  assert.deepEqual(envelopedData(readEnvelope(answer)), answer);
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test('openssl cms opens it', { skip: hasOpenssl ? false : 'openssl is not installed' }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-cms-'));
  try {
    const [sealed, key] = [join(directory, 'sealed'), join(directory, 'key.pem')];
    writeFileSync(sealed, sealFor(publicKey, secretOf(100)));
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const opened = execFileSync('openssl', ['cms', '-decrypt', '-inform', 'DER', '-in', sealed, '-inkey', key]);
    assert.deepEqual(opened, Buffer.alloc(100, 0x5a));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
