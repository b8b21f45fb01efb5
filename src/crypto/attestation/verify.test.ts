import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { encode } from 'cborg';
import fc from 'fast-check';
import { ManualClock } from '#base/clock.ts';
import { attestationIssuer, type DocumentForm, issue, newSigningKey } from '#test/harness/attestation.ts';
import { AttestationError } from './attestation-error.ts';
import { AttestationVerifier } from './verify.ts';

const nowMs = Date.UTC(2026, 10, 23, 12);
const minuteMs = 60_000;
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuer = attestationIssuer(nowMs);
const other = attestationIssuer(nowMs);

const good = (form: DocumentForm = {}): Buffer => issuer.document({ publicKey, ...form });
const verifierAt = (atMs: number) => new AttestationVerifier(issuer.roots, new ManualClock(atMs));
const verify = (bytes: Uint8Array) => verifierAt(nowMs).verify(bytes);

async function assertRefused(bytes: Uint8Array, problem: RegExp, verifying: Promise<unknown> = verify(bytes)) {
  await assert.rejects(verifying, (error) => {
    assert(error instanceof AttestationError, String(error));
    assert.match(error.message, problem);
    return true;
  });
}

/** One test for each: a document with something wrong, and what is said of it. */
function refuses(cases: Readonly<Record<string, readonly [DocumentForm, RegExp]>>): void {
  for (const [title, [form, problem]] of Object.entries(cases)) {
    test(`refused: ${title}`, () => assertRefused(good(form), problem));
  }
}

const setField = (name: string, value: unknown): DocumentForm => ({ fields: (fields) => void fields.set(name, value) });
const withPublicKey = (key: KeyObject | Uint8Array | null): DocumentForm => ({ publicKey: key });

// --- What is taken ---------------------------------------------------------------------------------------------------

test('a good document says whose it is, its measurements and its key', async () => {
  const { platform, moduleId, pcrs, publicKey: found } = await verify(good());
  assert.equal(platform, 'nitro-enclave');
  assert.equal(moduleId, 'i-0123456789abcdef0-enc0123456789abcde');
  assert.deepEqual([...pcrs.keys()], [0, 1, 2, 4]);
  assert.equal(pcrs.get(0), '01'.repeat(48));
  assert(found.equals(publicKey));
});

test('the message may have its tag', async () => {
  await verify(Buffer.concat([Buffer.of(0xd2), good()]));
});

test('a document of NitroTPM says so', async () => {
  const pcrs = new Map([[4, Buffer.alloc(48, 0xab)]]);
  const fields = (all: Map<string, unknown>) => void (all.delete('pcrs') && all.set('nitrotpm_pcrs', pcrs));
  const attestation = await verify(good({ fields }));
  assert.equal(attestation.platform, 'nitro-tpm');
  assert.equal(attestation.pcrs.get(4), 'ab'.repeat(48));
});

test('what may be left out may be left out, and what is bounded may reach its bounds', async () => {
  const fields = (all: Map<string, unknown>) => void (all.delete('nonce') && all.delete('user_data'));
  await verify(good({ fields }));
  const pcrs = new Map(Array.from({ length: 32 }, (_, index) => [index, Buffer.alloc([32, 48, 64][index % 3] ?? 0)]));
  for (const [name, value] of [
    ['user_data', Buffer.alloc(1024)],
    ['nonce', Buffer.alloc(0)],
    ['pcrs', pcrs],
  ] as const) {
    await verify(good(setField(name, value)));
  }
});

test('a document is good for five minutes, and may be five minutes ahead', async () => {
  await verify(good({ nowMs: nowMs - 5 * minuteMs }));
  await verify(good({ nowMs: nowMs + 5 * minuteMs }));
  await assertRefused(good({ nowMs: nowMs - 5 * minuteMs - 1 }), /more than 5 minutes old/);
  await assertRefused(good({ nowMs: nowMs + 5 * minuteMs + 1 }), /in the future/);
});

test('any of several roots will do', async () => {
  const roots = [...other.roots, ...issuer.roots];
  await new AttestationVerifier(roots, new ManualClock(nowMs)).verify(good());
});

test('a certificate expires although its signature was found right before', async () => {
  const clock = new ManualClock(nowMs);
  const verifier = new AttestationVerifier(issuer.roots, clock);
  const at = (atMs: number) => good({ nowMs: atMs });
  await verifier.verify(at(nowMs));
  clock.advance(120 * minuteMs);
  await verifier.verify(at(clock.now()));
  clock.advance(1000);
  const late = at(clock.now());
  await assertRefused(late, /has expired/, verifier.verify(late));
});

