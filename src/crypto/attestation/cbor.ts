/**
 * CBOR as attestation documents use it, and nothing else of it: integers, byte and text strings, null, and few arrays and
 * maps, in their shortest forms, without repeated map keys. Source: RFC 8949, sections 4.2.1 and 5.
 */
import { type DecodeOptions, decode, Tokenizer, Type } from 'cborg';
import { AttestationError } from './attestation-error.ts';

const options: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
};

const scalars = [Type.uint, Type.negint, Type.bytes, Type.string, Type.null];
const containers = [Type.array, Type.map];

/** Signed message: an array with a map. Document: a map with a map and an array. So this bounds the depth as well. */
const mostContainers = 3;

/** The one item that the bytes are; maps are Maps. Throws AttestationError. */
export function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { ...options, tokenizer: fewContainers(bytes) });
  } catch (error) {
    throw new AttestationError('it is not well-formed CBOR', { cause: error });
  }
}

function fewContainers(bytes: Uint8Array): NonNullable<DecodeOptions['tokenizer']> {
  const tokenizer = new Tokenizer(new Uint8Array(bytes), options);
  let found = 0;
  return {
    done: () => tokenizer.done(),
    pos: () => tokenizer.pos(),
    next() {
      const token = tokenizer.next();
      if (containers.includes(token.type)) found++;
      else if (!scalars.includes(token.type)) throw new Error(`no ${token.type.name} is expected`);
      if (found > mostContainers) throw new Error('too many arrays and maps');
      return token;
    },
  };
}
