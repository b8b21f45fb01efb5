/** Events of the service itself: what they say, and that each is in the trail exactly once. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Data, openData } from '#assemble.ts';
import type { AuditEvent, ServiceEvent } from '#audit/event.ts';
import { medium as working } from '#audit/medium.ts';
import { putServiceEvent, ServiceEvents } from '#audit/service-events.ts';
import { dayMs, ManualClock } from '#base/clock.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { removeExpiredMaterials } from '#keys/expiry.ts';
import { rotateDueKeys } from '#keys/rotation.ts';
import { wrapFor, wrappingOf } from '#test/harness/import.ts';
import { startKms, testPlace } from '#test/harness/kms.ts';
import { assertRecord } from '#test/harness/records.ts';
import { until } from '#test/harness/server-process.ts';
import { makeTrail, readRecords } from '#test/harness/trail.ts';

async function openNew(t: TestContext, clock: ManualClock): Promise<Data> {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const data = await openData({ directory, root: {}, command: 'test', mayCreate: true }, clock);
  t.after(async () => {
    await data.close();
    rmSync(directory, { recursive: true });
  });
  await createAccount(data.vault, testPlace().accountId);
  return data;
}

/** The events of the service in a trail, each of which is a record. */
function eventsIn({ trail }: Pick<Data, 'trail'>): AuditEvent[] {
  const events: AuditEvent[] = readRecords(trail.segments);
  for (const event of events) assertRecord(event);
  return events;
}

const inOrder = async ({ serviceEvents }: Data) => {
  // What is told by keys is appended in the background.
  await serviceEvents.close();
};

