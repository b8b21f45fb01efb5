/** Our operations of IAM and STS against the AWS SDK's own models: members, types, and which are required. */
import { test } from 'node:test';
import * as iamSdk from '@aws-sdk/client-iam';
import * as stsSdk from '@aws-sdk/client-sts';
import { iam } from '#operations/iam/api.ts';
import { sts } from '#operations/sts/api.ts';
import { assertModelled } from '#test/harness/sdk-model.ts';

for (const [api, sdk] of [
  [iam, iamSdk],
  [sts, stsSdk],
] as const) {
  for (const [name, operation] of api.operations) {
    test(`${api.service}:${name} takes and gives what the SDK's model says`, () => {
      assertModelled(sdk, name, operation as never);
    });
  }
}
