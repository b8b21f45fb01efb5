/** GetObject and HeadObject. Source: Amazon S3 API Reference, GetObject, HeadObject. */
import type { AuditArchive } from '#audit/archive.ts';
import type { DeliveredFile } from '#audit/delivery/delivered-files.ts';
import { requirePermission } from '#call/require-permission.ts';
import { type S3Call, s3Operation } from '#call/s3/operation.ts';
import type { Reply } from '#call/stages.ts';
import type { ErrorName } from '#model/api-error.ts';
import { partitionOf } from '#model/arn.ts';
import { invalidRange, noSuchKey, preconditionFailed } from '#model/s3-errors.ts';
import { isRangeMeant, judgePreconditions, parseRange } from '#protocol/s3/conditions.ts';
import { permitListing } from './asks.ts';

const common = {
  on: 'object',
  isData: true,
  parameters: {},
  errors: ['NoSuchKey', 'PreconditionFailed', 'InvalidRange'] as readonly ErrorName[],
  asks: ({ bucket, key, place }: S3Call<unknown>) => ({
    action: 's3:GetObject',
    resource: `arn:${partitionOf(place.region)}:s3:::${bucket}/${key}`,
  }),
  run: answer,
} as const;

export const getObject = s3Operation({ ...common, name: 'GetObject', method: 'GET' });

export const headObject = s3Operation({ ...common, name: 'HeadObject', method: 'HEAD' });

/** Of what log and digest files hold, compressed or not. */
const contentType = 'application/json';

async function answer(call: S3Call<unknown>, archive: AuditArchive): Promise<Reply> {
  const { key, place, header } = call;
  const file = await archive.files.find(place.accountId, key);
  if (file === undefined) throw missing(call);
  const preconditions = {
    ifMatch: header('if-match'),
    ifNoneMatch: header('if-none-match'),
    ifModifiedSince: header('if-modified-since'),
    ifUnmodifiedSince: header('if-unmodified-since'),
  };
  const judgement = judgePreconditions(preconditions, file);
  if (judgement === 'failed') throw preconditionFailed();
  if (judgement === 'not modified') return notModified(file);
  const range = isRangeMeant(header('if-range'), file) ? parseRange(header('range'), file.bytes) : undefined;
  if (range === 'unsatisfiable') throw invalidRange();
  const part = range ?? { from: 0, to: file.bytes - 1 };
  return {
    status: range === undefined ? 200 : 206,
    body: call.method === 'HEAD' ? '' : await bytesOf(call, archive, part),
    contentType,
    headers: {
      ...validatorsOf(file),
      ...metadataOf(file),
      'Accept-Ranges': 'bytes',
      'Content-Length': String(part.to - part.from + 1),
      ...(range && { 'Content-Range': `bytes ${part.from}-${part.to}/${file.bytes}` }),
      // As CloudTrail puts it there: the JSON is what is compressed.
      ...(key.endsWith('.gz') && { 'Content-Encoding': 'gzip' }),
    },
  };
}

/** RFC 9110, section 8.6: the length is that of what is not sent. */
function notModified(file: DeliveredFile): Reply {
  const headers = { ...validatorsOf(file), 'Content-Length': String(file.bytes) };
  return { status: 304, body: '', contentType, headers };
}

async function bytesOf(call: S3Call<unknown>, { files }: AuditArchive, range: { from: number; to: number }) {
  const length = range.to - range.from + 1;
  if (length === 0) return new Uint8Array();
  const bytes = await files.read(call.place.accountId, call.key, range);
  if (bytes === undefined) throw missing(call);
  if (bytes.length !== length) throw new Error(`${call.key} has ${bytes.length} of ${length} bytes.`);
  return bytes;
}

/** Whether there is such an object, only those get to know who may list the bucket. */
function missing(call: S3Call<unknown>) {
  requirePermission(call, permitListing(call));
  return noSuchKey();
}

function validatorsOf({ etag, lastModifiedMs }: DeliveredFile) {
  return { ETag: `"${etag}"`, 'Last-Modified': new Date(lastModifiedMs).toUTCString() };
}

function metadataOf({ metadata }: DeliveredFile) {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));
}
