/** From the body's bytes to the operation's input. */
import { JsonError, parseJsonBytes } from '#base/strict-json.ts';
import { serialization } from '#model/errors.ts';
import { decodeInput } from '#model/schema.ts';
import type { Authenticated, Decoded } from './stages.ts';

/** Throws SerializationException for what is not JSON of the right types, ValidationException for broken constraints. */
export function decode(authenticated: Authenticated): Decoded {
  return { ...authenticated, input: decodeInput(authenticated.operation.input, jsonOf(authenticated.request.body)) };
}

/** No body is an empty request. Throws SerializationException. */
export function jsonOf(body: Uint8Array): unknown {
  return body.length === 0 ? {} : parse(body);
}

function parse(body: Uint8Array): unknown {
  try {
    return parseJsonBytes(body);
  } catch (error) {
    // Diverges: strict-json
    if (error instanceof JsonError) throw serialization(error.message);
    throw error;
  }
}