// --- The message and its signature -----------------------------------------------------------------------------------

const es256 = Buffer.from('a10126', 'hex');

refuses({
  'another algorithm': [{ header: es256 }, /not ES384/],
  'a protected header with more in it': [{ header: Buffer.from('a2013822040141', 'hex') }, /not ES384/],
  'an empty protected header': [{ header: Buffer.alloc(0) }, /not ES384/],
  'an algorithm outside of what is signed': [
    { message: ([header, , ...rest]) => [header, new Map([[1, -35]]), ...rest] },
    /unprotected header/,
  ],
  'an altered payload': [
    { message: ([header, map, payload, signature]) => [header, map, altered(payload, 'i-0123', 'i-9123'), signature] },
    /its signature is wrong/,
  ],
  'an altered signature': [
    { message: ([header, map, payload, signature]) => [header, map, payload, flipped(signature)] },
    /its signature is wrong/,
  ],
  'no signature': [{ message: ([header, map, payload]) => [header, map, payload, Buffer.alloc(0)] }, /not of 96 bytes/],
  'a signature of zeros': [
    { message: ([header, map, payload]) => [header, map, payload, Buffer.alloc(96)] },
    /its signature is wrong/,
  ],
  'a detached payload': [{ message: ([header, map, , signature]) => [header, map, null, signature] }, /no payload/],
  'three parts': [{ message: (parts) => parts.slice(0, 3) }, /COSE_Sign1/],
  'five parts': [{ message: (parts) => [...parts, null] }, /COSE_Sign1/],
});

function altered(payload: unknown, from: string, to: string): Buffer {
  assert(payload instanceof Uint8Array);
  const at = Buffer.from(payload).indexOf(from);
  assert(at > 0);
  return Buffer.concat([payload.subarray(0, at), Buffer.from(to), payload.subarray(at + to.length)]);
}

function flipped(bytes: unknown): Buffer {
  assert(bytes instanceof Uint8Array);
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]);
}

test('refused: a good document with any one bit changed, or cut off anywhere', async () => {
  const document = good();
  const verifier = verifierAt(nowMs);
  await fc.assert(
    fc.asyncProperty(fc.nat(document.length * 8 - 1), async (bit) => {
      const changed = Buffer.from(document);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await assertRefused(changed, /./, verifier.verify(changed));
      const shorter = document.subarray(0, bit >> 3);
      await assertRefused(shorter, /./, verifier.verify(shorter));
    }),
    { numRuns: 200 },
  );
});

test('refused: arbitrary bytes', async () => {
  const verifier = verifierAt(nowMs);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => assertRefused(bytes, /./, verifier.verify(bytes))),
  );
});

// --- The encoding ----------------------------------------------------------------------------------------------------

/** The payload is a map of nine: a header byte, then what is in it. */
const reEncoded = (header: string, more: string) => (payload: Buffer) =>
  Buffer.concat([Buffer.from(header, 'hex'), payload.subarray(1), Buffer.from(more, 'hex')]);
const nonceAgain = `656e6f6e6365${'43010203'}`;

refuses({
  'a field that is there twice': [{ payload: reEncoded('aa', nonceAgain) }, /CBOR/],
  'a map of indefinite length': [{ payload: reEncoded('bf', 'ff') }, /CBOR/],
  'a length that is longer than it need be': [{ payload: reEncoded('b809', '') }, /CBOR/],
  'something after the payload': [{ payload: reEncoded('a9', '00') }, /CBOR/],
  'a number with a fraction': [setField('timestamp', nowMs + 0.5), /CBOR/],
  'a tag': [{ payload: (payload) => Buffer.concat([Buffer.of(0xc1), payload]) }, /CBOR/],
  'more arrays and maps than a document has': [setField('nonce', [[]]), /CBOR/],
  'a payload that is no map': [{ payload: () => Buffer.from(encode(['module_id'])) }, /not a map/],
  'an empty payload': [{ payload: () => Buffer.alloc(0) }, /CBOR/],
});

