/**
 * A maker of attestation documents with a public key infrastructure of its own, and a reader of what is encrypted for the
 * one who asked. Every part can be made wrong.
 */
import assert from 'node:assert/strict';
import { constants, createDecipheriv, generateKeyPairSync, type KeyObject, privateDecrypt, sign } from 'node:crypto';
import { encode as encodeCbor } from 'cborg';
import { type AttestationRoots, readRoots } from '#crypto/attestation/roots.ts';
import { encode, tags } from '#crypto/der.ts';

// --- Certificates ----------------------------------------------------------------------------------------------------

const sequence = (...contents: readonly Uint8Array[]) => encode(tags.sequence, ...contents);
const integer = (value: number) => encode(tags.integer, Buffer.of(value));
const objectIdentifier = (hex: string) => encode(tags.objectIdentifier, Buffer.from(hex, 'hex'));

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const newSigningKey = (namedCurve = 'P-384'): KeyPair => generateKeyPairSync('ec', { namedCurve });

/** RFC 5280 section 4.2.1.3, as the extension's value. */
const keyUsages = { digitalSignature: '03020780', keyCertSign: '03020204', cRLSign: '03020102' } as const;

export interface CertificateForm {
  readonly key: KeyPair;
  readonly isAuthority: boolean;
  readonly pathLength?: number;
  /** None where it is undefined. */
  readonly keyUsage: keyof typeof keyUsages | undefined;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Of an extension that nobody knows. */
  readonly hasUnknownCritical?: boolean;
}

export interface Issued {
  readonly name: string;
  readonly key: KeyPair;
  readonly der: Buffer;
}

/** A certificate, signed by its issuer with ECDSA and SHA-384; by itself where it has none. */
export function issue(name: string, form: CertificateForm, issuer?: Pick<Issued, 'name' | 'key'>): Issued {
  const { name: issuerName, key: issuerKey } = issuer ?? { name, key: form.key };
  const algorithm = sequence(objectIdentifier('2a8648ce3d040303'));
  const toBeSigned = sequence(
    encode(0xa0, integer(2)),
    integer(1),
    algorithm,
    nameOf(issuerName),
    sequence(utcTime(form.validFromMs), utcTime(form.validToMs)),
    nameOf(name),
    form.key.publicKey.export({ format: 'der', type: 'spki' }),
    encode(0xa3, sequence(...extensionsOf(form))),
  );
  const signature = sign('sha384', toBeSigned, issuerKey.privateKey);
  return { name, key: form.key, der: sequence(toBeSigned, algorithm, encode(tags.bitString, Buffer.of(0), signature)) };
}

function extensionsOf({ isAuthority, pathLength, keyUsage, hasUnknownCritical }: CertificateForm): Buffer[] {
  const authority = isAuthority ? [encode(tags.boolean, Buffer.of(0xff))] : [];
  const length = pathLength === undefined ? [] : [integer(pathLength)];
  const usage = keyUsage === undefined ? [] : [criticalExtension('551d0f', Buffer.from(keyUsages[keyUsage], 'hex'))];
  const unknown = hasUnknownCritical === true ? [criticalExtension('2a0304', integer(1))] : [];
  return [criticalExtension('551d13', sequence(...authority, ...length)), ...usage, ...unknown];
}

function criticalExtension(id: string, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(id), encode(tags.boolean, Buffer.of(0xff)), encode(tags.octetString, value));
}

