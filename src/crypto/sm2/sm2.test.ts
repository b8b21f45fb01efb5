import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encode, encodeUnsigned, readSequence, tags } from '#crypto/der.ts';
import { readImported } from '#crypto/key-material.ts';
import { order, Point, sm3, toFieldBytes } from './curve.ts';
import { decryptSm2, encryptSm2, mostSm2Bytes } from './encryption.ts';
import { deriveOnSm2 } from './key-agreement.ts';
import { signSm2, verifySm2 } from './signature.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** The key of the examples in GB/T 32918.5-2017, appendices A and C. */
const example = {
  scalar: '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
  x: '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020',
  y: 'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
};

function exampleKey() {
  const inner = encode(tags.sequence, hex('020101'), encode(tags.octetString, hex(example.scalar)));
  const algorithm = hex('301306072a8648ce3d020106082a811ccf5501822d');
  const info = new SecretBytes(encode(tags.sequence, hex('020100'), algorithm, encode(tags.octetString, inner)));
  const stored = readImported('SM2', info);
  assert(stored !== undefined);
  const privateKey = createPrivateKey({ key: Buffer.from(stored.reveal()), format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  return { privateKey, publicKey };
}

const revealed = (secret: SecretBytes | undefined) => secret && Buffer.from(secret.reveal());
const numbers = (...texts: string[]) => encode(tags.sequence, ...texts.map((text) => encodeUnsigned(hex(text))));
const flipped = (bytes: Uint8Array, bit: number) => {
  const altered = Buffer.from(bytes);
  altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return altered;
};

test('the example signature of the standard is verified, and the digest that it is over', () => {
  const { publicKey } = exampleKey();
  assert(publicKey.export({ format: 'der', type: 'spki' }).toString('hex').endsWith(`04${example.x}${example.y}`));
  const signature = numbers(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3',
    'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  );
  const message = Buffer.from('message digest');
  assert(verifySm2({ publicKey, messageType: 'RAW', message, signature }));
  const digest = hex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640');
  assert(verifySm2({ publicKey, messageType: 'DIGEST', message: digest, signature }));
  const identity = hex('b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3');
  assert.deepEqual(sm3(identity, message), digest);
});

test('the example ciphertext of the standard is decrypted', () => {
  const ciphertext = encode(
    tags.sequence,
    encodeUnsigned(hex('04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73')),
    encodeUnsigned(hex('e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0')),
    encode(tags.octetString, hex('59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766')),
    encode(tags.octetString, hex('21886ca989ca9c7d58087307ca93092d651efa')),
  );
  assert.equal(revealed(decryptSm2(exampleKey().privateKey, ciphertext))?.toString(), 'encryption standard');
});

test('what is signed is verified, under its own key and message type alone', () => {
  const mine = newKey();
  const theirs = newKey();
  const message = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(message, fc.constantFrom('RAW', 'DIGEST'), (bytes, messageType) => {
      const signature = signSm2({ privateKey: mine.privateKey, messageType, message: bytes });
      const asked = { publicKey: mine.publicKey, messageType, message: bytes, signature };
      assert(verifySm2(asked));
      assert(!verifySm2({ ...asked, publicKey: theirs.publicKey }));
      assert(!verifySm2({ ...asked, messageType: messageType === 'RAW' ? 'DIGEST' : 'RAW' }));
      assert(!verifySm2({ ...asked, message: flipped(bytes, 7) }));
    }),
    { numRuns: 20 },
  );
});

test('no flipped bit of a signature is overlooked, and no other encoding of it taken', () => {
  const { privateKey, publicKey } = newKey();
  const message = Buffer.from('attack at dawn');
  const signature = signSm2({ privateKey, messageType: 'RAW', message });
  const verifies = (other: Uint8Array) => verifySm2({ publicKey, messageType: 'RAW', message, signature: other });
  for (let bit = 0; bit < signature.length * 8; bit++) assert(!verifies(flipped(signature, bit)), `bit ${bit}`);
  const [r, s] = readSequence(signature) ?? [];
  assert(r !== undefined && s !== undefined);
  const order = hex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
  const refused = [
    Buffer.alloc(0),
    Buffer.concat([signature, Buffer.of(0)]),
    encode(tags.sequence, r.encoding),
    encode(tags.sequence, r.encoding, s.encoding, s.encoding),
    encode(tags.sequence, encode(tags.integer, Buffer.of(0), r.contents), s.encoding),
    encode(tags.sequence, encodeUnsigned(Buffer.alloc(0)), s.encoding),
    encode(tags.sequence, r.encoding, encodeUnsigned(Buffer.alloc(0))),
    encode(tags.sequence, r.encoding, encodeUnsigned(order)),
    encode(tags.sequence, encodeUnsigned(order), s.encoding),
    encode(tags.sequence, encodeUnsigned(Buffer.alloc(40, 255)), s.encoding),
  ];
  for (const [i, one] of refused.entries()) assert(!verifies(one), `${i}`);
});

test('r and s that add up to the order are refused, also where they satisfy the equation', () => {
  const { publicKey } = newKey();
  const signature = numbers('01', toFieldBytes(order - 1n).toString('hex'));
  // With t = 0 the public key drops out: the point is -G, whose x is that of G.
  const message = toFieldBytes((1n - Point.BASE.x + order) % order);
  assert(!verifySm2({ publicKey, messageType: 'DIGEST', message, signature }));
});

test('signatures are random', () => {
  const { privateKey } = newKey();
  const sign = () => signSm2({ privateKey, messageType: 'RAW', message: Buffer.of(1) }).toString('hex');
  assert.equal(new Set(Array.from({ length: 8 }, sign)).size, 8);
});

test('what is encrypted is decrypted, by its own key alone', () => {
  const mine = newKey();
  const theirs = newKey();
  for (const length of [1, 31, 32, 33, 64, mostSm2Bytes]) {
    const plaintext = Buffer.alloc(length, length);
    const ciphertext = encryptSm2(mine.publicKey, new SecretBytes(plaintext));
    assert.deepEqual(revealed(decryptSm2(mine.privateKey, ciphertext)), plaintext);
    assert.equal(decryptSm2(theirs.privateKey, ciphertext), undefined);
  }
  assert.throws(() => encryptSm2(mine.publicKey, new SecretBytes(Buffer.alloc(mostSm2Bytes + 1))), RangeError);
  assert.throws(() => encryptSm2(mine.publicKey, new SecretBytes(Buffer.alloc(0))), RangeError);
});

test('no change of an SM2 ciphertext is overlooked', () => {
  const { privateKey, publicKey } = newKey();
  const ciphertext = encryptSm2(publicKey, new SecretBytes(Buffer.from('secret')));
  for (let bit = 0; bit < ciphertext.length * 8; bit++) {
    assert.equal(decryptSm2(privateKey, flipped(ciphertext, bit)), undefined, `bit ${bit}`);
  }
  const [x, y, hash, masked] = readSequence(ciphertext) ?? [];
  assert(x !== undefined && y !== undefined && hash !== undefined && masked !== undefined);
  const again = (...parts: readonly { readonly encoding: Uint8Array }[]) =>
    decryptSm2(privateKey, encode(tags.sequence, ...parts.map(({ encoding }) => encoding)));
  assert.deepEqual(revealed(again(x, y, hash, masked))?.toString(), 'secret');
  for (const parts of [
    [x, y, hash],
    [x, y, hash, masked, masked],
    [y, x, hash, masked],
    [x, y, masked, hash],
  ]) {
    assert.equal(again(...parts), undefined);
  }
  const nothing = { encoding: encode(tags.octetString) };
  const zero = { encoding: encodeUnsigned(Buffer.alloc(0)) };
  assert.equal(again(x, y, hash, nothing), undefined);
  assert.equal(again(zero, zero, hash, masked), undefined);
  assert.equal(decryptSm2(privateKey, Buffer.concat([ciphertext, Buffer.of(0)])), undefined);
});

test('both sides agree on the secret that OpenSSL would', () => {
  const mine = newKey();
  const theirs = newKey();
  const secret = revealed(deriveOnSm2(mine.privateKey, theirs.publicKey));
  assert.deepEqual(secret, revealed(deriveOnSm2(theirs.privateKey, mine.publicKey)));
  assert.deepEqual(secret, diffieHellman({ privateKey: mine.privateKey, publicKey: theirs.publicKey }));
});