test('refused: something after the message, another tag, a tag twice, arrays without end', async () => {
  const document = good();
  await assertRefused(Buffer.concat([document, Buffer.of(0)]), /CBOR/);
  await assertRefused(Buffer.concat([Buffer.of(0xd1), document]), /CBOR/);
  await assertRefused(Buffer.concat([Buffer.of(0xd2, 0xd2), document]), /CBOR/);
  await assertRefused(Buffer.alloc(16_000, 0x81), /CBOR/);
  await assertRefused(Buffer.alloc(16_000, 0xd2), /CBOR/);
});

test('refused: a document that is too large', async () => {
  await assertRefused(Buffer.alloc(16_513), /too large/);
  const filler = Array.from({ length: 15 }, () => Buffer.alloc(1000));
  await assertRefused(good(setField('cabundle', filler)), /cabundle does not begin/);
  await assertRefused(
    good({ payload: (payload) => Buffer.concat([payload, Buffer.alloc(16_385 - payload.length)]) }),
    /too large/,
  );
});

// --- The fields ------------------------------------------------------------------------------------------------------

for (const name of ['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle']) {
  test(`refused: a document without its ${name}, or with null for it`, async () => {
    await assertRefused(good({ fields: (fields) => void fields.delete(name) }), /^it does not have either pcrs|^its /);
    await assertRefused(good(setField(name, null)), new RegExp(`its ${name} `));
  });
}

const pcrs = (...entries: readonly (readonly [unknown, unknown])[]) => setField('pcrs', new Map(entries));
const register = Buffer.alloc(48);

refuses({
  'a field that AWS does not know': [setField('extra', Buffer.of(1)), /unknown field/],
  'an empty module_id': [setField('module_id', ''), /module_id/],
  'another digest': [setField('digest', 'SHA256'), /digest/],
  'a timestamp of zero': [setField('timestamp', 0), /timestamp/],
  'a timestamp that is a text': [setField('timestamp', String(nowMs)), /timestamp/],
  'no registers': [pcrs(), /1 to 32 registers/],
  'too many registers': [pcrs(...Array.from({ length: 33 }, (_, index) => [index, register] as const)), /1 to 32/],
  'a register of 47 bytes': [pcrs([0, register.subarray(1)]), /wrong length/],
  'a register that is a text': [pcrs([0, '0'.repeat(48)]), /wrong length/],
  'a register with the number 32': [pcrs([32, register]), /not 0 to 31/],
  'a register with a negative number': [pcrs([-1, register]), /not 0 to 31/],
  'a register whose number is a text': [pcrs(['0', register]), /not 0 to 31/],
  'registers of an enclave and of NitroTPM': [setField('nitrotpm_pcrs', register), /either pcrs or/],
  'an empty cabundle': [setField('cabundle', []), /cabundle is empty/],
  'an empty certificate in the cabundle': [setField('cabundle', [issuer.root.der, Buffer.alloc(0)]), /1 to 1024/],
  'a certificate of more than 1024 bytes': [setField('certificate', Buffer.alloc(1025)), /1 to 1024/],
  'too much user_data': [setField('user_data', Buffer.alloc(1025)), /user_data/],
  'a nonce that is a text': [setField('nonce', 'abc'), /nonce/],
});

// --- The certificates ------------------------------------------------------------------------------------------------

const stranger = issue('other', {
  key: newSigningKey(),
  isAuthority: true,
  keyUsage: 'keyCertSign',
  validFromMs: nowMs - minuteMs,
  validToMs: nowMs + minuteMs,
});
const withSignatureOf96 = ([header, map, payload]: readonly unknown[]) => [header, map, payload, Buffer.alloc(96, 1)];

