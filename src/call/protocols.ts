/**
 * Which of the protocols on the port a request speaks. Services of AWS have addresses of their own; here it is the target, the
 * credential scope and the form of a request that tell. This looks at claims alone: what they are worth, authentication says.
 */
import { firstHeader, type SignedRequest } from '#protocol/sigv4/request.ts';
import { targetPrefixes as cloudTrailTargets } from './cloudtrail/route.ts';
import { isQuery } from './query/protocol.ts';

export type Protocol = 'kms' | 'cloudtrail' | 'query' | 's3';

export function protocolOf(request: SignedRequest): Protocol {
  const target = firstHeader(request.rawHeaders, 'x-amz-target');
  if (target !== undefined) return cloudTrailTargets.some((prefix) => target.startsWith(prefix)) ? 'cloudtrail' : 'kms';
  const authorization = firstHeader(request.rawHeaders, 'authorization');
  if (isScopedToS3(authorization, request)) return 's3';
  if (isQuery(request)) return 'query';
  return isUnsigned(authorization, request) && readsPath(request) ? 's3' : 'kms';
}

function isScopedToS3(authorization: string | undefined, { target }: SignedRequest): boolean {
  if (authorization?.includes('/s3/aws4_request') === true) return true;
  return /[?&]X-Amz-Credential=[^&]{1,300}(?:%2F|\/)s3(?:%2F|\/)aws4_request/i.test(target);
}

/** Or signed in the way that S3 had before Signature Version 4. */
function isUnsigned(authorization: string | undefined, { target }: SignedRequest): boolean {
  if (authorization === undefined) return !target.includes('X-Amz-Credential=');
  return authorization.startsWith('AWS ');
}

/** Nothing but S3 has anything to read at a path. */
function readsPath({ method, target }: SignedRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /^\/[^/?]/.test(target);
}
