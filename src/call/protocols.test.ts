import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Protocol, protocolOf } from './protocols.ts';

const scoped = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
const presigned = (service: string) =>
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260102%2Fus-east-1%2F${service}%2Faws4_request`;
const form = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'];

test('targets, scopes and forms say which protocol a request speaks; what says nothing is for KMS to refuse', () => {
  const cases: readonly (readonly [method: string, target: string, rawHeaders: readonly string[], Protocol])[] = [
    ['POST', '/', ['X-Amz-Target', 'TrentService.Encrypt'], 'kms'],
    ['POST', '/', ['X-Amz-Target', 'TrentService.Encrypt', ...form], 'kms'],
    ['POST', '/', ['X-Amz-Target', 'TrentService.Encrypt', 'Authorization', scoped('s3')], 'kms'],
    ['POST', '/', ['X-Amz-Target', ''], 'kms'],
    ['POST', '/', ['x-amz-target', 'CloudTrail_20131101.LookupEvents'], 'cloudtrail'],
    ['POST', '/', ['X-Amz-Target', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.Nothing'], 'cloudtrail'],
    ['POST', '/', ['X-Amz-Target', 'CloudTrail.LookupEvents'], 'kms'],
    ['GET', '/', ['Authorization', scoped('s3')], 's3'],
    ['PUT', '/bucket/key', ['authorization', scoped('s3'), ...form], 's3'],
    ['GET', `/bucket/key?${presigned('s3')}`, [], 's3'],
    ['GET', `/?Action=ListUsers&${presigned('iam')}`, [], 'query'],
    ['GET', `/bucket/key?${presigned('kms')}`, [], 'kms'],
    ['GET', '/bucket/key', ['Authorization', scoped('kms')], 'kms'],
    ['POST', '/', form, 'query'],
    ['POST', '/', ['Authorization', scoped('iam'), ...form], 'query'],
    ['GET', '/bucket', [], 's3'],
    ['HEAD', '/bucket/key', [], 's3'],
    ['GET', '/bucket/key', ['Authorization', 'AWS AKIA:c2ln'], 's3'],
    ['GET', '/bucket?Action=GetUser', [], 'query'],
    ['GET', '/', [], 'kms'],
    ['POST', '/bucket/key', [], 'kms'],
    ['PUT', '/bucket/key', [], 'kms'],
  ];
  for (const [method, target, rawHeaders, protocol] of cases) {
    const request = { method, target, rawHeaders, body: new Uint8Array() };
    assert.equal(protocolOf(request), protocol, `${method} ${target} ${rawHeaders}`);
  }
});

test('long targets take no long time', () => {
  const target = `/?${'X-Amz-Credential='.repeat(960)}`;
  const start = performance.now();
  protocolOf({ method: 'GET', target, rawHeaders: [], body: new Uint8Array() });
  assert(performance.now() - start < 100);
});
