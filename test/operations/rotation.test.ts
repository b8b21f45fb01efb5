/** Rotation of key material: by the calendar, on demand, of what it is refused, and what is told of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { rotateDueKeys } from '#keys/rotation.ts';
import { parseKeyId } from '#model/arn.ts';
import { type Kms, startKms, testPlace } from '#test/harness/kms.ts';

const Plaintext = 'c2VjcmV0';

async function newKey(kms: Kms, input: object = {}): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey', input)).KeyMetadata;
}

const currentOf = async (kms: Kms, KeyId: string): Promise<string> =>
  (await kms.ok('DescribeKey', { KeyId })).KeyMetadata.CurrentKeyMaterialId;

const statusOf = (kms: Kms, KeyId: string) => kms.ok('GetKeyRotationStatus', { KeyId });

const rotationsOf = async (kms: Kms, KeyId: string, IncludeKeyMaterial?: string) =>
  (await kms.ok('ListKeyRotations', { KeyId, IncludeKeyMaterial })).Rotations;

const encrypt = async (kms: Kms, KeyId: string): Promise<string> =>
  (await kms.ok('Encrypt', { KeyId, Plaintext })).CiphertextBlob;

/** The next request reads the key from the store. */
function forget(kms: Kms, text: string): void {
  const keyId = parseKeyId(text);
  assert(keyId !== undefined);
  kms.keyring.snapshots.dropKey(testPlace(), keyId);
}

async function refusal(kms: Kms, operation: string, input: object): Promise<[string, string | undefined]> {
  const { status, body } = await kms.send(operation, input);
  assert.notEqual(status, 200, operation);
  return [body.__type, body.message];
}

test('a key is rotated when its period has passed, again and again, and all that it encrypted goes on decrypting', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  assert.deepEqual(await statusOf(kms, KeyId), { KeyRotationEnabled: false, KeyId });
  assert.equal(await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 }), undefined);
  const NextRotationDate = kms.clock.now() / 1000 + 90 * 86_400;
  const status = { KeyRotationEnabled: true, KeyId, RotationPeriodInDays: 90, NextRotationDate };
  assert.deepEqual(await statusOf(kms, Arn), status);
  const seen = new Map([[await currentOf(kms, KeyId), await encrypt(kms, KeyId)]]);
  for (let time = 1; time <= 40; time++) {
    kms.clock.advance(90 * dayMs - 1);
    assert.deepEqual(await rotateDueKeys(kms.keyring), []);
    kms.clock.advance(1);
    assert.deepEqual(await rotateDueKeys(kms.keyring), [Arn]);
    seen.set(await currentOf(kms, KeyId), await encrypt(kms, KeyId));
  }
  assert.equal(seen.size, 41);
  for (const [KeyMaterialId, CiphertextBlob] of seen) {
    const opened = await kms.ok('Decrypt', { CiphertextBlob });
    assert.deepEqual([opened.Plaintext, opened.KeyMaterialId], [Plaintext, KeyMaterialId]);
  }
  const listed = await rotationsOf(kms, KeyId, 'ALL_KEY_MATERIAL');
  assert.deepEqual(
    listed.map(({ KeyMaterialId }: { KeyMaterialId: string }) => KeyMaterialId),
    [...seen.keys()],
  );
});

test('the period is 365 days unless given, and enabling again starts it anew', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId });
  assert.equal((await statusOf(kms, KeyId)).RotationPeriodInDays, 365);
  kms.clock.advance(300 * dayMs);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 2560 });
  const { RotationPeriodInDays, NextRotationDate } = await statusOf(kms, KeyId);
  assert.deepEqual([RotationPeriodInDays, NextRotationDate], [2560, kms.clock.now() / 1000 + 2560 * 86_400]);
  kms.clock.advance(2559 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  kms.clock.advance(dayMs);
  assert.equal((await rotateDueKeys(kms.keyring)).length, 1);
  for (const days of [89, 2561]) {
    const [type, message] = await refusal(kms, 'EnableKeyRotation', { KeyId, RotationPeriodInDays: days });
    assert.equal(type, 'ValidationException');
    assert.match(message ?? '', /rotationPeriodInDays/);
  }
});

test('disabling rotation ends it, and a second time changes nothing', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId });
  await kms.ok('DisableKeyRotation', { KeyId });
  await kms.ok('DisableKeyRotation', { KeyId });
  assert.deepEqual(await statusOf(kms, KeyId), { KeyRotationEnabled: false, KeyId });
  kms.clock.advance(3000 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  assert.deepEqual(await kms.vault.store.list('rotations', { within: [], limit: 9 }), []);
});

