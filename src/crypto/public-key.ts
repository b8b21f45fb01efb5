/**
 * Public keys as others hand them in: a DER SubjectPublicKeyInfo (RFC 5280 section 4.1) in the one form that GetPublicKey gives.
 * Compressed points, explicit curve parameters and anything after the end are refused.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { encode, tags } from './der.ts';
import { type CurveParameters, keyPairParameters, type RsaParameters, type SeedParameters } from './specs.ts';

/** The key, where the bytes are a valid public key of the spec in its one encoding. */
export function readPublicKey(spec: string, der: Uint8Array): KeyObject | undefined {
  const parameters = keyPairParameters(spec);
  if (parameters.type !== 'rsa' && !hasFixedForm(parameters, der)) return undefined;
  const key = parse(der);
  if (key === undefined || (parameters.type === 'rsa' && !isRsaOf(parameters, key))) return undefined;
  return key.export({ format: 'der', type: 'spki' }).equals(der) ? key : undefined;
}

/** The DER SubjectPublicKeyInfo of a public key or of a private one's public half. */
export function exportPublicKey(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
}

/** The octets inside of the BIT STRING: an uncompressed point, or the key as its standard encodes it. */
export function publicOctets(parameters: CurveParameters | SeedParameters, der: Uint8Array): Uint8Array {
  return der.subarray(der.length - octetsOf(parameters));
}

function octetsOf(parameters: CurveParameters | SeedParameters): number {
  return parameters.type === 'ec' ? 1 + 2 * parameters.coordinateBytes : parameters.publicBytes;
}

function hasFixedForm(parameters: CurveParameters | SeedParameters, der: Uint8Array): boolean {
  const octets = Buffer.alloc(octetsOf(parameters));
  if (parameters.type === 'ec') octets[0] = 4; // SEC 1 section 2.3.3: uncompressed
  const algorithm = Buffer.from(parameters.algorithm, 'hex');
  const form = encode(tags.sequence, algorithm, encode(tags.bitString, Buffer.of(0), octets));
  const headBytes = form.length - octets.length + (parameters.type === 'ec' ? 1 : 0);
  return der.length === form.length && form.subarray(0, headBytes).equals(der.subarray(0, headBytes));
}

function isRsaOf({ modulusBits }: RsaParameters, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.modulusLength === modulusBits;
}

function parse(der: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    return undefined; // not a public key, or not a valid one: OpenSSL checks that points lie on their curve
  }
}
