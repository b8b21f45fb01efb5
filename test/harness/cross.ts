/**
 * The service and a counterpart, held against each other with the same keys in both hands: what one side makes the other
 * takes, and what is wrong both refuse. All is counted, so that nothing drops out unseen.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { specRow } from '#crypto/specs.ts';
import type { Counterpart } from './counterpart.ts';
import { sendMaterial, wrappingOf } from './import.ts';
import type { Kms } from './kms.ts';

/** How often which side has taken or refused what. */
export interface Tally {
  oursTaken: number;
  theirsTaken: number;
  oursRefused: number;
  theirsRefused: number;
}

/** A private key that the counterpart has, and that keys of the service have been brought. */
export interface SharedKey {
  readonly spec: string;
  readonly privateKey: Buffer;
  /** As the counterpart writes it. */
  readonly publicKey: Buffer;
  /** The service's key with this usage. */
  keyFor(usage: string): Promise<string>;
}

export interface DataKeyPair {
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
  readonly encrypted: string;
}

export class Cross<C extends Counterpart = Counterpart> {
  readonly kms: Kms;
  readonly tool: C;
  #tally = newTally();
  readonly #theirs = new Map<string, Promise<SharedKey>>();
  readonly #ours = new Map<string, Promise<SharedKey>>();
  readonly #pairs = new Map<string, Promise<DataKeyPair>>();
  #wrappingKey: Promise<string> | undefined;

  constructor(kms: Kms, tool: C) {
    this.kms = kms;
    this.tool = tool;
  }

  /** A key that the counterpart has made. */
  theirs(spec: string): Promise<SharedKey> {
    return remembered(this.#theirs, spec, async () => this.#share(spec, await this.tool.generate(spec)));
  }

  /** A key that the service has made, as a data key pair. */
  ours(spec: string): Promise<SharedKey> {
    return remembered(this.#ours, spec, async () => this.#share(spec, (await this.dataKeyPair(spec)).privateKey));
  }

  dataKeyPair(spec: string): Promise<DataKeyPair> {
    return remembered(this.#pairs, spec, async () => {
      const made = await this.kms.ok('GenerateDataKeyPair', { KeyId: await this.wrappingKey(), KeyPairSpec: spec });
      const { PrivateKeyPlaintext, PublicKey, PrivateKeyCiphertextBlob } = made;
      return { privateKey: read(PrivateKeyPlaintext), publicKey: read(PublicKey), encrypted: PrivateKeyCiphertextBlob };
    });
  }

  wrappingKey(): Promise<string> {
    this.#wrappingKey ??= this.create({});
    return this.#wrappingKey;
  }

  async create(wish: object): Promise<string> {
    return (await this.kms.ok('CreateKey', wish)).KeyMetadata.Arn;
  }

  /** A key of the service that holds this material. */
  async import(KeySpec: string, KeyUsage: string, material: Uint8Array): Promise<string> {
    const KeyId = await this.create({ KeySpec, KeyUsage, Origin: 'EXTERNAL' });
    const { status, text } = await sendMaterial(this.kms, KeyId, material, {}, { wrapping: wrappingOf(KeySpec) });
    assert.equal(status, 200, text);
    return KeyId;
  }

  async publicKey(KeyId: string): Promise<Buffer> {
    return read((await this.kms.ok('GetPublicKey', { KeyId })).PublicKey);
  }

  /** The counterpart has taken what the service made. */
  takesOurs(isTaken: boolean, what: string): void {
    assert(isTaken, `they refuse ${what}`);
    this.#tally.oursTaken++;
  }

  refusesOurs(isTaken: boolean, what: string): void {
    assert(!isTaken, `they take ${what}`);
    this.#tally.oursRefused++;
  }

  /** The service takes what the counterpart made. */
  async takesTheirs(operation: string, input: object) {
    const answer = await this.kms.ok(operation, input);
    this.#tally.theirsTaken++;
    return answer;
  }

  async refusesTheirs(operation: string, input: object, error: string): Promise<void> {
    const { status, body } = await this.kms.send(operation, input);
    assert.deepEqual([status, body.__type], [400, error], `${operation} ${JSON.stringify(input)}`);
    this.#tally.theirsRefused++;
  }

  /** As `takesTheirs`, for what is decided below the API. */
  tookTheirs(isTaken: boolean, what: string): void {
    assert(isTaken, `we refuse ${what}`);
    this.#tally.theirsTaken++;
  }

  refusedTheirs(isTaken: boolean, what: string): void {
    assert(!isTaken, `we take ${what}`);
    this.#tally.theirsRefused++;
  }

  /** What was counted since the last time. */
  counted(): Tally {
    const tally = this.#tally;
    this.#tally = newTally();
    return tally;
  }

  async #share(spec: string, privateKey: Buffer): Promise<SharedKey> {
    const keys = new Map<string, Promise<string>>();
    return {
      spec,
      privateKey,
      publicKey: await this.tool.publicHalf(privateKey),
      keyFor: (usage) => remembered(keys, usage, () => this.import(spec, usage, privateKey)),
    };
  }
}

