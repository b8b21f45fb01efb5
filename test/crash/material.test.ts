/**
 * Key material over the end of a process: rotations and imports that were acknowledged are there after SIGKILL, a backup
 * brings rotated and imported material back, and what was deleted or has expired is in no file any more.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openData } from '#assemble.ts';
import { dayMs, ManualClock } from '#base/clock.ts';
import { keySpecs } from '#crypto/specs.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { parseAccountId } from '#model/arn.ts';
import { call, type Members } from '../harness/client.ts';
import { materialFor, type Wrapping, wrapFor, wrappingOf } from '../harness/import.ts';
import { startKms } from '../harness/kms.ts';
import { runCli, type ServerProcess, startServer, until } from '../harness/server-process.ts';

const scratch = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(scratch, { recursive: true }));

const kills = 8;
const mostRotations = 25;
const Plaintext = 'c2VjcmV0';
const noExpiry = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };

async function ok(server: ServerProcess, operation: string, input: Members): Promise<Members> {
  const { status, text, body } = await call(server, operation, input);
  assert.equal(status, 200, `${operation}: ${text}`);
  return body ?? {};
}

async function newKey(server: ServerProcess, input: Members = {}): Promise<string> {
  const { KeyMetadata } = await ok(server, 'CreateKey', input);
  return String((KeyMetadata as Members)['KeyId']);
}

const stateOf = async (server: ServerProcess, KeyId: string) =>
  ((await ok(server, 'DescribeKey', { KeyId }))['KeyMetadata'] as Members)['KeyState'];

const encrypt = async (server: ServerProcess, KeyId: string) =>
  String((await ok(server, 'Encrypt', { KeyId, Plaintext }))['CiphertextBlob']);

async function assertDecrypts(server: ServerProcess, ciphertexts: readonly string[]): Promise<void> {
  for (const CiphertextBlob of ciphertexts) {
    assert.equal((await ok(server, 'Decrypt', { CiphertextBlob }))['Plaintext'], Plaintext);
  }
}

/** Wraps material for one key, any number of times. */
class Importer {
  readonly #server: ServerProcess;
  readonly #keyId: string;
  readonly #wrapping: Wrapping;
  readonly #parameters: Members;

  private constructor(server: ServerProcess, keyId: string, wrapping: Wrapping, parameters: Members) {
    this.#server = server;
    this.#keyId = keyId;
    this.#wrapping = wrapping;
    this.#parameters = parameters;
  }

  static async open(server: ServerProcess, KeyId: string, spec = 'SYMMETRIC_DEFAULT'): Promise<Importer> {
    const wrapping = wrappingOf(spec);
    return new Importer(server, KeyId, wrapping, await ok(server, 'GetParametersForImport', { KeyId, ...wrapping }));
  }

