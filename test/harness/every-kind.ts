/**
 * Keys of every spec, usage, origin and state, and a transcript of what they answered. Whoever has the same keys later
 * (another version, a restored backup) must give the same answers. What is random cannot be asked again: of signatures,
 * ciphertexts and encapsulated secrets, the transcript has what opens or verifies them.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { keySpecs } from '#crypto/specs.ts';
import type { Members } from './client.ts';
import { materialFor, wrapFor, wrappingOf } from './import.ts';
import { until } from './server-process.ts';

export interface Exchange {
  readonly region: string;
  readonly operation: string;
  readonly input: Members;
  /** Its body; of a refusal, which error it is: texts may become better. */
  readonly answer: object;
}

/** One request; any status is an answer. */
export type Ask = (operation: string, input: Members, region: string) => Promise<{ readonly body?: unknown }>;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Body = any;

const home = 'us-east-1';
const away = 'eu-west-1';
const Plaintext = Buffer.from('hello, later version').toString('base64');
const noExpiry = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
const dayInSeconds = 86_400;

/**
 * Asks the same again, in the same order, and makes sure that private keys still sign for their public ones. Answers may have
 * more members by then.
 */
export async function assertAnswersAgain(ask: Ask, exchanges: readonly Exchange[]): Promise<void> {
  for (const { region, operation, input, answer } of exchanges) {
    const { body } = await ask(operation, input, region);
    assert.partialDeepStrictEqual(body, answer, `${operation} ${JSON.stringify(input)}: ${JSON.stringify(body)}`);
    if (operation !== 'Verify' || (answer as Body).SignatureValid !== true) continue;
    const { Signature: _, ...toSign } = input;
    const signed = (await ask('Sign', toSign, region)).body as Body;
    const verified = await ask('Verify', { ...toSign, Signature: signed.Signature }, region);
    assert.partialDeepStrictEqual(verified.body, answer, `Sign ${JSON.stringify(toSign)}: ${JSON.stringify(signed)}`);
  }
}

