/** ListBuckets, HeadBucket, GetBucketLocation. Source: Amazon S3 API Reference, under these names. */
import { s3Operation, text } from '#call/s3/operation.ts';
import { documentXml, timeXml } from '#protocol/s3/xml.ts';
import { permitBucket, permitListing } from './asks.ts';
import { xmlReply } from './xml-reply.ts';

/** An account has one bucket. Pages and filters can leave it out, and no more. */
export const listBuckets = s3Operation({
  name: 'ListBuckets',
  method: 'GET',
  on: 'service',
  isData: false,
  parameters: { 'max-buckets': text, prefix: text, 'bucket-region': text, 'continuation-token': text },
  errors: [],
  asks: () => ({ action: 's3:ListAllMyBuckets', resource: '*' }),
  run({ place, input }, archive) {
    const { homeRegion } = archive;
    const name = archive.bucketOf(place.accountId);
    const region = input['bucket-region'] ?? homeRegion;
    const isListed = name.startsWith(input.prefix ?? '') && region === homeRegion;
    const createdMs = archive.status(place.accountId)?.startedMs ?? 0;
    const bucket = [
      ['Name', name],
      ['CreationDate', timeXml(createdMs)],
      ['BucketRegion', homeRegion],
    ] as const;
    const listed = documentXml('ListAllMyBucketsResult', [
      ['Owner', [['ID', place.accountId]]],
      ['Buckets', isListed ? [['Bucket', bucket]] : []],
      ['Prefix', input.prefix],
    ]);
    return xmlReply(listed);
  },
});

export const headBucket = s3Operation({
  name: 'HeadBucket',
  method: 'HEAD',
  on: 'bucket',
  isData: true,
  parameters: {},
  errors: [],
  asks: (call) => permitListing(call),
  run: (_, { homeRegion }) => ({ ...xmlReply(''), headers: { 'x-amz-bucket-region': homeRegion } }),
});

export const getBucketLocation = s3Operation({
  name: 'GetBucketLocation',
  method: 'GET',
  on: 'bucket',
  marker: ['location', ''],
  isData: false,
  parameters: { location: text },
  errors: [],
  asks: (call) => permitBucket('s3:GetBucketLocation', call),
  // us-east-1 is told by telling none.
  run: (_, { homeRegion }) => xmlReply(documentXml('LocationConstraint', homeRegion === 'us-east-1' ? '' : homeRegion)),
});
