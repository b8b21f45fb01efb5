/** All operations of all services on the port. */
import { cloudTrailOperations } from './cloudtrail/registry.ts';
import { iam } from './iam/api.ts';
import { kmsOperations } from './kms/registry.ts';
import { s3Operations } from './s3/registry.ts';
import { sts } from './sts/api.ts';

export const served = { operations: kmsOperations, queryApis: [iam, sts], cloudTrailOperations, s3Operations };