/** Makes them on a server that serves SM2, and asks. */
export async function makeEveryKind(ask: Ask): Promise<readonly Exchange[]> {
  const maker = new Maker(ask);
  for (const [spec, { usages }] of keySpecs) {
    for (const usage of usages) await maker.use(await maker.newKey({ KeySpec: spec, KeyUsage: usage }));
  }
  await makeRotated(maker);
  for (const spec of ['HMAC_256', 'RSA_2048', 'ECC_NIST_P521', 'ECC_NIST_EDWARDS25519', 'SM2']) {
    const KeyUsage = keySpecs.get(spec)?.usages.at(-1);
    const key = await maker.newKey({ KeySpec: spec, KeyUsage, Origin: 'EXTERNAL' });
    await maker.bring(key, materialFor(spec));
    await maker.use(key);
  }
  await makeImported(maker);
  await makeFamilies(maker);
  await maker.use(await maker.newKey({ KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' }), 'DisableKey');
  await maker.use(await maker.newKey({ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' }), 'ScheduleKeyDeletion');
  return maker.transcript();
}

interface Key {
  readonly KeyId: string;
  readonly region: string;
  readonly spec: string;
  readonly usage: string;
  readonly algorithm: string;
}

async function makeRotated(maker: Maker): Promise<void> {
  const key = await maker.newKey();
  await maker.ok(key, 'EnableKeyRotation', { RotationPeriodInDays: 2560 });
  for (let time = 0; time < 3; time++) {
    await maker.use(key);
    await maker.ok(key, 'RotateKeyOnDemand');
  }
  await maker.use(key);
}

/** Symmetric keys: with several materials, one of them waiting; with one that has expired; with none any more. */
async function makeImported(maker: Maker): Promise<void> {
  const several = await maker.newKey({ Origin: 'EXTERNAL' });
  await maker.bring(several, randomBytes(32), { ...noExpiry, KeyMaterialDescription: 'the first' });
  await maker.use(several);
  const ValidTo = Math.floor(Date.now() / 1000) + 364 * dayInSeconds;
  await maker.bring(several, randomBytes(32), { ValidTo, ImportType: 'NEW_KEY_MATERIAL' });
  await maker.ok(several, 'RotateKeyOnDemand');
  await maker.use(several);
  await maker.bring(several, randomBytes(32), { ...noExpiry, ImportType: 'NEW_KEY_MATERIAL' });

  const expired = await maker.newKey({ Origin: 'EXTERNAL' });
  await maker.bring(expired, randomBytes(32));
  await maker.use(expired);
  await maker.bring(expired, randomBytes(32), {
    ValidTo: Math.ceil(Date.now() / 1000) + 4,
    ImportType: 'NEW_KEY_MATERIAL',
  });
  await maker.ok(expired, 'RotateKeyOnDemand');
  await maker.use(expired);
  await until('the material expires', async () => {
    return (await maker.ok(expired, 'DescribeKey')).KeyMetadata.KeyState === 'PendingImport';
  });

  const emptied = await maker.newKey({ Origin: 'EXTERNAL' });
  await maker.bring(emptied, randomBytes(32));
  await maker.use(emptied, 'DeleteImportedKeyMaterial');
  await maker.newKey({ Origin: 'EXTERNAL' });
}

/** Primary and replica: of a rotated key, of key pairs, of imported material; and a primary that waits for its replica. */
async function makeFamilies(maker: Maker): Promise<void> {
  const rotated = await maker.newKey({ MultiRegion: true });
  await maker.use(rotated);
  const replica = await maker.replicate(rotated);
  await maker.ok(rotated, 'RotateKeyOnDemand');
  for (const key of [rotated, replica]) await maker.use(key);
  await maker.ok(rotated, 'UpdatePrimaryRegion', { PrimaryRegion: away });

  const signing = await maker.newKey({ MultiRegion: true, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  for (const key of [signing, await maker.replicate(signing)]) await maker.use(key);
  await maker.ok(signing, 'ScheduleKeyDeletion');

  const imported = await maker.newKey({ MultiRegion: true, Origin: 'EXTERNAL' });
  const material = randomBytes(32);
  await maker.bring(imported, material);
  const elsewhere = await maker.replicate(imported);
  await maker.bring(elsewhere, material);
  for (const key of [imported, elsewhere]) await maker.use(key);
}

class Maker {
  readonly #ask: Ask;
  readonly #keys: Key[] = [];
  /** What is to be asked again, and was answered once. */
  readonly #uses: Omit<Exchange, 'answer'>[] = [];

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async newKey(wish: Members = {}): Promise<Key> {
    const Tags = [{ TagKey: 'of', TagValue: JSON.stringify(wish).replaceAll(/[^\w:]+/g, ' ') }];
    const { KeyMetadata } = await this.#ok('CreateKey', { Tags, ...wish }, home);
    return this.#keep(KeyMetadata, home);
  }

  async replicate({ KeyId }: Key): Promise<Key> {
    const wish = { KeyId, ReplicaRegion: away, Description: 'a replica' };
    return this.#keep((await this.#ok('ReplicateKey', wish, home)).ReplicaKeyMetadata, away);
  }

  ok({ KeyId, region }: Key, operation: string, input: Members = {}): Promise<Body> {
    return this.#ok(operation, { KeyId, ...input }, region);
  }

  async bring(key: Key, material: Uint8Array, members: Members = noExpiry): Promise<void> {
    const wrapping = wrappingOf(key.spec);
    const { ImportToken, PublicKey } = await this.ok(key, 'GetParametersForImport', { ...wrapping });
    const EncryptedKeyMaterial = wrapFor(wrapping, PublicKey, material).toString('base64');
    await this.ok(key, 'ImportKeyMaterial', { ImportToken, EncryptedKeyMaterial, ...members });
  }

  /** Uses the key for what it is for, with one of its algorithms; and does something to it thereafter. */
  async use(key: Key, afterwards?: string): Promise<void> {
    const { algorithm, usage, spec } = key;
    switch (usage) {
      case 'ENCRYPT_DECRYPT': {
        const context = spec === 'SYMMETRIC_DEFAULT' ? { EncryptionContext: { purpose: 'test' } } : {};
        const how = { EncryptionAlgorithm: algorithm, ...context };
        const { CiphertextBlob } = await this.ok(key, 'Encrypt', { Plaintext, ...how });
        await this.#recall(key, 'Decrypt', { CiphertextBlob, ...how });
        break;
      }
      case 'SIGN_VERIFY': {
        const what = { Message: Plaintext, SigningAlgorithm: algorithm };
        await this.#recall(key, 'Verify', { ...what, Signature: (await this.ok(key, 'Sign', what)).Signature });
        break;
      }
      case 'GENERATE_VERIFY_MAC':
        await this.#recall(key, 'GenerateMac', { Message: Plaintext, MacAlgorithm: algorithm });
        break;
      case 'KEY_AGREEMENT': {
        const { PublicKey } = await this.ok(key, 'GetPublicKey');
        await this.#recall(key, 'DeriveSharedSecret', { KeyAgreementAlgorithm: algorithm, PublicKey });
        break;
      }
      default: {
        const how = { EncapsulationAlgorithm: algorithm };
        const { SharedSecretCiphertextBlob } = await this.ok(key, 'Encapsulate', how);
        await this.#recall(key, 'Decapsulate', { SharedSecretCiphertextBlob, ...how });
      }
    }
    if (afterwards !== undefined) await this.ok(key, afterwards);
  }

  /** First what is asked about keys, then their uses, which change when they were last used: here it is the other way. */
  async transcript(): Promise<readonly Exchange[]> {
    const about = this.#keys.flatMap(({ KeyId, region }) => {
      const operations = ['DescribeKey', 'GetKeyLastUsage', 'ListResourceTags', 'GetKeyRotationStatus'];
      return operations.map((operation) => ({ operation, region, input: { KeyId } }));
    });
    const rotations = this.#keys
      .filter(({ spec }) => spec === 'SYMMETRIC_DEFAULT')
      .map(({ KeyId, region }) => {
        const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' };
        return { operation: 'ListKeyRotations', region, input };
      });
    const uses = await this.#exchanges(this.#uses);
    return [...(await this.#exchanges([...about, ...rotations])), ...uses];
  }

  async #exchanges(questions: readonly Omit<Exchange, 'answer'>[]): Promise<readonly Exchange[]> {
    const exchanges: Exchange[] = [];
    for (const { operation, input, region } of questions) {
      const { body } = await this.#ask(operation, input, region);
      // How long uses have been recorded begins anew with a restored backup.
      const { __type, TrackingStartDate: _, ...answer } = body as Body;
      exchanges.push({ region, operation, input, answer: __type === undefined ? answer : { __type } });
    }
    return exchanges;
  }

  #keep(metadata: Body, region: string): Key {
    const algorithms = Object.entries(metadata).find(([name]) => name.endsWith('Algorithms'))?.[1] as string[];
    const { KeyId, KeySpec: spec, KeyUsage: usage } = metadata;
    const key = { KeyId, region, spec, usage, algorithm: algorithms[0] ?? '' };
    this.#keys.push(key);
    return key;
  }

  /** Asks, and will ask again. */
  async #recall(key: Key, operation: string, input: Members): Promise<void> {
    await this.ok(key, operation, input);
    this.#uses.push({ operation, region: key.region, input: { KeyId: key.KeyId, ...input } });
  }

  async #ok(operation: string, input: Members, region: string): Promise<Body> {
    const body = (await this.#ask(operation, input, region)).body as Body;
    assert(body?.__type === undefined, `${operation} ${JSON.stringify(input)}: ${JSON.stringify(body)}`);
    return body ?? {};
  }
}
