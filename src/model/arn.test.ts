import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyArn, parseAccountId, parseKeyId, parseKmsArn, parseRegion, partitionOf } from './arn.ts';

test('key ids are lower-case UUIDs and multi-Region ids, nothing else', () => {
  assert(parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab'));
  assert(parseKeyId('mrk-1234abcd12ab34cd56ef1234567890ab'));
  for (const text of [
    '',
    '1234ABCD-12ab-34cd-56ef-1234567890ab',
    '1234abcd12ab34cd56ef1234567890ab',
    'mrk-1',
    'mrk-1234abcd12ab34cd56ef1234567890ab0',
    '1234abcd-12ab-34cd-56ef-1234567890ab\n',
  ]) {
    assert.equal(parseKeyId(text), undefined, JSON.stringify(text));
  }
});

test('Regions and accounts are recognised by their form', () => {
  for (const text of ['us-east-1', 'us-gov-west-1', 'ap-southeast-12', 'cn-north-1']) assert(parseRegion(text), text);
  for (const text of ['', 'us', 'us-east', 'US-EAST-1', 'us-east-1/x', 'us-east-1\n', '../../etc-1']) {
    assert.equal(parseRegion(text), undefined, JSON.stringify(text));
  }
  assert(parseAccountId('000000000000'));
  for (const text of ['', '1', '0000000000000', '00000000000a']) assert.equal(parseAccountId(text), undefined);
});

test('an ARN is taken apart only if its parts fit each other', () => {
  const arn = parseKmsArn('arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab');
  assert(arn);
  const keyId = parseKeyId(arn.resource.slice(4));
  assert(keyId);
  assert.equal(keyArn(arn.place, keyId), 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab');
  for (const text of [
    'arn',
    'arn:aws:s3:::x',
    'arn:aws-cn:kms:us-east-1:111122223333:key/x',
    'arn:aws:kms:us-east-1:1:key/x',
    'arn:aws:kms::111122223333:key/x',
  ]) {
    assert.equal(parseKmsArn(text), undefined, text);
  }
});

test('a Region of another partition has ARNs of that partition', () => {
  const region = parseRegion('cn-north-1');
  assert(region);
  assert.equal(partitionOf(region), 'aws-cn');
});
