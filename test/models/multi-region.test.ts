/**
 * Long random lives of multi-Region keys, on the server and in a model: replicated, moved, switched off and on, deleted and
 * called back, over months. They agree on every answer, and on what is there after each.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { keyPath } from '#keys/keyring.ts';
import { sharedProperties } from '#keys/related.ts';
import { type KeyId, parseKeyId, type Region } from '#model/arn.ts';
import type { KeyRecord } from '#storage/store.ts';
import { type Kms, startKms, testPlace } from '#test/harness/kms.ts';
import { type Action, Family, regions } from './family.ts';

const Plaintext = Buffer.from('secret').toString('base64');

/** Whom an action is about: mostly one who is there. */
const whom = fc.tuple(
  fc.constantFrom('primary', 'primary', 'member', 'member', 'anywhere'),
  fc.nat({ max: regions.length - 1 }),
);
const step = fc.record({
  do: fc.constantFrom(
    ...(['ReplicateKey', 'ReplicateKey', 'ReplicateKey', 'UpdatePrimaryRegion', 'UpdatePrimaryRegion'] as const),
    ...(['ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'EnableKey', 'EnableKey'] as const),
    ...(['Encrypt', 'Encrypt', 'wait', 'wait'] as const),
  ),
  at: whom,
  to: fc.constantFrom(...regions),
  days: fc.integer({ min: 7, max: 30 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function actionOf({ do: name, at: [who, index], to, days }: Step, family: Family): Action {
  const anywhere = regions[index] ?? 'us-east-1';
  const member = [...family.members.keys()][index % Math.max(1, family.members.size)] ?? anywhere;
  const at = { primary: family.primary ?? anywhere, member, anywhere }[who] ?? anywhere;
  return { do: name, at, to, days };
}

interface Life {
  readonly kms: Kms;
  readonly keyId: KeyId;
  readonly family: Family;
  readonly ciphertexts: string[];
}

async function beginLife(kms: Kms): Promise<Life> {
  const keyId = parseKeyId((await kms.ok('CreateKey', { MultiRegion: true })).KeyMetadata.KeyId);
  assert(keyId !== undefined);
  return { kms, keyId, family: new Family(), ciphertexts: [] };
}

async function live({ kms, keyId, family, ciphertexts }: Life, action: Action): Promise<void> {
  if (action.do === 'wait') {
    kms.clock.advance(action.days * dayMs);
    await destroyDueKeys(kms.keyring);
    family.act(action, kms.clock.now());
    return;
  }
  const more = {
    ReplicateKey: { ReplicaRegion: action.to },
    UpdatePrimaryRegion: { PrimaryRegion: action.to },
    ScheduleKeyDeletion: { PendingWindowInDays: action.days },
    Encrypt: { Plaintext },
    CancelKeyDeletion: {},
    EnableKey: {},
    DisableKey: {},
  }[action.do];
  const { status, body } = await kms.send(action.do, { KeyId: keyId, ...more }, { region: action.at });
  assert.equal(status === 200 ? undefined : body.__type, family.act(action, kms.clock.now()), JSON.stringify(action));
  if (action.do === 'Encrypt' && status === 200) ciphertexts.push(body.CiphertextBlob);
}

const placeIn = (name: string) => ({ ...testPlace(), region: name as Region });

/** The family as it is stored, described and used is the model's. */
async function assertAlike(life: Life): Promise<void> {
  const { kms, keyId, family } = life;
  const records: KeyRecord[] = [];
  for (const name of regions) {
    const place = placeIn(name);
    const record = await kms.vault.store.get('keys', keyPath(place, keyId));
    assert.equal(record !== undefined, family.members.has(name), `a key in ${name}`);
    assert.deepEqual((await kms.keyring.snapshots.key(place, keyId))?.record, record, 'requests see what is stored');
    if (record === undefined) continue;
    records.push(record);
    await assertDescribed(life, name);
    await assertUsed(life, name);
  }
  const [first] = records;
  if (first === undefined) return;
  for (const record of records) {
    assert.deepEqual(record.materials, first.materials);
    for (const property of sharedProperties) assert.deepEqual(record[property], first[property], property);
  }
}

async function assertDescribed({ kms, keyId, family }: Life, name: (typeof regions)[number]): Promise<void> {
  const { KeyMetadata } = await kms.ok('DescribeKey', { KeyId: keyId }, { region: name });
  const { KeyState, DeletionDate, PendingDeletionWindowInDays, MultiRegionConfiguration: shown } = KeyMetadata;
  const state = family.members.get(name);
  assert.deepEqual(
    [KeyState, DeletionDate, PendingDeletionWindowInDays],
    [
      state?.name,
      state?.name === 'PendingDeletion' ? state.dueMs / 1000 : undefined,
      state?.name === 'PendingReplicaDeletion' ? state.days : undefined,
    ],
  );
  assert.equal(shown.MultiRegionKeyType, name === family.primary ? 'PRIMARY' : 'REPLICA');
  assert.equal(shown.PrimaryKey.Region, family.primary);
  const replicas = shown.ReplicaKeys.map(({ Region: replica }: { Region: string }) => replica);
  assert.deepEqual(replicas.toSorted(), family.replicas.toSorted());
}

async function assertUsed({ kms, family, ciphertexts }: Life, name: (typeof regions)[number]): Promise<void> {
  if (family.members.get(name)?.name !== 'Enabled') return;
  for (const CiphertextBlob of ciphertexts.slice(-3)) {
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, { region: name })).Plaintext, Plaintext);
  }
}

test('families of related keys live as the model says', { timeout: 240_000 }, async () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });
  const property = fc.asyncProperty(steps, async (lived) => {
    await using kms = await startKms();
    const one = await beginLife(kms);
    for (const next of lived) {
      await live(one, actionOf(next, one.family));
      await assertAlike(one);
    }
  });
  await fc.assert(property, { numRuns: 60 });
});
