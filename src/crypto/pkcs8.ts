/**
 * Private keys as others made them: DER PKCS#8 (RFC 5208, RFC 5958) read strictly, checked, and written anew in the one
 * encoding that a key has here, so that the same key is the same bytes whoever encoded it. Explicit curve parameters,
 * more than two primes (RFC 8017), halves that do not belong together and anything after the end are refused.
 */
import { createECDH, createPrivateKey } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { type Element, encode, readElements, readSequence, tags } from './der.ts';
import { exportPublicKey, publicOctets } from './public-key.ts';
import { canonicalRsa } from './rsa-key.ts';
import type { CurveParameters, RsaParameters, SeedParameters } from './specs.ts';

const octets = tags.octetString;
const attributesTag = 0xa0;
const publicKeyTag = 0x81;
const zero = Buffer.of(tags.integer, 1, 0);
const one = Buffer.of(tags.integer, 1, 1);

// Diverges: imported-private-keys
/** The key in its one encoding; undefined where the bytes are not a private key of these parameters. */
export function readImportedPrivateKey(
  parameters: RsaParameters | CurveParameters | SeedParameters,
  bytes: SecretBytes,
): SecretBytes | undefined {
  const read = readPrivateKeyInfo(bytes.reveal(), Buffer.from(parameters.algorithm, 'hex'));
  if (read === undefined) return undefined;
  const privateKey = canonicalPrivateKey(parameters, read);
  if (privateKey === undefined) return undefined;
  const info = encode(tags.sequence, zero, Buffer.from(parameters.algorithm, 'hex'), encode(octets, privateKey));
  privateKey.fill(0);
  return new SecretBytes(info);
}

interface PrivateKeyInfo {
  /** What is inside of the OCTET STRING: it depends on the algorithm. */
  readonly privateKey: Uint8Array;
  /** The public half that came with it, if one did (RFC 5958). */
  readonly publicKey: Uint8Array | undefined;
}

function readPrivateKeyInfo(bytes: Uint8Array, expected: Uint8Array): PrivateKeyInfo | undefined {
  const [version, algorithm, privateKey, ...optional] = readSequence(bytes) ?? [];
  if (algorithm === undefined || Buffer.compare(algorithm.encoding, expected) !== 0) return undefined;
  if (privateKey?.tag !== octets) return undefined;
  const found = inOrder(optional, [attributesTag, publicKeyTag]);
  if (found === undefined || !isVersion(version, found.has(publicKeyTag) ? 1 : 0)) return undefined;
  const publicKey = found.get(publicKeyTag);
  if (publicKey !== undefined && publicKey[0] !== 0) return undefined; // a BIT STRING of whole bytes
  return { privateKey: privateKey.contents, publicKey: publicKey?.subarray(1) };
}

function canonicalPrivateKey(
  parameters: RsaParameters | CurveParameters | SeedParameters,
  { privateKey, publicKey }: PrivateKeyInfo,
): Buffer | undefined {
  switch (parameters.type) {
    case 'rsa':
      return publicKey === undefined ? canonicalRsa(parameters, privateKey) : undefined;
    case 'ec':
      return canonicalEc(parameters, privateKey, publicKey);
    case 'seed':
      return parameters.keyType === 'ed25519' ? canonicalEd25519(parameters, privateKey, publicKey) : undefined;
  }
}

/** ECPrivateKey (RFC 5915): the curve is named by the algorithm, the public point is always there. */
function canonicalEc(
  parameters: CurveParameters,
  bytes: Uint8Array,
  outerPoint: Uint8Array | undefined,
): Buffer | undefined {
  const [version, scalar, ...optional] = readSequence(bytes) ?? [];
  if (!isVersion(version, 1) || scalar?.tag !== octets) return undefined;
  if (scalar.contents.length !== parameters.coordinateBytes) return undefined;
  const found = inOrder(optional, [0xa0, 0xa1]);
  if (found === undefined) return undefined;
  const curve = found.get(0xa0);
  if (curve !== undefined && !parameters.algorithm.endsWith(Buffer.from(curve).toString('hex'))) return undefined;
  const point = pointOf(parameters, scalar.contents);
  if (point === undefined) return undefined;
  const inner = found.has(0xa1) ? readPoint(found.get(0xa1)) : undefined;
  if (found.has(0xa1) && (inner === undefined || !isSamePoint(point, inner))) return undefined;
  if (outerPoint !== undefined && !isSamePoint(point, outerPoint)) return undefined;
  const publicKey = encode(0xa1, encode(tags.bitString, Buffer.of(0), point));
  return encode(tags.sequence, one, encode(octets, scalar.contents), publicKey);
}

/** The public point, uncompressed; undefined for a scalar that is not from 1 to n - 1 (of SM2: n - 2). */
function pointOf({ curve }: CurveParameters, scalar: Uint8Array): Buffer | undefined {
  const pair = createECDH(curve);
  try {
    pair.setPrivateKey(scalar);
  } catch {
    return undefined; // zero, or not less than the order
  }
  // GB/T 32918.1 section 6.1: SM2 inverts d + 1.
  return curve === 'SM2' && sm2OrderLessOne.equals(scalar) ? undefined : pair.getPublicKey();
}

const sm2OrderLessOne = Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122', 'hex');

function readPoint(contents: Uint8Array | undefined): Uint8Array | undefined {
  const [bits, ...more] = readElements(contents ?? new Uint8Array()) ?? [];
  return bits?.tag === tags.bitString && bits.contents[0] === 0 && more.length === 0
    ? bits.contents.subarray(1)
    : undefined;
}

/** A point may come compressed (SEC 1 section 2.3.3): then it has half the bytes, and the parity of y in the first. */
function isSamePoint(point: Buffer, given: Uint8Array): boolean {
  if (point.equals(given)) return true;
  const parity = (point.at(-1) ?? 0) & 1;
  return Buffer.concat([Buffer.of(2 + parity), point.subarray(1, (point.length + 1) / 2)]).equals(given);
}

/** CurvePrivateKey (RFC 8410): an OCTET STRING in the OCTET STRING. */
function canonicalEd25519(
  parameters: SeedParameters,
  bytes: Uint8Array,
  publicKey: Uint8Array | undefined,
): Buffer | undefined {
  const [seed, ...more] = readElements(bytes) ?? [];
  if (seed?.tag !== octets || seed.contents.length !== 32 || more.length > 0) return undefined;
  if (publicKey === undefined) return encode(octets, seed.contents);
  const info = encode(tags.sequence, zero, Buffer.from(parameters.algorithm, 'hex'), encode(octets, seed.encoding));
  const key = createPrivateKey({ key: info, format: 'der', type: 'pkcs8' });
  info.fill(0);
  const own = publicOctets(parameters, exportPublicKey(key));
  return Buffer.compare(own, publicKey) === 0 ? encode(octets, seed.contents) : undefined;
}

/** The contents of optional elements by tag: each once at most, in this order, and none besides. */
function inOrder(
  elements: readonly Element[],
  allowed: readonly number[],
): ReadonlyMap<number, Uint8Array> | undefined {
  const places = elements.map(({ tag }) => allowed.indexOf(tag));
  const isInOrder = places.every((place, i) => place >= 0 && (i === 0 || place > (places[i - 1] ?? 0)));
  return isInOrder ? new Map(elements.map(({ tag, contents }) => [tag, contents])) : undefined;
}

function isVersion(element: Element | undefined, version: 0 | 1): boolean {
  return element !== undefined && (version === 0 ? zero : one).equals(element.encoding);
}
