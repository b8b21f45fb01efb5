import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegion, type Region } from '#model/arn.ts';
import { kmsOperationNames } from '#model/operation-names.ts';
import { classOfKey, classOfPair, operationClass, type QuotaClass, quotaClasses } from './classes.ts';
import { profileRate } from './profiles.ts';

const virginia = parseRegion('us-east-1') as Region;
const beijing = parseRegion('cn-north-1') as Region;

test('every operation belongs to a class that has a rate, and its own where it does not use keys', () => {
  const shared = ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'GenerateMac', 'GenerateRandom', 'VerifyMac'];
  const byKey = [
    'Decapsulate',
    'Decrypt',
    'DeriveSharedSecret',
    'Encapsulate',
    'Encrypt',
    'ReEncrypt',
    'Sign',
    'Verify',
  ];
  const byPair = ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'];
  assert.equal(kmsOperationNames.length, 56);
  for (const name of kmsOperationNames) {
    const expected = shared.includes(name)
      ? 'symmetric'
      : byKey.includes(name)
        ? 'by key'
        : byPair.includes(name)
          ? 'by pair'
          : name;
    assert.equal(operationClass(name), expected);
  }
});

test('keys count for the group of their spec', () => {
  const groups = {
    symmetric: ['SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_512'],
    rsa: ['RSA_2048', 'RSA_4096'],
    ecc: ['ECC_NIST_P256', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'SM2'],
    'ml-dsa': ['ML_DSA_44', 'ML_DSA_87'],
    'ml-kem': ['ML_KEM_512', 'ML_KEM_1024'],
  };
  for (const [group, specs] of Object.entries(groups)) {
    for (const spec of specs) assert.equal(classOfKey(spec), group);
  }
  assert.equal(classOfPair('RSA_2048'), 'GenerateDataKeyPair-RSA_2048');
});

test("the profiles have AWS's rates", () => {
  const rates = {
    symmetric: 100_000,
    rsa: 1000,
    ecc: 1000,
    'ml-dsa': 1000,
    DescribeKey: 2000,
    ListResourceTags: 2000,
    GetKeyPolicy: 1000,
    ListKeys: 500,
    ListGrants: 100,
    CreateGrant: 50,
    PutKeyPolicy: 15,
    TagResource: 10,
    CreateKey: 5,
    GetKeyLastUsage: 5,
    UntagResource: 5,
    GetParametersForImport: 1,
    'GenerateDataKeyPair-ECC_NIST_P256': 100,
    'GenerateDataKeyPair-ECC_NIST_EDWARDS25519': 100,
    'GenerateDataKeyPair-RSA_2048': 20,
    'GenerateDataKeyPair-RSA_3072': 4,
    'GenerateDataKeyPair-RSA_4096': 1,
    'GenerateDataKeyPair-SM2': 25,
  };
  for (const [name, rate] of Object.entries(rates)) {
    assert(quotaClasses.includes(name as QuotaClass), name);
    assert.equal(profileRate('aws-us-east-1', virginia, name as QuotaClass), rate, name);
    const byDefault = name === 'symmetric' ? 10_000 : rate;
    assert.equal(profileRate('aws-default', virginia, name as QuotaClass), byDefault, name);
  }
  assert.equal(profileRate('aws-default', beijing, 'GenerateDataKeyPair-RSA_2048' as QuotaClass), 1);
  assert.equal(profileRate('aws-default', beijing, 'GenerateDataKeyPair-RSA_4096' as QuotaClass), 0.1);
  for (const name of quotaClasses) assert.equal(profileRate('unlimited', virginia, name), Number.POSITIVE_INFINITY);
});
