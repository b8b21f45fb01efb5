/** ListObjects and ListObjectsV2. Source: Amazon S3 API Reference, under these names. */
import type { AuditArchive } from '#audit/archive.ts';
import type { DeliveredFile } from '#audit/delivery/delivered-files.ts';
import { type S3Call, s3Operation, text } from '#call/s3/operation.ts';
import type { ErrorName } from '#model/api-error.ts';
import { invalidArgument } from '#model/s3-errors.ts';
import { type Content, documentXml, timeXml } from '#protocol/s3/xml.ts';
import { permitListing } from './asks.ts';
import { type Listing, listPage } from './listing.ts';
import { xmlReply } from './xml-reply.ts';

const common = {
  // CloudTrail calls both of them so.
  name: 'ListObjects',
  method: 'GET',
  on: 'bucket',
  isData: true,
  errors: ['InvalidArgument'] as readonly ErrorName[],
} as const;

const parameters = { prefix: text, delimiter: text, 'max-keys': text, 'encoding-type': text };

type Wish = { readonly [name in keyof typeof parameters]?: string | undefined };

export const listObjects = s3Operation({
  ...common,
  parameters: { ...parameters, marker: text },
  asks: (call) => permitListing(call, call.input),
  async run(call, archive) {
    const { input } = call;
    const page = await read(call, archive, input.marker);
    const encode = encoding(input);
    const { commonPrefixes, last } = page.listing;
    return xmlReply(
      documentXml('ListBucketResult', [
        ['Name', call.bucket],
        ['Prefix', encode(input.prefix ?? '')],
        ['Marker', encode(input.marker ?? '')],
        // Without a delimiter, clients take the last key.
        ['NextMarker', input.delimiter && last !== undefined ? encode(last) : undefined],
        ['MaxKeys', page.maxKeys],
        ['Delimiter', input.delimiter && encode(input.delimiter)],
        ['IsTruncated', last !== undefined],
        ['EncodingType', input['encoding-type']],
        ...contents(page.listing.files, encode),
        ...prefixes(commonPrefixes, encode),
      ]),
    );
  },
});

export const listObjectsV2 = s3Operation({
  ...common,
  marker: ['list-type', '2'],
  parameters: {
    ...parameters,
    'list-type': text,
    'start-after': text,
    'continuation-token': text,
    // Diverges: s3-no-owner
    'fetch-owner': text,
  },
  asks: (call) => permitListing(call, call.input),
  async run(call, archive) {
    const { input, bucket } = call;
    const token = input['continuation-token'];
    const after = token === undefined ? input['start-after'] : readToken(bucket, token);
    const { maxKeys, listing } = await read(call, archive, after);
    const encode = encoding(input);
    const { files, commonPrefixes, last } = listing;
    return xmlReply(
      documentXml('ListBucketResult', [
        ['Name', bucket],
        ['Prefix', encode(input.prefix ?? '')],
        ['StartAfter', input['start-after'] && encode(input['start-after'])],
        ['ContinuationToken', token],
        ['NextContinuationToken', last === undefined ? undefined : makeToken(bucket, last)],
        ['KeyCount', files.length + commonPrefixes.length],
        ['MaxKeys', maxKeys],
        ['Delimiter', input.delimiter && encode(input.delimiter)],
        ['IsTruncated', last !== undefined],
        ['EncodingType', input['encoding-type']],
        ...contents(files, encode),
        ...prefixes(commonPrefixes, encode),
      ]),
    );
  },
});

const mostKeys = 1000;

interface Page {
  readonly maxKeys: number;
  readonly listing: Listing;
}

async function read({ place, input }: S3Call<Wish>, { files }: AuditArchive, after = ''): Promise<Page> {
  const maxKeys = Math.min(wholeNumber(input['max-keys'] ?? String(mostKeys)), mostKeys);
  const { prefix = '', delimiter = '' } = input;
  return { maxKeys, listing: await listPage(files, place.accountId, { prefix, delimiter, after, limit: maxKeys }) };
}

function wholeNumber(digits: string): number {
  const number = /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(number <= 2 ** 31 - 1)) throw invalidArgument('Argument max-keys must be an integer between 0 and 2147483647');
  return number;
}

/** Keys may hold what XML has no form for. */
function encoding({ 'encoding-type': type }: Wish): (key: string) => string {
  if (type === undefined) return (key) => key;
  if (type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request');
  return (key) => encodeURIComponent(key.toWellFormed()).replaceAll('%2F', '/');
}

function contents(files: readonly DeliveredFile[], encode: (key: string) => string): Content {
  return files.map(({ key, bytes, lastModifiedMs, etag }) => [
    'Contents',
    [
      ['Key', encode(key)],
      ['LastModified', timeXml(lastModifiedMs)],
      ['ETag', `"${etag}"`],
      ['Size', bytes],
      ['StorageClass', 'STANDARD'],
    ],
  ]);
}

function prefixes(commonPrefixes: readonly string[], encode: (key: string) => string): Content {
  return commonPrefixes.map((prefix) => ['CommonPrefixes', [['Prefix', encode(prefix)]]]);
}

/** Where the next page begins, of this bucket alone. It is no secret: StartAfter says the same. */
function makeToken(bucket: string, last: string): string {
  return Buffer.from(`${bucket}\n${last}`).toString('base64url');
}

function readToken(bucket: string, token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const start = `${bucket}\n`;
  if (!text.startsWith(start)) throw invalidArgument('The continuation token provided is incorrect');
  return text.slice(start.length);
}
