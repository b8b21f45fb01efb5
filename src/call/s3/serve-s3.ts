/** The path of a request to Amazon S3: read, routed, authenticated, permitted, done, answered. */
import type { AuditArchive } from '#audit/archive.ts';
import { bucketOf } from '#audit/delivery/delivered-files.ts';
import { type Audit, auditEntry, type Progress } from '#call/audit.ts';
import { type Gate, identify } from '#call/authenticate.ts';
import { recorded } from '#call/recorded.ts';
import { requirePermission } from '#call/require-permission.ts';
import type { Received, Reply } from '#call/stages.ts';
import { ApiError } from '#model/api-error.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import { bucketDenied, noSuchBucket } from '#model/s3-errors.ts';
import { decodeInput } from '#model/schema.ts';
import { parseS3Target, type S3Target } from '#protocol/s3/target.ts';
import { soleHeader } from '#protocol/sigv4/request.ts';
import type { S3Operation } from './operation.ts';
import { s3Refusal } from './refusal.ts';
import { refuseOlderSignatures, routeS3 } from './route.ts';

export interface S3Service {
  readonly s3Operations: readonly S3Operation[];
  readonly archive: AuditArchive;
  readonly gate: Gate;
  readonly audit: Audit;
  /** Takes what went wrong on our side, with the request id that the caller was given. */
  readonly logFailure: (requestId: string, error: unknown) => void;
}

/** Never rejects: whatever goes wrong is an answer. */
export async function serveS3(received: Received, service: S3Service): Promise<Reply> {
  const progress: Progress = { startedAtMs: service.gate.clock.now(), service: 's3' };
  const { requestId } = received;
  try {
    const reply = await perform(received, service, progress);
    const headers = { ...reply.headers, 'x-amz-request-id': requestId };
    return await recorded(auditEntry(received, progress), { ...reply, headers }, service);
  } catch (error) {
    if (!(error instanceof ApiError)) service.logFailure(requestId, error);
    return recorded(auditEntry(received, progress, error), s3Refusal(error, requestId), service);
  }
}

async function perform(received: Received, service: S3Service, progress: Progress): Promise<Reply> {
  const { request, client } = received;
  const target = parseS3Target(request.target);
  const routed = routeS3(request, target, service.s3Operations);
  progress.operation = 'operation' in routed ? routed.operation : routed.refused;
  const subject = { Bucket: target.bucket, Key: target.key };
  progress.input = subject;
  refuseOlderSignatures(request, target);
  const { caller, accessKeyId, place } = await identify(received, 's3', service.gate);
  Object.assign(progress, { caller, accessKeyId, place });
  if ('error' in routed) throw routed.error;
  const { operation } = routed;
  const input = decodeInput(operation.input, { ...Object.fromEntries(target.parameters), ...subject });
  progress.input = input;
  const call = {
    caller,
    place,
    client,
    nowMs: progress.startedAtMs,
    ...ownBucket(target, (name) => service.archive.isBucketOf(place.accountId, name)),
    input,
    method: operation.method,
    header: (name: string) => soleHeader(request.rawHeaders, name),
  };
  const ask = operation.asks(call);
  progress.permissions = { [ask.action]: requirePermission(call, ask) };
  return operation.run(call, service.archive);
}

const bucketStart = bucketOf('' as AccountId); // as it is for an account without an id

/** Throws AccessDenied for what may be another account's, whether or not there is such an account, and else NoSuchBucket. */
function ownBucket({ bucket = '', key = '' }: S3Target, isOwn: (name: string) => boolean) {
  if (bucket !== '' && !isOwn(bucket)) {
    const isOfAccount =
      bucket.startsWith(bucketStart) && parseAccountId(bucket.slice(bucketStart.length)) !== undefined;
    throw isOfAccount ? bucketDenied() : noSuchBucket();
  }
  return { bucket, key };
}
