/** A success that is a document. */
import type { Reply } from '#call/stages.ts';

export function xmlReply(body: string): Reply {
  return { status: 200, body, contentType: 'application/xml' };
}