test('rotation, expiry, deletion and synchronisation of keys are in the trail as AWS has them', async (t) => {
  const clock = new ManualClock();
  const data = await openNew(t, clock);
  const [key] = await listRootAccessKeys(data.vault);
  assert(key !== undefined);
  const caller = {
    accessKeyId: key.accessKeyId,
    secretAccessKey: Buffer.from(key.secretAccessKey.reveal()).toString(),
  };
  await using kms = await startKms({ opened: data, caller });
  const { keyring } = data;

  const own = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('RotateKeyOnDemand', { KeyId: own.KeyId });
  const family = (await kms.ok('CreateKey', { MultiRegion: true })).KeyMetadata;
  await kms.ok('ReplicateKey', { KeyId: family.KeyId, ReplicaRegion: 'eu-west-1' });
  await kms.ok('EnableKeyRotation', { KeyId: own.KeyId, RotationPeriodInDays: 90 });

  const imported = (await kms.ok('CreateKey', { Origin: 'EXTERNAL' })).KeyMetadata;
  const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
  const { ImportToken, PublicKey } = await kms.ok('GetParametersForImport', { KeyId: imported.KeyId, ...wrapping });
  const EncryptedKeyMaterial = wrapFor(wrapping, PublicKey, randomBytes(32)).toString('base64');
  const ValidTo = Math.floor(clock.now() / 1000) + 86_400;
  await kms.ok('ImportKeyMaterial', { KeyId: imported.KeyId, ImportToken, EncryptedKeyMaterial, ValidTo });
  await kms.ok('ScheduleKeyDeletion', { KeyId: imported.KeyId, PendingWindowInDays: 7 });
  clock.advance(2 * dayMs);
  assert.deepEqual(await removeExpiredMaterials(keyring), [imported.Arn]);
  clock.advance(6 * dayMs);
  assert.deepEqual(await destroyDueKeys(keyring), [imported.Arn]);
  clock.advance(90 * dayMs);
  assert.deepEqual(await rotateDueKeys(keyring), [own.Arn]);
  await inOrder(data);

  const events = eventsIn(data);
  const { Rotations } = await kms.ok('ListKeyRotations', { KeyId: own.KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
  const materials = Rotations.map(({ KeyMaterialId }: { KeyMaterialId: string }) => KeyMaterialId);
  const said = events.map((event) => [
    event.eventName,
    event.eventType,
    event.resources?.[0]?.ARN,
    event.responseElements,
    event.serviceEventDetails,
  ]);
  const rotated = (rotationType: string, before: string, after: string) => [
    'RotateKey',
    'AwsServiceEvent',
    own.Arn,
    null,
    {
      keyId: own.KeyId,
      rotationType,
      keyOrigin: 'AWS_KMS',
      previousKeyMaterialId: before,
      currentKeyMaterialId: after,
    },
  ];
  assert.deepEqual(said, [
    rotated('ON_DEMAND', materials[0], materials[1]),
    ['SynchronizeMultiRegionKey', 'AwsApiCall', family.Arn, { keyId: family.Arn }, undefined],
    ['DeleteExpiredKeyMaterial', 'AwsServiceEvent', imported.Arn, null, { keyId: imported.KeyId }],
    ['DeleteKey', 'AwsServiceEvent', imported.Arn, { keyId: imported.Arn }, undefined],
    rotated('AUTOMATIC', materials[1], materials[2]),
  ]);
  for (const { userIdentity, eventSource, sourceIPAddress, userAgent, requestParameters } of events) {
    assert.deepEqual(userIdentity, { accountId: '111122223333', invokedBy: 'AWS Internal' });
    assert.deepEqual(
      [eventSource, sourceIPAddress, userAgent, requestParameters],
      ['kms.amazonaws.com', 'AWS Internal', 'AWS Internal', null],
    );
  }
  assert.deepEqual(await data.vault.store.list('serviceEvents', { within: [], limit: 9 }), []);
});

test('a change that does not come about leaves no event', async (t) => {
  const data = await openNew(t, new ManualClock());
  const { accountId } = testPlace();
  const event = eventOf('CreateAccount');
  const change = data.serviceEvents.along(
    () => [event],
    (store) => createAccount({ ...data.vault, store }, accountId),
  );
  await assert.rejects(change, /exists already/);
  await data.serviceEvents.close();
  assert.deepEqual(eventsIn(data), []);
});

// --- Exactly once --------------------------------------------------------------------------------------------------

const eventOf = (eventName: string, atMs = Date.now()): ServiceEvent => ({ eventName, ...testPlace(), atMs });
const left = { within: [], limit: 99 };

test('what a process put and did not come to append is appended at the next start, and what it appended is not again', async () => {
  const clock = new ManualClock();
  await using bench = await makeTrail({ clock });
  const { store } = bench.vault;
  const [lost, written] = [eventOf('Lost', clock.now()), eventOf('Written', clock.now())];
  await store.write(async (transaction) => {
    putServiceEvent(transaction, lost);
    const { line } = putServiceEvent(transaction, written);
    await bench.trail.append(line);
  });
  // The trail has gone on to other segments since.
  for (const segment of [2, 3]) {
    clock.advance(1000);
    await bench.trail.append(JSON.stringify({ segment }));
    await bench.trail.roll();
  }
  await bench.reopen();
  await (await ServiceEvents.open(store, bench.trail)).close();
  await (await ServiceEvents.open(store, bench.trail)).close();
  const names = readRecords(bench.trail.segments).map(({ eventName }) => eventName);
  assert.deepEqual(names.filter((name) => name !== undefined).sort(), ['Lost', 'Written']);
  assert.deepEqual(await store.list('serviceEvents', left), []);
});

test('what cannot be appended for a while is appended once, when it can be', async () => {
  let isFull = false;
  const medium = {
    write(...[file, bytes, position]: Parameters<typeof working.write>) {
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      working.write(file, bytes, position);
    },
    sync: (file: number) => working.sync(file),
  };
  await using bench = await makeTrail({ medium, retryMs: 10 });
  const { store } = bench.vault;
  const events = await ServiceEvents.open(store, bench.trail);
  isFull = true;
  const event = eventOf('Delayed');
  await store.write(async (transaction) => events.put(transaction, event));
  await assert.rejects(events.tell(event), { name: 'AuditUnavailable' });
  assert.equal((await store.list('serviceEvents', left)).length, 1);
  isFull = false;
  await until('it is in the trail', async () => (await store.list('serviceEvents', left)).length === 0);
  await events.close();
  const names = readRecords(bench.trail.segments).map(({ eventName }) => eventName);
  assert.deepEqual(
    names.filter((name) => name !== undefined),
    ['Delayed'],
  );
});