function nameOf(commonName: string): Buffer {
  const utf8String = encode(0x0c, Buffer.from(commonName));
  return sequence(encode(tags.set, sequence(objectIdentifier('550403'), utf8String)));
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '');
  return encode(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

// --- Documents -------------------------------------------------------------------------------------------------------

/** What is to be otherwise in a document. */
export interface DocumentForm {
  readonly nowMs?: number;
  readonly publicKey?: KeyObject | Uint8Array | null;
  /** PCR0 is 48 bytes of this. */
  readonly imageByte?: number;
  readonly fields?: (fields: Map<string, unknown>) => void;
  readonly payload?: (payload: Buffer) => Uint8Array;
  readonly header?: Uint8Array;
  readonly message?: (message: readonly unknown[]) => readonly unknown[];
  readonly leaf?: Partial<CertificateForm>;
  readonly intermediate?: Partial<CertificateForm>;
  readonly cabundle?: (root: Issued, intermediate: Issued) => readonly Uint8Array[];
}

export interface AttestationIssuer {
  readonly root: Issued;
  readonly roots: AttestationRoots;
  readonly rootPem: string;
  document(form?: DocumentForm): Buffer;
}

const hourMs = 3_600_000;

/** Its certificates are valid for a day, those that sign documents for three hours, as AWS's are. */
export function attestationIssuer(nowMs: number, rootForm: Partial<CertificateForm> = {}): AttestationIssuer {
  const day = { validFromMs: nowMs - hourMs, validToMs: nowMs + 24 * hourMs };
  const authority = { ...day, isAuthority: true, keyUsage: 'keyCertSign' } as const;
  const root = issue('test.nitro-enclaves', { ...authority, key: newSigningKey(), ...rootForm });
  const [intermediateKey, leafKey] = [newSigningKey(), newSigningKey()];
  const rootPem = `-----BEGIN CERTIFICATE-----\n${root.der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return {
    root,
    rootPem,
    roots: readRoots(rootPem),
    document(form = {}) {
      const intermediate = issue(
        'zonal.test.nitro-enclaves',
        { ...authority, key: intermediateKey, pathLength: 0, ...form.intermediate },
        root,
      );
      const threeHours = { validFromMs: nowMs - hourMs, validToMs: nowMs + 2 * hourMs };
      const leafForm = { key: leafKey, isAuthority: false, keyUsage: 'digitalSignature', ...threeHours } as const;
      const leaf = issue('i-0123456789abcdef0-enc0123456789abcde', { ...leafForm, ...form.leaf }, intermediate);
      const cabundle = form.cabundle?.(root, intermediate) ?? [root.der, intermediate.der];
      return signDocument({ nowMs, ...form }, leaf, cabundle);
    },
  };
}

/** {1: -35}: ES384. */
const es384 = Buffer.from('a1013822', 'hex');

function signDocument(form: DocumentForm, leaf: Issued, cabundle: readonly Uint8Array[]): Buffer {
  const { nowMs, publicKey = null, imageByte = 1, header = es384 } = form;
  const pcrs = new Map([0, 1, 2, 4].map((index) => [index, Buffer.alloc(48, index === 0 ? imageByte : index + 16)]));
  const fields = new Map<string, unknown>([
    ['module_id', leaf.name],
    ['digest', 'SHA384'],
    ['timestamp', nowMs],
    ['pcrs', pcrs],
    ['certificate', leaf.der],
    ['cabundle', cabundle],
    ['public_key', isKey(publicKey) ? publicKey.export({ format: 'der', type: 'spki' }) : publicKey],
    ['user_data', null],
    ['nonce', Buffer.of(1, 2, 3)],
  ]);
  form.fields?.(fields);
  const encoded = Buffer.from(encodeCbor(fields));
  const payload = form.payload?.(encoded) ?? encoded;
  const signed = encodeCbor(['Signature1', header, new Uint8Array(), payload]);
  const signature = sign('sha384', signed, { key: leaf.key.privateKey, dsaEncoding: 'ieee-p1363' });
  const message = [header, new Map(), payload, signature];
  return Buffer.from(encodeCbor(form.message?.(message) ?? message));
}

function isKey(key: KeyObject | Uint8Array | null): key is KeyObject {
  return key !== null && 'export' in key;
}

// --- What comes back -------------------------------------------------------------------------------------------------

/** The values that an envelope has, as they lie in there. */
export interface OpenedEnvelope {
  readonly subjectKeyIdentifier: Uint8Array;
  readonly encryptedKey: Uint8Array;
  readonly iv: Uint8Array;
  readonly encryptedContent: Uint8Array;
}

/** Reads CMS EnvelopedData in BER of AWS's form: everything at its place. */
export function readEnvelope(ber: Uint8Array): OpenedEnvelope {
  const [contentInfo] = readBer(ber);
  const [, explicit] = inside(contentInfo);
  const [version, recipients, content] = inside(inside(explicit)[0]);
  const [recipient] = inside(recipients);
  const [recipientVersion, identifier, , encryptedKey] = inside(recipient);
  const [, algorithm, encrypted] = inside(content);
  assert.deepEqual([version?.content, recipientVersion?.content], [Buffer.of(2), Buffer.of(2)]);
  return {
    subjectKeyIdentifier: contentOf(identifier),
    encryptedKey: contentOf(encryptedKey),
    iv: contentOf(inside(algorithm)[1]),
    encryptedContent: Buffer.concat(inside(encrypted).map(({ content }) => content)),
  };
}

/** Decrypts what `readEnvelope` reads, as software in an enclave does. */
export function openEnvelope(ber: Uint8Array, privateKey: KeyObject): Buffer {
  const { encryptedKey, iv, encryptedContent } = readEnvelope(ber);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const contentKey = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, encryptedKey);
  const decipher = createDecipheriv('aes-256-cbc', contentKey, iv);
  return Buffer.concat([decipher.update(encryptedContent), decipher.final()]);
}

interface Node {
  readonly content: Buffer;
  readonly children: readonly Node[];
}

function inside(node: Node | undefined): readonly Node[] {
  assert(node !== undefined);
  return node.children;
}

function contentOf(node: Node | undefined): Buffer {
  assert(node !== undefined);
  return node.content;
}

/** BER with definite and indefinite lengths; everything is read to the last byte. */
function readBer(bytes: Uint8Array): readonly Node[] {
  const all = Buffer.from(bytes);
  let at = 0;
  const readLength = (): number | undefined => {
    const first = all[at++] ?? 0;
    if (first === 0x80) return undefined;
    if (first < 0x80) return first;
    const count = first & 0x7f;
    at += count;
    return all.readUIntBE(at - count, count);
  };
  const readNodes = (end: number | undefined): Node[] => {
    const nodes: Node[] = [];
    while (end === undefined ? all[at] !== 0 : at < end) {
      assert(at < all.length, 'the encoding ends too early');
      const isConstructed = ((all[at++] ?? 0) & 0x20) !== 0;
      const length = readLength();
      const start = at;
      const stop = length === undefined ? undefined : start + length;
      const children = isConstructed ? readNodes(stop) : [];
      if (stop !== undefined) at = stop;
      nodes.push({ content: all.subarray(start, at), children });
    }
    if (end === undefined) at += 2;
    return nodes;
  };
  const nodes = readNodes(all.length);
  assert.equal(at, all.length);
  return nodes;
}
