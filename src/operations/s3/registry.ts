/** The operations of Amazon S3 that are served: what it takes to read a bucket. */
import type { S3Operation } from '#call/s3/operation.ts';
import { getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { getObject, headObject } from './objects.ts';

export const s3Operations: readonly S3Operation[] = [
  listBuckets,
  headBucket,
  getBucketLocation,
  listObjects,
  listObjectsV2,
  getObject,
  headObject,
];
