/**
 * A message with one signature: COSE_Sign1, tagged or not, signed with ES384. Source: RFC 9052, sections 4.2 and 4.4;
 * RFC 9053, section 2.1.
 */
import { type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { encode } from 'cborg';
import { heavy } from '#crypto/heavy.ts';
import { check } from './attestation-error.ts';
import { decodeCbor } from './cbor.ts';

export interface SignedMessage {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Tag 18 in CBOR. */
const coseSign1Tag = 0xd2;

/** The map {1: -35}, in CBOR: the algorithm is ES384. AWS has nothing else in the protected header. */
const protectedHeader = Buffer.of(0xa1, 0x01, 0x38, 0x22);

/** r and s, 48 bytes each. */
const signatureBytes = 96;

/** The message, not yet verified. Throws AttestationError. */
export function readSignedMessage(bytes: Uint8Array): SignedMessage {
  const message = decodeCbor(bytes[0] === coseSign1Tag ? bytes.subarray(1) : bytes);
  check(Array.isArray(message) && message.length === 4, 'it is not a COSE_Sign1 message');
  const [header, unprotected, payload, signature]: readonly unknown[] = message;
  check(header instanceof Uint8Array && protectedHeader.equals(header), 'its signature algorithm is not ES384');
  check(unprotected instanceof Map && unprotected.size === 0, 'it has an unprotected header');
  check(payload instanceof Uint8Array, 'it has no payload');
  check(signature instanceof Uint8Array && signature.length === signatureBytes, 'its signature is not of 96 bytes');
  return { payload, signature };
}

const verifyElsewhere = promisify(verify);

/** `key` must be of the curve P-384. Off the event loop: it takes about a millisecond. */
export function isSignedBy({ payload, signature }: SignedMessage, key: KeyObject): Promise<boolean> {
  // RFC 9052 section 4.4: Sig_structure, without external data.
  const signed = encode(['Signature1', protectedHeader, new Uint8Array(), payload]);
  return heavy(() => verifyElsewhere('sha384', signed, { key, dsaEncoding: 'ieee-p1363' }, signature));
}
