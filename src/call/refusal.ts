/** A refusal, as the client of the request understands it. */
import { cloudTrailRefusal } from './cloudtrail/refusal.ts';
import { encodeRefusal } from './encode.ts';
import { protocolOf } from './protocols.ts';
import { queryRefusal } from './query/protocol.ts';
import { s3Refusal } from './s3/refusal.ts';
import type { Received, Reply } from './stages.ts';

export function refusalOf({ request, requestId }: Pick<Received, 'request' | 'requestId'>, error: unknown): Reply {
  switch (protocolOf(request)) {
    case 'kms':
      return encodeRefusal(error);
    case 'cloudtrail':
      return cloudTrailRefusal(error);
    case 'query':
      return queryRefusal(error, requestId);
    case 's3':
      return s3Refusal(error, requestId);
  }
}
