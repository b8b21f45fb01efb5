/** From an operation's output, or from what went wrong, to the reply. */
import { ApiError } from '#model/api-error.ts';
import { internalFailure } from '#model/errors.ts';
import { wipeSecrets } from './run.ts';
import type { Done, Reply } from './stages.ts';

/** Operations without an output answer with an empty body, not with an empty object. */
export function encode({ operation, output }: Done): Reply {
  if (operation.output === undefined) return { status: 200, body: '' };
  try {
    return { status: 200, body: JSON.stringify(operation.output.encode(output)) };
  } finally {
    wipeSecrets(output);
  }
}

/** What is not a ApiError is our own fault, and its text stays here. */
export function encodeRefusal(error: unknown): Reply {
  const { name, message, status } = error instanceof ApiError ? error : internalFailure(error);
  // AWS spells the member of this one error with a capital.
  const member = name === 'AccessDeniedException' ? 'Message' : 'message';
  return { status, body: JSON.stringify(message === '' ? { __type: name } : { __type: name, [member]: message }) };
}