test('what fell due while no server ran is done once, and the next date counts from then', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 100 });
  kms.clock.advance(1050 * dayMs);
  const rounds = await Promise.all([1, 2, 3].map(() => rotateDueKeys(kms.keyring)));
  assert.deepEqual(rounds.flat(), [Arn], 'several rounds at once rotate it once');
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  assert.equal((await rotationsOf(kms, KeyId)).length, 1);
  assert.equal((await statusOf(kms, KeyId)).NextRotationDate, kms.clock.now() / 1000 + 100 * 86_400);
});

test('a disabled key is not rotated; its status stays, and what is overdue is done once it is enabled', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId });
  const status = await statusOf(kms, KeyId);
  await kms.ok('DisableKey', { KeyId });
  kms.clock.advance(400 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  assert.deepEqual(await statusOf(kms, KeyId), status);
  await kms.ok('EnableKey', { KeyId });
  assert.deepEqual(await rotateDueKeys(kms.keyring), [Arn]);
  assert.equal((await statusOf(kms, KeyId)).NextRotationDate, kms.clock.now() / 1000 + 365 * 86_400);
  await kms.ok('DisableKey', { KeyId });
  await kms.ok('EnableKey', { KeyId });
  kms.clock.advance(365 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), [Arn], 'a short time out of use changes no date');
});

test('while a key is pending deletion its rotation reads as off; cancelling brings it back', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 91 });
  const status = await statusOf(kms, KeyId);
  kms.clock.advance(90 * dayMs);
  await kms.ok('ScheduleKeyDeletion', { KeyId });
  assert.deepEqual(await statusOf(kms, KeyId), { KeyRotationEnabled: false, KeyId });
  kms.clock.advance(10 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  await kms.ok('CancelKeyDeletion', { KeyId });
  assert.deepEqual(await statusOf(kms, KeyId), status);
  assert.deepEqual(await rotateDueKeys(kms.keyring), [], 'it is disabled now');
  await kms.ok('EnableKey', { KeyId });
  assert.deepEqual(await rotateDueKeys(kms.keyring), [Arn]);
});

test('the date of a destroyed key passes without a trace', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId });
  await kms.ok('ScheduleKeyDeletion', { KeyId });
  kms.clock.advance(400 * dayMs);
  await destroyDueKeys(kms.keyring);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  assert.deepEqual(await kms.vault.store.list('rotations', { within: [], limit: 9 }), []);
});

test('keys that cannot be rotated do not stand in the way of those that can', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const { KeyId: idle } = await newKey(kms);
  for (const id of [KeyId, idle]) await kms.ok('EnableKeyRotation', { KeyId: id });
  await kms.ok('DisableKey', { KeyId: idle });
  const { store } = kms.vault;
  const [entry] = (await store.list('rotations', { within: [], limit: 9 })).filter(({ key }) => key.at(-1) === idle);
  assert(entry !== undefined);
  const [record, materials] = [
    await store.get('keys', entry.key.slice(1)),
    await store.list('materials', { within: entry.key.slice(1), limit: 9 }),
  ];
  assert(record !== undefined && materials.length === 1);
  const [date = ''] = entry.key;
  // More copies of the disabled key than are read at once, all of them due before the other one.
  await store.write(async (transaction) => {
    for (let i = 0; i < 2100; i++) {
      const keyId = `${idle.slice(0, -12)}${String(i).padStart(12, '0')}`;
      const name = { accountId: record.accountId, region: record.region, keyId };
      transaction.put('keys', [name.accountId, name.region, keyId], { ...record, keyId });
      transaction.put('rotations', [date, name.accountId, name.region, keyId], name);
    }
  });
  kms.clock.advance(365 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), [Arn]);
  assert.equal(
    (await store.list('rotations', { within: [], limit: 9 })).length,
    1,
    'the next round has nothing to read',
  );
});

test('one key that cannot be rotated for a fault of ours keeps no other from it', async () => {
  await using kms = await startKms();
  const [broken, sound] = [await newKey(kms), await newKey(kms)];
  for (const { KeyId } of [broken, sound]) await kms.ok('EnableKeyRotation', { KeyId });
  const { store } = kms.vault;
  const path = ['111122223333', 'us-east-1', broken.KeyId];
  const record = await store.get('keys', path);
  assert(record !== undefined);
  await store.write(async (transaction) => transaction.put('keys', path, { ...record, spec: 'NO_SUCH_SPEC' }));
  const before = await currentOf(kms, sound.KeyId);
  kms.clock.advance(365 * dayMs);
  await assert.rejects(rotateDueKeys(kms.keyring), /1 of what is due could not be done/);
  assert.notEqual(await currentOf(kms, sound.KeyId), before);
  assert.equal((await store.list('rotations', { within: [], limit: 9 })).length, 2, 'the next round tries again');
});