refuses({
  'another root': [{ cabundle: (_, intermediate) => [other.root.der, intermediate.der] }, /not begin with the root/],
  'the root in another place': [{ cabundle: (root, intermediate) => [intermediate.der, root.der] }, /not begin with/],
  'an issuer that is missing': [{ cabundle: (root) => [root.der] }, /do not follow/],
  'a certificate that does not belong': [
    { intermediate: { pathLength: 2 }, cabundle: (root, intermediate) => [root.der, stranger.der, intermediate.der] },
    /do not follow/,
  ],
  'a certificate of another key with the name of the issuer': [
    {
      cabundle: (root, { name }) => {
        const form = { validFromMs: nowMs - minuteMs, validToMs: nowMs + minuteMs, isAuthority: true } as const;
        return [root.der, issue(name, { ...form, key: newSigningKey(), keyUsage: 'keyCertSign' }, root).der];
      },
    },
    /signature of a certificate is wrong/,
  ],
  'a certificate that only claims its issuer': [
    {
      cabundle: (root, { name, key }) => {
        const form = { validFromMs: nowMs - minuteMs, validToMs: nowMs + minuteMs, isAuthority: true } as const;
        const forger = { name: root.name, key: newSigningKey() };
        return [root.der, issue(name, { ...form, key, keyUsage: 'keyCertSign' }, forger).der];
      },
    },
    /signature of a certificate is wrong/,
  ],
  'an expired certificate': [{ leaf: { validToMs: nowMs - 1000 } }, /has expired/],
  'a certificate that is not valid yet': [{ leaf: { validFromMs: nowMs + 1000 } }, /not valid yet/],
  'an expired issuer': [{ intermediate: { validToMs: nowMs - 1000 } }, /has expired/],
  'an issuer that is not valid yet': [{ intermediate: { validFromMs: nowMs + 1000 } }, /not valid yet/],
  'an issuer that is no authority': [{ intermediate: { isAuthority: false } }, /not a certificate authority/],
  'an issuer whose key is not for certificates': [
    { intermediate: { keyUsage: 'cRLSign' } },
    /not a certificate authority/,
  ],
  'an issuer without key usage': [{ intermediate: { keyUsage: undefined } }, /not a certificate authority/],
  'an issuer with an unknown critical extension': [{ intermediate: { hasUnknownCritical: true } }, /unknown critical/],
  'a certificate with an unknown critical extension': [{ leaf: { hasUnknownCritical: true } }, /unknown critical/],
  'a certificate of an authority as the one that signs': [
    { leaf: { isAuthority: true } },
    /certificate of an authority/,
  ],
  'a certificate that is not for signatures': [{ leaf: { keyUsage: 'cRLSign' } }, /not one for digital signatures/],
  'a certificate without key usage': [{ leaf: { keyUsage: undefined } }, /not one for digital signatures/],
  'a key of another curve': [
    { leaf: { key: newSigningKey('P-256') }, message: withSignatureOf96 },
    /not of the curve P-384/,
  ],
  'a certificate that is none': [setField('certificate', Buffer.alloc(500, 0x30)), /not X.509/],
  'a certificate in PEM': [
    { fields: (fields) => void fields.set('certificate', pemOf(fields.get('certificate'))) },
    /not X.509/,
  ],
  'something after a certificate': [
    {
      fields: (fields) => {
        const certificate = fields.get('certificate');
        assert(certificate instanceof Buffer);
        fields.set('certificate', Buffer.concat([certificate, Buffer.of(0)]));
      },
    },
    /not X.509/,
  ],
});

function pemOf(der: unknown): Buffer {
  assert(der instanceof Buffer);
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`);
}

test('refused: a path that is longer than the root allows', async () => {
  const strict = attestationIssuer(nowMs, { pathLength: 0 });
  const verifier = new AttestationVerifier(strict.roots, new ManualClock(nowMs));
  const document = strict.document({ publicKey });
  await assertRefused(document, /longer path/, verifier.verify(document));
});

test('refused: a root that has expired', async () => {
  const expired = attestationIssuer(nowMs, { validToMs: nowMs - 1000 });
  const verifier = new AttestationVerifier(expired.roots, new ManualClock(nowMs));
  const document = expired.document({ publicKey });
  await assertRefused(document, /has expired/, verifier.verify(document));
});

// --- The key of the recipient ----------------------------------------------------------------------------------------

const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });

refuses({
  'no public key': [withPublicKey(null), /no public key/],
  'an empty public key': [withPublicKey(Buffer.alloc(0)), /no public key/],
  'a public key of more than 1024 bytes': [withPublicKey(Buffer.alloc(1025)), /its public_key/],
  'an elliptic curve key': [withPublicKey(newSigningKey().publicKey), /not an RSA key/],
  'an RSA key of 1024 bits': [
    withPublicKey(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    /not an RSA key/,
  ],
  'an RSA key with the exponent 3': [
    withPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey),
    /not an RSA key/,
  ],
  'an RSA key for PSS alone': [
    withPublicKey(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
    /not an RSA key/,
  ],
  'an RSA key without the frame that says so': [
    withPublicKey(publicKey.export({ format: 'der', type: 'pkcs1' })),
    /not an RSA key/,
  ],
  'something after the public key': [withPublicKey(Buffer.concat([spki(publicKey), Buffer.of(0)])), /not an RSA key/],
  'a public key in PEM': [
    withPublicKey(Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))),
    /not an RSA key/,
  ],
});