function newTally(): Tally {
  return { oursTaken: 0, theirsTaken: 0, oursRefused: 0, theirsRefused: 0 };
}

function remembered<T>(map: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const made = map.get(name) ?? make();
  map.set(name, made);
  return made;
}

export const read = (base64: string): Buffer => Buffer.from(base64, 'base64');
export const write = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** The bytes with one bit of the last one turned. */
export function altered(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

/** The public keys of the shared keys, and the data key pairs, are the same to both sides. */
export async function crossPublicKeys(cross: Cross, spec: string): Promise<void> {
  const { kms, tool } = cross;
  const pair = await cross.dataKeyPair(spec);
  cross.takesOurs((await tool.reread(pair.publicKey)).equals(pair.publicKey), `the data public key of ${spec}`);
  const half = await tool.publicHalf(pair.privateKey);
  cross.takesOurs(half.equals(pair.publicKey), `the data private key of ${spec}`);
  const opened = await kms.ok('Decrypt', { CiphertextBlob: pair.encrypted });
  assert.deepEqual(read(opened.Plaintext), pair.privateKey);
  await cross.refusesTheirs('Decrypt', { CiphertextBlob: write(altered(read(pair.encrypted))) }, invalidCiphertext);
  const blindly = { KeyId: await cross.wrappingKey(), KeyPairSpec: spec, EncryptionContext: { a: 'b' } };
  const blind = await kms.ok('GenerateDataKeyPairWithoutPlaintext', blindly);
  const sealed = { CiphertextBlob: blind.PrivateKeyCiphertextBlob, EncryptionContext: { a: 'b' } };
  const { Plaintext } = await kms.ok('Decrypt', sealed);
  const blindHalf = await tool.publicHalf(read(Plaintext));
  cross.takesOurs(
    blindHalf.equals(read(blind.PublicKey)),
    `the data private key of ${spec} that was encrypted at once`,
  );
  for (const usage of specRow(spec).canBeImported ? specRow(spec).usages : []) {
    const theirs = await cross.theirs(spec);
    const publicKey = await cross.publicKey(await theirs.keyFor(usage));
    cross.tookTheirs(publicKey.equals(theirs.publicKey), `the private key of ${spec} for ${usage}`);
    cross.takesOurs((await tool.reread(publicKey)).equals(publicKey), `the public key of ${spec} for ${usage}`);
  }
}

/** HMAC with keys as short and as long as AWS takes them. */
export async function crossMacs(cross: Cross, bits: number): Promise<void> {
  const { tool } = cross;
  const MacAlgorithm = `HMAC_SHA_${bits}`;
  const message = randomBytes(1000);
  const Message = write(message);
  for (const length of [bits / 8, 128]) {
    const key = randomBytes(length);
    const KeyId = await cross.import(`HMAC_${bits}`, 'GENERATE_VERIFY_MAC', key);
    const ours = read((await cross.kms.ok('GenerateMac', { KeyId, MacAlgorithm, Message })).Mac);
    cross.takesOurs(await tool.verifyMac(MacAlgorithm, key, message, ours), MacAlgorithm);
    cross.refusesOurs(await tool.verifyMac(MacAlgorithm, key, message, altered(ours)), 'an altered MAC');
    cross.refusesOurs(await tool.verifyMac(MacAlgorithm, key, altered(message), ours), 'a MAC of another message');
    cross.refusesOurs(await tool.verifyMac(MacAlgorithm, altered(key), message, ours), 'a MAC of another key');

    const theirs = await tool.mac(MacAlgorithm, key, message);
    const asked = { KeyId, MacAlgorithm, Message, Mac: write(theirs) };
    assert.equal((await cross.takesTheirs('VerifyMac', asked)).MacValid, true);
    const other = await cross.create({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' });
    const wrong = [
      { ...asked, Mac: write(altered(theirs)) },
      { ...asked, Mac: write(theirs.subarray(1)) },
      { ...asked, Message: write(altered(message)) },
      { ...asked, KeyId: other },
    ];
    for (const one of wrong) await cross.refusesTheirs('VerifyMac', one, 'KMSInvalidMacException');
    const otherAlgorithm = { ...asked, MacAlgorithm: bits === 256 ? 'HMAC_SHA_512' : 'HMAC_SHA_256' };
    await cross.refusesTheirs('VerifyMac', otherAlgorithm, 'InvalidKeyUsageException');
    const symmetric = { ...asked, KeyId: await cross.wrappingKey() };
    await cross.refusesTheirs('VerifyMac', symmetric, 'InvalidKeyUsageException');
    await cross.refusesTheirs('VerifyMac', { ...asked, Message: '' }, 'ValidationException');
    await cross.refusesTheirs('VerifyMac', { ...asked, Mac: '' }, 'ValidationException');
  }
}

/** Diffie-Hellman between a key of the service and one of the counterpart; `others` are specs on other curves. */
export async function crossAgreement(cross: Cross, spec: string, others: readonly string[]): Promise<void> {
  const { tool } = cross;
  const [one, two] = [await cross.ours(spec), await cross.theirs(spec)];
  for (const [mine, peer] of [
    [one, two],
    [two, one],
  ] as const) {
    const KeyId = await mine.keyFor('KEY_AGREEMENT');
    const ask = (publicKey: Uint8Array) => ({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: write(publicKey) });
    const { SharedSecret } = await cross.takesTheirs('DeriveSharedSecret', ask(peer.publicKey));
    const publicKey = await cross.publicKey(KeyId);
    const secret = await tool.agree(peer.privateKey, publicKey);
    cross.takesOurs(secret?.equals(read(SharedSecret)) === true, `a public key of ${spec}`);
    const withItself = await tool.agree(mine.privateKey, publicKey);
    cross.refusesOurs(withItself?.equals(read(SharedSecret)) === true, `another secret of ${spec}`);
    for (const other of others) {
      const stranger = await cross.theirs(other);
      cross.refusesOurs((await tool.agree(stranger.privateKey, publicKey)) !== undefined, `${spec} for ${other}`);
      await cross.refusesTheirs('DeriveSharedSecret', ask(stranger.publicKey), 'ValidationException');
    }
    const offCurve = altered(peer.publicKey);
    for (const wrong of [offCurve, peer.publicKey.subarray(1), peer.privateKey, Buffer.alloc(0)]) {
      await cross.refusesTheirs('DeriveSharedSecret', ask(wrong), 'ValidationException');
    }
    const signing = { ...ask(peer.publicKey), KeyId: await mine.keyFor('SIGN_VERIFY') };
    await cross.refusesTheirs('DeriveSharedSecret', signing, 'InvalidKeyUsageException');
  }
}

const invalidCiphertext = 'InvalidCiphertextException';

/** Public key encryption, of plaintexts as short and as long as the algorithm takes them. */
export async function crossEncryption(
  cross: Cross,
  { spec, algorithm, longest }: { readonly spec: string; readonly algorithm: string; readonly longest: number },
): Promise<void> {
  const { kms, tool } = cross;
  const [mine, stranger] = [await cross.theirs(spec), await cross.ours(spec)];
  const KeyId = await mine.keyFor('ENCRYPT_DECRYPT');
  const strangersKey = await stranger.keyFor('ENCRYPT_DECRYPT');
  const publicKey = await cross.publicKey(KeyId);
  const others = specRow(spec).algorithms.ENCRYPT_DECRYPT?.filter((one) => one !== algorithm) ?? [];
  for (const length of [1, longest]) {
    const plaintext = randomBytes(length);
    const wish = { KeyId, EncryptionAlgorithm: algorithm, Plaintext: write(plaintext) };
    const ours = read((await kms.ok('Encrypt', wish)).CiphertextBlob);
    cross.takesOurs((await tool.decrypt(algorithm, mine.privateKey, ours))?.equals(plaintext) === true, algorithm);
    const wrongOurs = [
      tool.decrypt(algorithm, mine.privateKey, altered(ours)),
      tool.decrypt(algorithm, stranger.privateKey, ours),
      ...others.map((other) => tool.decrypt(other, mine.privateKey, ours)),
    ];
    for (const opened of wrongOurs) cross.refusesOurs((await opened) !== undefined, `a wrong ${algorithm}`);

    const theirs = await tool.encrypt(algorithm, publicKey, plaintext);
    const asked = { KeyId, EncryptionAlgorithm: algorithm, CiphertextBlob: write(theirs) };
    assert.equal((await cross.takesTheirs('Decrypt', asked)).Plaintext, write(plaintext));
    const wrong = [
      { ...asked, CiphertextBlob: write(altered(theirs)) },
      { ...asked, CiphertextBlob: write(theirs.subarray(0, -1)) },
      { ...asked, KeyId: strangersKey },
      ...others.map((EncryptionAlgorithm) => ({ ...asked, EncryptionAlgorithm })),
    ];
    for (const one of wrong) await cross.refusesTheirs('Decrypt', one, invalidCiphertext);
    const notForIt = [
      { ...asked, EncryptionAlgorithm: spec === 'SM2' ? 'RSAES_OAEP_SHA_256' : 'SM2PKE' },
      { ...asked, EncryptionAlgorithm: undefined },
      { ...asked, KeyId: await mine.keyFor('SIGN_VERIFY') },
    ];
    for (const one of notForIt) await cross.refusesTheirs('Decrypt', one, 'InvalidKeyUsageException');
    await cross.refusesTheirs('Decrypt', { ...asked, CiphertextBlob: '' }, 'ValidationException');
  }
  const tooLong = { KeyId, EncryptionAlgorithm: algorithm, Plaintext: write(randomBytes(longest + 1)) };
  await cross.refusesTheirs('Encrypt', tooLong, 'ValidationException');
}