test('rotation on demand is at once, 25 times, and leaves the calendar alone', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId });
  const status = await statusOf(kms, KeyId);
  const first = await currentOf(kms, KeyId);
  const ciphertexts = [await encrypt(kms, KeyId)];
  for (let time = 0; time < 25; time++) {
    assert.deepEqual(await kms.ok('RotateKeyOnDemand', { KeyId }), { KeyId });
    ciphertexts.push(await encrypt(kms, KeyId));
  }
  assert.deepEqual(await refusal(kms, 'RotateKeyOnDemand', { KeyId }), [
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${Arn}`,
  ]);
  assert.notEqual(await currentOf(kms, KeyId), first);
  assert.deepEqual(await statusOf(kms, KeyId), status);
  kms.clock.advance(365 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), [Arn], 'those of the calendar do not count');
  for (const CiphertextBlob of ciphertexts) {
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
  }
  await kms.vault.domainKeys.rotate();
  forget(kms, KeyId);
  for (const CiphertextBlob of ciphertexts) {
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
  }
});

test('rotation on demand waits for one by the calendar that is less than twenty minutes away', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  kms.clock.advance(90 * dayMs - 20 * 60_000 - 1);
  await kms.ok('RotateKeyOnDemand', { KeyId });
  for (const later of [1, 10 * 60_000, 11 * 60_000]) {
    kms.clock.advance(later);
    assert.equal((await refusal(kms, 'RotateKeyOnDemand', { KeyId }))[0], 'ConflictException');
  }
  assert.equal((await rotateDueKeys(kms.keyring)).length, 1);
  await kms.ok('RotateKeyOnDemand', { KeyId });
});

test('rotations at the same time are all done, one after another', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await Promise.all(Array.from({ length: 5 }, () => kms.ok('RotateKeyOnDemand', { KeyId })));
  assert.equal((await rotationsOf(kms, KeyId)).length, 5);
});

test('there is a notice of every rotation, with the old and the new material', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const told: object[] = [];
  kms.keyring.notices.listen(({ event }) => told.push([event['detail-type'], event.detail, event.resources]));
  await kms.ok('EnableKeyRotation', { KeyId });
  const expected = [];
  for (const type of ['ON_DEMAND', 'AUTOMATIC']) {
    const before = await currentOf(kms, KeyId);
    if (type === 'ON_DEMAND') await kms.ok('RotateKeyOnDemand', { KeyId });
    kms.clock.advance(type === 'AUTOMATIC' ? 365 * dayMs : 0);
    await rotateDueKeys(kms.keyring);
    const detail = {
      'key-id': KeyId,
      'key-origin': 'AWS_KMS',
      'rotation-type': type,
      'previous-key-material-id': before,
      'current-key-material-id': await currentOf(kms, KeyId),
    };
    expected.push(['KMS CMK Rotation', detail, [Arn]]);
  }
  assert.deepEqual(told, expected);
});

test('a list of rotations says of each what it was; with all material, the first one is there too', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  assert.deepEqual(await kms.ok('ListKeyRotations', { KeyId }), { Rotations: [], Truncated: false });
  const first = await currentOf(kms, KeyId);
  kms.clock.advance(dayMs);
  await kms.ok('RotateKeyOnDemand', { KeyId });
  const second = await currentOf(kms, KeyId);
  const onDemandAt = kms.clock.now() / 1000;
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  kms.clock.advance(90 * dayMs);
  await rotateDueKeys(kms.keyring);
  const third = await currentOf(kms, KeyId);
  const rotations = [
    {
      KeyId,
      KeyMaterialId: second,
      KeyMaterialState: 'NON_CURRENT',
      RotationDate: onDemandAt,
      RotationType: 'ON_DEMAND',
    },
    {
      KeyId,
      KeyMaterialId: third,
      KeyMaterialState: 'CURRENT',
      RotationDate: kms.clock.now() / 1000,
      RotationType: 'AUTOMATIC',
    },
  ];
  assert.deepEqual(await rotationsOf(kms, Arn), rotations);
  assert.deepEqual(await rotationsOf(kms, KeyId, 'ROTATIONS_ONLY'), rotations);
  assert.deepEqual(await rotationsOf(kms, KeyId, 'ALL_KEY_MATERIAL'), [
    { KeyId, KeyMaterialId: first, KeyMaterialState: 'NON_CURRENT' },
    ...rotations,
  ]);
});

test('a list of rotations comes in pages, and a marker is for one key and one view', async () => {
  await using kms = await startKms();
  const [{ KeyId }, other] = [await newKey(kms), await newKey(kms)];
  for (let time = 0; time < 7; time++) await kms.ok('RotateKeyOnDemand', { KeyId });
  for (const [view, count] of [
    ['ROTATIONS_ONLY', 7],
    ['ALL_KEY_MATERIAL', 8],
  ] as const) {
    const whole = await rotationsOf(kms, KeyId, view);
    assert.equal(whole.length, count);
    const pages = [];
    let Marker: string | undefined;
    do {
      const page = await kms.ok('ListKeyRotations', { KeyId, IncludeKeyMaterial: view, Limit: 3, Marker });
      assert.equal(page.Truncated, page.NextMarker !== undefined);
      pages.push(page.Rotations);
      Marker = page.NextMarker;
    } while (Marker !== undefined && pages.length < 9);
    assert.equal(pages.length, 3);
    assert.deepEqual(pages.flat(), whole);
  }
  const { NextMarker } = await kms.ok('ListKeyRotations', { KeyId, Limit: 3 });
  for (const wrong of [
    { KeyId, Marker: NextMarker, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
    { KeyId: other.KeyId, Marker: NextMarker },
    { KeyId, Marker: 'nonsense' },
  ]) {
    assert.equal((await refusal(kms, 'ListKeyRotations', wrong))[0], 'InvalidMarkerException');
  }
});

test('keys of other kinds have no rotation: UnsupportedOperationException, without a text', async () => {
  await using kms = await startKms();
  const operations = [
    'EnableKeyRotation',
    'DisableKeyRotation',
    'GetKeyRotationStatus',
    'RotateKeyOnDemand',
    'ListKeyRotations',
  ];
  for (const [KeySpec, KeyUsage] of [
    ['ECC_NIST_P256', 'SIGN_VERIFY'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ]) {
    const { KeyId } = await newKey(kms, { KeySpec, KeyUsage });
    for (const operation of operations) {
      assert.deepEqual(await refusal(kms, operation, { KeyId }), ['UnsupportedOperationException', undefined]);
    }
  }
});

test('in the states that forbid it rotation is refused as AWS refuses it', async () => {
  await using kms = await startKms();
  const disabled = await newKey(kms);
  await kms.ok('DisableKey', { KeyId: disabled.KeyId });
  const ending = await newKey(kms);
  await kms.ok('ScheduleKeyDeletion', { KeyId: ending.KeyId });
  const waiting = await newKey(kms, { Origin: 'EXTERNAL' });
  const wrongOrigin = `${waiting.Arn} origin is EXTERNAL which is not valid for this operation.`;
  const cases: [string, string, string, string][] = [
    ['EnableKeyRotation', disabled.KeyId, 'DisabledException', `${disabled.Arn} is disabled.`],
    ['DisableKeyRotation', disabled.KeyId, 'DisabledException', `${disabled.Arn} is disabled.`],
    ['RotateKeyOnDemand', disabled.KeyId, 'DisabledException', `${disabled.Arn} is disabled.`],
    ['EnableKeyRotation', ending.KeyId, 'KMSInvalidStateException', `${ending.Arn} is pending deletion.`],
    ['DisableKeyRotation', ending.KeyId, 'KMSInvalidStateException', `${ending.Arn} is pending deletion.`],
    ['RotateKeyOnDemand', ending.KeyId, 'KMSInvalidStateException', `${ending.Arn} is pending deletion.`],
    ['EnableKeyRotation', waiting.KeyId, 'UnsupportedOperationException', wrongOrigin],
    ['DisableKeyRotation', waiting.KeyId, 'UnsupportedOperationException', wrongOrigin],
    ['GetKeyRotationStatus', waiting.KeyId, 'UnsupportedOperationException', wrongOrigin],
    ['RotateKeyOnDemand', waiting.KeyId, 'KMSInvalidStateException', `${waiting.Arn} is pending import.`],
  ];
  for (const [operation, KeyId, ...expected] of cases) {
    assert.deepEqual(await refusal(kms, operation, { KeyId }), expected, `${operation} ${expected[1]}`);
  }
  for (const { KeyId } of [disabled, ending, waiting]) assert.deepEqual(await rotationsOf(kms, KeyId), []);
});

test('a policy can allow some rotation periods only', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('PutKeyPolicy', {
    KeyId,
    Policy: JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:EnableKeyRotation',
          Resource: '*',
          Condition: { NumericGreaterThan: { 'kms:RotationPeriodInDays': '180' } },
        },
      ],
    }),
  });
  assert.equal((await refusal(kms, 'EnableKeyRotation', { KeyId }))[0], 'AccessDeniedException');
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 180 });
});
