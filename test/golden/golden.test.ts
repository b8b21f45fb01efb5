/** What any released version wrote, this one reads: ciphertexts, data directories, backups. Sets are only ever added. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openData, restoreData } from '#assemble.ts';
import { ManualClock } from '#base/clock.ts';
import { listRootAccessKeys } from '#identity/accounts.ts';
import type { NoticeRecord } from '#storage/store.ts';
import { assertAnswersAgain, type Exchange } from '#test/harness/every-kind.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';
import type { GoldenPerson } from './people.ts';

interface Expected {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly keys: Readonly<Record<string, string>>;
  readonly deletionDate: number;
  readonly alias: Readonly<Record<string, string>>;
  readonly ciphertexts: readonly {
    readonly ciphertext: string;
    readonly context: object;
    readonly plaintext: string;
  }[];
  /** From the second set on. */
  readonly people?: readonly GoldenPerson[];
  /** The trust policies of roles by ARN. */
  readonly roles?: Readonly<Record<string, string>>;
  /** From the third set on: what keys of every kind answered. */
  readonly exchanges?: readonly Exchange[];
  /** Notices that had not reached their receiver. */
  readonly notices?: readonly NoticeRecord['event'][];
  /** How many key materials a backup has. */
  readonly materials?: number;
}

const sets = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const fileOf = (set: string, file: string) => join(import.meta.dirname, set, file);

/** A directory with copies of some files of a set; Git does not keep that the root key is its owner's alone. */
function copyOf(set: string, files: readonly string[]): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'keywright-golden-'));
  for (const file of files) {
    copyFileSync(fileOf(set, file), join(path, file));
    chmodSync(join(path, file), 0o600);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function assertComplete(directory: string, expected: Expected): Promise<void> {
  const { exchanges = [], notices = [] } = expected;
  // A clock of the day it was made, so that nothing has fallen due since.
  const clock = new ManualClock(expected.deletionDate - 1);
  const settings = { directory, root: {}, command: 'test', mayCreate: false };
  const data = await openData(settings, clock);
  try {
    const [key] = await listRootAccessKeys(data.vault);
    assert.equal(key?.accessKeyId, expected.credentials.accessKeyId);
    assert.equal(Buffer.from(key.secretAccessKey.reveal()).toString(), expected.credentials.secretAccessKey);
    await using kms = await startKms({ opened: data, caller: expected.credentials });
    await assertAnswers(kms, expected);
    await assertAnswersAgain((operation, input, region) => kms.send(operation, input, { region }), exchanges);
    const waiting = await data.vault.store.list('notices', { within: [], limit: 1000 });
    assert.deepEqual(
      waiting.map(({ record }) => record.event),
      notices,
    );
  } finally {
    await data.close();
  }
}

/** Everyone is who they were, and may what they might; whom a trust policy names is still meant. */
async function assertPeople(kms: Kms, { people = [], roles = {}, alias }: Expected): Promise<void> {
  for (const { accessKeyId, secretAccessKey, arn, userId, mayEncrypt } of people) {
    const caller = { accessKeyId, secretAccessKey };
    const identity = await kms.did('GetCallerIdentity', {}, { caller });
    assert.deepEqual([identity.Arn, identity.UserId], [arn, userId]);
    const input = { KeyId: Object.values(alias)[0], Plaintext: 'AAAA' };
    assert.equal((await kms.send('Encrypt', input, { caller })).status, mayEncrypt ? 200 : 400, arn);
  }
  for (const [arn, document] of Object.entries(roles)) {
    const { Role } = await kms.did('GetRole', { RoleName: arn.slice(arn.lastIndexOf('/') + 1) });
    assert.deepEqual([Role.Arn, decodeURIComponent(Role.AssumeRolePolicyDocument)], [arn, document]);
  }
}

async function assertAnswers(kms: Kms, expected: Expected): Promise<void> {
  const { keys, deletionDate, alias, ciphertexts } = expected;
  await assertPeople(kms, expected);
  for (const [KeyId, state] of Object.entries(keys)) {
    const { KeyMetadata } = await kms.ok('DescribeKey', { KeyId });
    assert.equal(KeyMetadata.KeyState, state);
    assert.equal(KeyMetadata.DeletionDate, state === 'PendingDeletion' ? deletionDate / 1000 : undefined);
    const { Tags } = await kms.ok('ListResourceTags', { KeyId });
    assert.deepEqual(Tags, [{ TagKey: 'name', TagValue: KeyMetadata.Description }]);
  }
  for (const [KeyId, id] of Object.entries(alias)) {
    assert.equal((await kms.ok('DescribeKey', { KeyId })).KeyMetadata.KeyId, id);
  }
  for (const { ciphertext, context, plaintext } of ciphertexts) {
    const opened = await kms.ok('Decrypt', { CiphertextBlob: ciphertext, EncryptionContext: context });
    assert.equal(opened.Plaintext, plaintext);
  }
}

test('there is a golden set', () => {
  assert(sets.length >= 1);
});

for (const { name } of sets) {
  const expected: Expected = JSON.parse(readFileSync(fileOf(name, 'expected.json'), 'utf8'));

  test(`a data directory of ${name} opens, and all of its ciphertexts decrypt`, async () => {
    using directory = copyOf(name, ['keywright.db', 'root.key']);
    await assertComplete(directory.path, expected);
  });

  test(`a backup of ${name} is restored, and all of its ciphertexts decrypt`, async () => {
    using directory = copyOf(name, ['root.key']);
    const settings = { directory: directory.path, root: {}, command: 'test' };
    const { materials } = await restoreData(fileOf(name, 'backup'), settings, {
      onProgress: () => undefined,
      onRestored: async () => undefined,
    });
    assert.equal(materials, expected.materials ?? 3);
    await assertComplete(directory.path, expected);
  });
}
