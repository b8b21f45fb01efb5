/**
 * Python's `cryptography` takes what the service makes, the service takes what it makes, and both refuse what is wrong. What
 * it does not have is held against something else: Ed25519ph against RFC 8032 in plain integers (cross.py), ML_KEM_512
 * against @noble/post-quantum. SM2 is in cross-openssl.test.ts.
 */
import assert, { deepEqual } from 'node:assert/strict';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ml_kem512 } from '@noble/post-quantum/ml-kem.js';
import { decapsulate, encapsulate } from '#crypto/kem.ts';
import { readPublicKey } from '#crypto/public-key.ts';
import { verifySignature } from '#crypto/signing/signing.ts';
import { isInstalled } from '#test/harness/clients.ts';
import { standIn } from '#test/harness/counterpart.ts';
import {
  altered,
  Cross,
  crossAgreement,
  crossEncryption,
  crossMacs,
  crossPublicKeys,
  read,
  write,
} from '#test/harness/cross.ts';
import { algorithmsOf, crossSignatures } from '#test/harness/cross-signatures.ts';
import { Cryptography } from '#test/harness/cryptography.ts';
import { startKms } from '#test/harness/kms.ts';

const rsa = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
const nist = ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'];
const signing = [...rsa, ...nist, 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'];
const mlDsa = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'];
const mlKem = ['ML_KEM_768', 'ML_KEM_1024'];

test("the service and Python's cryptography", async (t) => {
  const needed = 'from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem';
  if (!(await isInstalled('python3', ['-c', needed]))) return;
  await using kms = await startKms();
  await using tool = new Cryptography();
  const cross = new Cross(kms, tool);
  t.beforeEach(() => void cross.counted());

  await t.test('read the same public keys and data key pairs', async () => {
    for (const spec of [...signing, ...mlKem]) await crossPublicKeys(cross, spec);
    // Of 10 specs 3 each, and 14 pairs of a spec and a usage both ways.
    deepEqual(cross.counted(), { oursTaken: 44, theirsTaken: 14, oursRefused: 0, theirsRefused: 10 });
  });

  await t.test('verify the signatures of each other, and no wrong ones', async () => {
    for (const spec of signing) {
      for (const algorithm of algorithmsOf(spec)) await crossSignatures(cross, spec, algorithm);
    }
    // Taken by each side: 4 for each pair of a spec and an algorithm with two message types (22), 1 for each with one (2).
    deepEqual(cross.counted(), { oursTaken: 90, theirsTaken: 90, oursRefused: 320, theirsRefused: 621 });
  });

  await t.test(
    'verify the ML-DSA signatures of each other, theirs below the API, which takes no such keys',
    async () => {
      for (const spec of mlDsa) await crossMlDsa(cross, spec);
      // 3 specs with 2 message types, and their public keys.
      deepEqual(cross.counted(), { oursTaken: 9, theirsTaken: 6, oursRefused: 18, theirsRefused: 54 });
    },
  );

  await t.test('verify the MACs of each other, and no wrong ones', async () => {
    for (const bits of [224, 256, 384, 512]) await crossMacs(cross, bits);
    // 4 algorithms with the shortest key and the longest.
    deepEqual(cross.counted(), { oursTaken: 8, theirsTaken: 8, oursRefused: 24, theirsRefused: 64 });
  });

  await t.test('agree on secrets, with keys of one curve alone', async () => {
    for (const spec of nist) {
      const others = [...nist, 'ECC_SECG_P256K1'].filter((other) => other !== spec);
      await crossAgreement(cross, spec, others);
    }
    // 3 curves, each side with either key.
    deepEqual(cross.counted(), { oursTaken: 6, theirsTaken: 6, oursRefused: 24, theirsRefused: 48 });
  });

  await t.test('open what the other has encapsulated, and get another secret from a wrong one', async () => {
    for (const spec of mlKem) await crossKem(cross, spec, tool);
    await crossKem(cross, 'ML_KEM_512', noble512);
    // 3 specs, with the service's keys and with data key pairs.
    deepEqual(cross.counted(), { oursTaken: 3, theirsTaken: 6, oursRefused: 3, theirsRefused: 15 });
  });

  await t.test('decrypt what the other has encrypted, and nothing else', async () => {
    for (const spec of rsa) {
      const modulusBytes = Number(spec.slice(4)) / 8;
      // RFC 8017 section 7.1.1: two hashes and two bytes less than the modulus.
      await crossEncryption(cross, { spec, algorithm: 'RSAES_OAEP_SHA_1', longest: modulusBytes - 42 });
      await crossEncryption(cross, { spec, algorithm: 'RSAES_OAEP_SHA_256', longest: modulusBytes - 66 });
    }
    // 6 pairs of a spec and an algorithm, with the shortest plaintext and the longest.
    deepEqual(cross.counted(), { oursTaken: 12, theirsTaken: 12, oursRefused: 36, theirsRefused: 102 });
  });
});

const algorithm = 'ML_DSA_SHAKE_256';

async function crossMlDsa(cross: Cross, spec: string): Promise<void> {
  const { kms, tool } = cross;
  const [KeyId, other] = [await makeKey(cross, spec, 'SIGN_VERIFY'), await makeKey(cross, spec, 'SIGN_VERIFY')];
  const publicKey = await cross.publicKey(KeyId);
  cross.takesOurs((await tool.reread(publicKey)).equals(publicKey), spec);
  const [message, otherMessage] = [randomBytes(1000), randomBytes(1000)];
  const signed = { algorithm, messageType: 'RAW', message } as const;
  const privateKey = await tool.generate(spec);
  const theirPublicKey = await tool.publicHalf(privateKey);
  const theirs = await tool.sign(signed, privateKey);
  const key = readPublicKey(spec, theirPublicKey);
  assert(key !== undefined);
  const verified = async (signature: Uint8Array, text: Uint8Array, messageType: 'RAW' | 'EXTERNAL_MU') =>
    verifySignature(
      { algorithm, messageType, message: standIn(algorithm, messageType, theirPublicKey, text), signature },
      key,
    );
  for (const messageType of ['RAW', 'EXTERNAL_MU'] as const) {
    const what = `${spec} ${messageType}`;
    const Message = write(standIn(algorithm, messageType, publicKey, message));
    const asked = { KeyId, SigningAlgorithm: algorithm, MessageType: messageType, Message };
    const ours = read((await kms.ok('Sign', asked)).Signature);
    // They have no interface for μ: a signature over it is one of the message itself.
    cross.takesOurs(await tool.verify(signed, publicKey, ours), what);
    cross.refusesOurs(await tool.verify(signed, publicKey, altered(ours)), `an altered ${what}`);
    cross.refusesOurs(await tool.verify({ ...signed, message: otherMessage }, publicKey, ours), `another ${what}`);
    cross.refusesOurs(await tool.verify(signed, theirPublicKey, ours), `${what} of another key`);

    cross.tookTheirs(await verified(theirs, message, messageType), what);
    cross.refusedTheirs(await verified(altered(theirs), message, messageType), `an altered ${what}`);
    cross.refusedTheirs(await verified(theirs, otherMessage, messageType), `another ${what}`);
    const wrong = [
      { ...asked, Signature: write(theirs) },
      { ...asked, Signature: write(altered(ours)) },
      { ...asked, Signature: write(ours.subarray(1)) },
      { ...asked, Signature: write(ours), KeyId: other },
    ];
    for (const one of wrong) await cross.refusesTheirs('Verify', one, 'KMSInvalidSignatureException');
    const Signature = write(theirs);
    const unfit = { ...asked, Signature, SigningAlgorithm: 'ECDSA_SHA_256' };
    await cross.refusesTheirs('Verify', unfit, 'InvalidKeyUsageException');
    await cross.refusesTheirs('Verify', { ...asked, Signature, Message: '' }, 'ValidationException');
    await cross.refusesTheirs('Verify', { ...asked, Signature, MessageType: 'DIGEST' }, 'ValidationException');
  }
}

/** What a counterpart does with ML-KEM keys. */
type Kem = Pick<Cryptography, 'encapsulate' | 'decapsulate' | 'publicHalf'>;

/** The API has Encapsulate for its own keys alone, whose private halves it keeps: the way to theirs is that of data key pairs. */
async function crossKem(cross: Cross, spec: string, kem: Kem): Promise<void> {
  const [KeyId, other] = [await makeKey(cross, spec, usage), await makeKey(cross, spec, usage)];
  const theirs = await kem.encapsulate(await cross.publicKey(KeyId));
  const asked = { KeyId, EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: write(theirs.ciphertext) };
  const opened = await cross.takesTheirs('Decapsulate', asked);
  assert.equal(opened.SharedSecret, write(theirs.secret));
  for (const wrong of [{ SharedSecretCiphertextBlob: write(altered(theirs.ciphertext)) }, { KeyId: other }]) {
    const { SharedSecret } = await cross.kms.ok('Decapsulate', { ...asked, ...wrong });
    cross.refusedTheirs(SharedSecret === opened.SharedSecret, `a wrong ciphertext of ${spec}`);
  }
  const shorter = { ...asked, SharedSecretCiphertextBlob: write(theirs.ciphertext.subarray(1)) };
  await cross.refusesTheirs('Decapsulate', shorter, 'InvalidCiphertextException');
  await cross.refusesTheirs('Decapsulate', { ...asked, SharedSecretCiphertextBlob: '' }, 'ValidationException');
  const symmetric = { ...asked, KeyId: await cross.wrappingKey() };
  await cross.refusesTheirs('Decapsulate', symmetric, 'InvalidKeyUsageException');

  const pair = await cross.dataKeyPair(spec);
  assert.deepEqual(await kem.publicHalf(pair.privateKey), pair.publicKey);
  const publicKey = readPublicKey(spec, pair.publicKey);
  assert(publicKey !== undefined);
  const ours = encapsulate(publicKey);
  const secret = Buffer.from(ours.secret.reveal());
  cross.takesOurs((await kem.decapsulate(pair.privateKey, ours.ciphertext))?.equals(secret) === true, spec);
  const spoiled = await kem.decapsulate(pair.privateKey, altered(ours.ciphertext));
  cross.refusesOurs(spoiled?.equals(secret) === true, `an altered ciphertext of ${spec}`);

  const toPair = await kem.encapsulate(pair.publicKey);
  const privateKey = createPrivateKey({ key: pair.privateKey, format: 'der', type: 'pkcs8' });
  const taken = decapsulate(privateKey, toPair.ciphertext);
  cross.tookTheirs(toPair.secret.equals(taken?.reveal() ?? Buffer.of()), `the data key pair of ${spec}`);
}

const usage = 'ENCAPSULATE_DECAPSULATE';

function makeKey(cross: Cross, KeySpec: string, KeyUsage: string): Promise<string> {
  return cross.create({ KeySpec, KeyUsage });
}

/** ML-KEM by @noble/post-quantum: an encoding is its octets, and ends with them. */
const noble512: Kem = {
  async encapsulate(publicKey) {
    const { sharedSecret, cipherText } = ml_kem512.encapsulate(publicKey.subarray(-800));
    return { secret: Buffer.from(sharedSecret), ciphertext: Buffer.from(cipherText) };
  },
  async decapsulate(privateKey, ciphertext) {
    const { secretKey } = ml_kem512.keygen(privateKey.subarray(-64));
    return Buffer.from(ml_kem512.decapsulate(ciphertext, secretKey));
  },
  async publicHalf(privateKey) {
    const { publicKey } = ml_kem512.keygen(privateKey.subarray(-64));
    return Buffer.concat([spkiHead512, publicKey]);
  },
};
/** SubjectPublicKeyInfo of id-alg-ml-kem-512 up to the octets: RFC 9935. */
const spkiHead512 = Buffer.from('30820332300b06096086480165030404010382032100', 'hex');