  async bring(material: Uint8Array, members: Members = noExpiry): Promise<string> {
    const { ImportToken, PublicKey } = this.#parameters;
    const EncryptedKeyMaterial = wrapFor(this.#wrapping, String(PublicKey), material).toString('base64');
    const input = { KeyId: this.#keyId, ImportToken, EncryptedKeyMaterial, ...members };
    return String((await ok(this.#server, 'ImportKeyMaterial', input))['KeyMaterialId']);
  }
}

/** What a client knows of a key: how often it was rotated, and whether once more without an answer. */
interface Known {
  readonly keyId: string;
  readonly ciphertexts: string[];
  rotations: number;
  isUnanswered: boolean;
}

/** Rotates keys until the server is gone; every other lane brings the material itself. */
async function rotateOn(server: ServerProcess, known: Known[], isImporting: boolean): Promise<void> {
  for (;;) {
    const keyId = await newKey(server, isImporting ? { Origin: 'EXTERNAL' } : {});
    const importer = isImporting ? await Importer.open(server, keyId) : undefined;
    await importer?.bring(randomBytes(32));
    const key: Known = { keyId, ciphertexts: [await encrypt(server, keyId)], rotations: 0, isUnanswered: false };
    known.push(key);
    while (key.rotations < mostRotations) {
      await importer?.bring(randomBytes(32), { ...noExpiry, ImportType: 'NEW_KEY_MATERIAL' });
      key.isUnanswered = true;
      await ok(server, 'RotateKeyOnDemand', { KeyId: keyId });
      key.isUnanswered = false;
      key.rotations++;
      key.ciphertexts.push(await encrypt(server, keyId));
    }
  }
}

async function assertKnown(server: ServerProcess, { keyId: KeyId, ciphertexts, rotations, isUnanswered }: Known) {
  const { Rotations } = await ok(server, 'ListKeyRotations', { KeyId });
  const listed = Rotations as readonly Members[];
  assert(
    listed.length === rotations || (isUnanswered && listed.length === rotations + 1),
    `${listed.length} rotations`,
  );
  const { KeyMetadata } = await ok(server, 'DescribeKey', { KeyId });
  const { CurrentKeyMaterialId, KeyState } = KeyMetadata as Members;
  assert.equal(KeyState, 'Enabled');
  if (listed.length > 0) assert.equal(CurrentKeyMaterialId, listed.at(-1)?.['KeyMaterialId']);
  await assertDecrypts(server, [...ciphertexts, await encrypt(server, KeyId)]);
}

test('rotations and imports that were acknowledged survive SIGKILL', { timeout: 120_000 }, async (t) => {
  await using server = await startServer();
  const known: Known[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const fresh: Known[] = [];
    const lanes = [false, true, false, true].map((isImporting) => rotateOn(server, fresh, isImporting));
    const ended = Promise.allSettled(lanes);
    await delay(100 + 60 * kill);
    await server.kill();
    for (const outcome of await ended) {
      assert(outcome.status === 'rejected' && !(outcome.reason instanceof assert.AssertionError), String(outcome));
    }
    await server.start();
    for (const key of fresh) await assertKnown(server, key);
    known.push(...fresh);
  }
  for (const key of known) await assertDecrypts(server, key.ciphertexts);
  assert.equal(server.complaints(), '');
  const rotations = known.reduce((sum, key) => sum + key.rotations, 0);
  assert(rotations > kills, `${rotations} rotations`);
  t.diagnostic(`${kills} kills; ${rotations} rotations of ${known.length} keys acknowledged and found`);
});

test('a backup brings back rotated and imported material, and what is missing stays missing', async () => {
  await using server = await startServer();
  const rotated = await newKey(server);
  const external = await newKey(server, { Origin: 'EXTERNAL' });
  const importer = await Importer.open(server, external);
  const materials = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;
  await importer.bring(materials[0]);
  const ciphertexts = [await encrypt(server, rotated), await encrypt(server, external)];
  await ok(server, 'RotateKeyOnDemand', { KeyId: rotated });
  await importer.bring(materials[1], { ...noExpiry, ImportType: 'NEW_KEY_MATERIAL' });
  await ok(server, 'RotateKeyOnDemand', { KeyId: external });
  await importer.bring(materials[2], { ...noExpiry, ImportType: 'NEW_KEY_MATERIAL' });
  ciphertexts.push(await encrypt(server, rotated), await encrypt(server, external));

  const others: string[] = [];
  for (const [KeySpec, KeyUsage] of [
    ['HMAC_384', 'GENERATE_VERIFY_MAC'],
    ['ECC_NIST_P256', 'SIGN_VERIFY'],
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
  ] as const) {
    const keyId = await newKey(server, { Origin: 'EXTERNAL', KeySpec, KeyUsage });
    await (await Importer.open(server, keyId, KeySpec)).bring(materialFor(KeySpec));
    others.push(keyId);
  }
  const mac = await ok(server, 'GenerateMac', { KeyId: others[0], Message: 'AAAA', MacAlgorithm: 'HMAC_SHA_384' });

  const lost = await newKey(server, { Origin: 'EXTERNAL' });
  const lostMaterial = randomBytes(32);
  await (await Importer.open(server, lost)).bring(lostMaterial);
  const ofLost = await encrypt(server, lost);
  await ok(server, 'DeleteImportedKeyMaterial', { KeyId: lost });

  const expiring = await newKey(server, { Origin: 'EXTERNAL' });
  const expiringMaterial = randomBytes(32);
  await (await Importer.open(server, expiring)).bring(expiringMaterial, { ValidTo: Date.now() / 1000 + 2 });
  const ofExpiring = await encrypt(server, expiring);

  const file = join(scratch, 'material.backup');
  assert.equal((await runCli(['backup', file, '--data', server.data])).code, 0);
  const keyFile = join(server.data, 'root.key');
  assert.equal(await server.stop(), 0);
  const data = join(scratch, 'restored');
  const { code, stderr } = await runCli(['restore', file, '--data', data, '--root-key-file', keyFile]);
  assert.equal(code, 0, stderr);
  await using restored = await startServer({ data, args: ['--root-key-file', keyFile] });
  await assertDecrypts(restored, ciphertexts);
  assert.deepEqual(
    await ok(restored, 'GenerateMac', { KeyId: others[0], Message: 'AAAA', MacAlgorithm: 'HMAC_SHA_384' }),
    mac,
  );
  for (const keyId of others) assert.equal(await stateOf(restored, keyId), 'Enabled');
  await ok(restored, 'RotateKeyOnDemand', { KeyId: external });
  await assertDecrypts(restored, [await encrypt(restored, external)]);
  await until('the material expires', async () => (await stateOf(restored, expiring)) === 'PendingImport');
  for (const [keyId, material, CiphertextBlob] of [
    [lost, lostMaterial, ofLost],
    [expiring, expiringMaterial, ofExpiring],
  ] as const) {
    const { body } = await call(restored, 'Decrypt', { CiphertextBlob });
    assert.equal(body?.['__type'], 'KMSInvalidStateException');
    await (await Importer.open(restored, keyId)).bring(material);
    await assertDecrypts(restored, [CiphertextBlob]);
  }
});

test('deleted and expired material is in no file any more', async () => {
  await using server = await startServer();
  const [deleted, expired, kept] = [
    await newKey(server, { Origin: 'EXTERNAL' }),
    await newKey(server, { Origin: 'EXTERNAL' }),
    await newKey(server, { Origin: 'EXTERNAL' }),
  ];
  const materials = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;
  await (await Importer.open(server, deleted)).bring(materials[0]);
  await (await Importer.open(server, expired)).bring(materials[1], { ValidTo: Date.now() / 1000 + 1 });
  await (await Importer.open(server, kept)).bring(materials[2]);
  const wrapped = new Map([deleted, expired, kept].map((keyId) => [keyId, wrappedIn(server.data, keyId)]));
  assert.deepEqual([...wrapped.keys()].filter((keyId) => isAnywhere(server.data, wrapped.get(keyId) ?? '')).length, 3);
  for (const material of materials) {
    for (const form of ['base64', 'hex', 'latin1'] as const) {
      assert(!isAnywhere(server.data, material.toString(form)), 'imported material is in clear');
    }
  }
  await ok(server, 'DeleteImportedKeyMaterial', { KeyId: deleted });
  await until('the material expires', async () => (await stateOf(server, expired)) === 'PendingImport');
  assert.equal(await server.stop(), 0);
  await server.start(); // the round at the start removes what has expired
  await until('it is removed', () => !isAnywhere(server.data, wrapped.get(expired) ?? ''));
  assert(!isAnywhere(server.data, wrapped.get(deleted) ?? ''));
  assert(isAnywhere(server.data, wrapped.get(kept) ?? ''));
});

test('of several materials of a key, the one that was deleted is in no file any more', async () => {
  await using server = await startServer();
  const KeyId = await newKey(server, { Origin: 'EXTERNAL' });
  const importer = await Importer.open(server, KeyId);
  const first = await importer.bring(randomBytes(32));
  const CiphertextBlob = await encrypt(server, KeyId);
  const [ofFirst = ''] = allWrappedIn(server.data, KeyId);
  await importer.bring(randomBytes(32), { ...noExpiry, ImportType: 'NEW_KEY_MATERIAL' });
  await ok(server, 'RotateKeyOnDemand', { KeyId });
  const [ofSecond = ''] = allWrappedIn(server.data, KeyId).filter((wrapped) => wrapped !== ofFirst);
  assert(isAnywhere(server.data, ofFirst) && isAnywhere(server.data, ofSecond));
  await ok(server, 'DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: first });
  assert(!isAnywhere(server.data, ofFirst));
  assert(isAnywhere(server.data, ofSecond));
  assert.equal((await call(server, 'Decrypt', { CiphertextBlob })).body?.['__type'], 'KMSInvalidStateException');
});

test('of keys that were destroyed, of whatever kind, nothing is in any file any more', async () => {
  const directory = mkdtempSync(join(scratch, 'destroyed-'));
  const clock = new ManualClock(Date.now());
  const data = await openData({ directory, root: {}, command: 'test', mayCreate: true }, clock);
  try {
    const accountId = parseAccountId('111122223333');
    assert(accountId !== undefined);
    await createAccount(data.vault, accountId);
    const [root] = await listRootAccessKeys(data.vault);
    assert(root !== undefined);
    const secretAccessKey = Buffer.from(root.secretAccessKey.reveal()).toString();
    await using kms = await startKms({ opened: data, caller: { accessKeyId: root.accessKeyId, secretAccessKey } });
    const make = async (wish: Members): Promise<string> => (await kms.ok('CreateKey', wish)).KeyMetadata.KeyId;
    const kept = await make({});
    const doomed = new Map<string, string>(); // keys by their descriptions
    for (const [KeySpec, { usages }] of keySpecs) {
      if (KeySpec === 'SM2' || KeySpec === 'RSA_4096') continue; // one is for China, the other takes seconds
      const Description = randomUUID();
      doomed.set(Description, await make({ KeySpec, KeyUsage: usages[0], MultiRegion: true, Description }));
    }
    const [family = ''] = doomed.values();
    await kms.ok('ReplicateKey', { KeyId: family, ReplicaRegion: 'eu-west-1' });
    for (let time = 0; time < 3; time++) await kms.ok('RotateKeyOnDemand', { KeyId: family });
    const wrapped = [...doomed.values()].flatMap((keyId) => allWrappedIn(directory, keyId));
    assert.equal(wrapped.length, doomed.size + 7, 'a primary and its replica have four materials each');
    const texts = [...wrapped, ...doomed.keys()];
    assert.deepEqual(foundIn(directory, texts), texts);

    for (const KeyId of doomed.values()) await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    const inEurope = { region: 'eu-west-1' };
    await kms.ok('ScheduleKeyDeletion', { KeyId: family, PendingWindowInDays: 7 }, inEurope);
    clock.advance(7 * dayMs);
    assert.equal((await destroyDueKeys(kms.keyring)).length, doomed.size, 'all but the primary of the family');
    clock.advance(7 * dayMs);
    assert.equal((await destroyDueKeys(kms.keyring)).length, 1);
    assert.deepEqual(foundIn(directory, texts), []);
    assert.equal(foundIn(directory, allWrappedIn(directory, kept)).length, 1);
  } finally {
    await data.close();
  }
});

/** The wrapped material of a key that has one, in base64. */
function wrappedIn(data: string, keyId: string): string {
  const [only = '', ...more] = allWrappedIn(data, keyId);
  assert.deepEqual(more, []);
  return only;
}

function allWrappedIn(data: string, keyId: string): readonly string[] {
  const database = new DatabaseSync(join(data, 'keywright.db'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT record FROM materials WHERE key LIKE ?').all(`%${keyId}%`);
    return rows.map(({ record }) => JSON.parse(String(record)).wrapped.bytes);
  } finally {
    database.close();
  }
}

function isAnywhere(data: string, text: string): boolean {
  return foundIn(data, [text]).length > 0;
}

/** Those texts of which a part is in a file. SQLite may have a long one in several pages. */
function foundIn(data: string, texts: readonly string[]): readonly string[] {
  const entries = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  return texts.filter((text) => {
    const parts = text.match(/.{24,48}/gs) ?? [];
    assert(parts.length > 0);
    return parts.some((part) => files.some((file) => file.includes(part, 0, 'latin1')));
  });
}
