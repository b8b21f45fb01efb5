/** What is asked of policies about buckets. Source: Service Authorization Reference, Amazon S3. */
import type { Permitting } from '#call/require-permission.ts';
import type { S3Call } from '#call/s3/operation.ts';
import { partitionOf } from '#model/arn.ts';

export function permitBucket(action: string, { bucket, place }: S3Call<unknown>): Permitting {
  return { action, resource: `arn:${partitionOf(place.region)}:s3:::${bucket}` };
}

/** `parameters` as the query string has them: each is a condition key. */
export function permitListing(call: S3Call<unknown>, parameters: Readonly<Record<string, string | undefined>> = {}) {
  const context = new Map<string, readonly string[]>();
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = parameters[name];
    if (value !== undefined) context.set(`s3:${name}`, [value]);
  }
  return { ...permitBucket('s3:ListBucket', call), context };
}
