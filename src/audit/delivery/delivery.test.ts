import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { putObject } from '#protocol/s3/put-object.ts';
import { type Bucket, startBucket } from '#test/harness/bucket.ts';
import { validateChain } from '#test/harness/cloudtrail.ts';
import { here, keysIn, lineOf, objectsIn, type Place, startMs, startPlace } from '#test/harness/delivered.ts';
import { memoryVault, testPlace } from '#test/harness/kms.ts';
import { Delivery, type DeliverySettings } from './delivery.ts';
import { DigestKeys } from './digest-keys.ts';

const { accountId } = testPlace();
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function deliveryOf(place: Place, more: Partial<DeliverySettings> = {}) {
  const { trail, vault, workplace: directory } = place;
  const logged: string[] = [];
  const log = { info: (event: string) => void logged.push(event), failure: (event: string) => void logged.push(event) };
  const delivery = new Delivery({ trail, vault, log, directory, destination: here, retentionDays: 0, ...more });
  return { delivery, logged };
}

async function validate(place: Place, delivery: Delivery) {
  const key = keysIn(place.workplace, 'CloudTrail-Digest').at(-1) ?? '';
  return validateChain(objectsIn(place.workplace), await delivery.digestKeys(), {
    bucket: delivery.bucketOf(accountId),
    key,
  });
}

test('records are delivered and digested in time, by a thread, and validate with the keys that are shown', async () => {
  await using place = await startPlace();
  const { delivery, logged } = deliveryOf(place);
  assert.equal(delivery.deliveredThrough(), 0);
  for (let hour = 0; hour < 3; hour++) {
    await place.trail.append(lineOf({ name: `H${hour}` }));
    await delivery.tick();
    assert.equal(delivery.deliveredThrough(), hour + 1);
    assert.deepEqual(delivery.lag(), { records: 0, uploads: 0 });
    place.clock.advance(hourMs);
  }
  await delivery.tick();
  const { problems, digests, records } = await validate(place, delivery);
  assert.deepEqual(problems, []);
  assert.equal(digests.length, 3);
  assert.deepEqual(
    records.map(({ eventName }) => eventName),
    ['H2', 'H1', 'H0'],
  );
  assert.deepEqual(delivery.status(accountId), {
    startedMs: startMs,
    latestDeliveryMs: startMs + 2 * hourMs,
    latestDigestMs: startMs + 3 * hourMs,
  });
  assert.deepEqual(logged, []);
  await delivery.stop();
});

test('flush delivers everything with a digest file that ends now', async () => {
  await using place = await startPlace();
  const { delivery } = deliveryOf(place);
  await place.trail.append(lineOf({ name: 'A' }));
  await delivery.flush();
  const { problems, digests, records } = await validate(place, delivery);
  assert.deepEqual(problems, []);
  assert.deepEqual(digests, ['2026-01-02T03:30:00Z']);
  assert.equal(records.length, 1);
  await delivery.stop();
});

test('in a busy time it waits, unless somebody asks for delivery or it stops', async () => {
  await using place = await startPlace();
  const { delivery } = deliveryOf(place);
  const many = Array.from({ length: 500 }, () => lineOf({ name: 'Busy' }));
  await place.trail.appendAll(many);
  const requests = setInterval(() => void place.trail.appendAll(many), 25);
  try {
    const ticking = delivery.tick();
    await delay(600);
    assert.equal(delivery.deliveredThrough(), 0);
    const { deliveredThrough } = await delivery.flush();
    assert.ok(deliveredThrough > 0);
    await ticking;
    const waiting = delivery.tick();
    await delivery.stop();
    await waiting;
  } finally {
    clearInterval(requests);
  }
});

test('in a busy time that does not end it waits for so long and no longer', async () => {
  await using place = await startPlace();
  const { delivery } = deliveryOf(place, { mostLateMs: 300 });
  const many = Array.from({ length: 500 }, () => lineOf({ name: 'Busy' }));
  await place.trail.appendAll(many);
  const requests = setInterval(() => void place.trail.appendAll(many), 25);
  try {
    const beganAt = performance.now();
    await delivery.tick();
    assert.ok(performance.now() - beganAt >= 300);
    assert.ok(delivery.deliveredThrough() >= 500);
  } finally {
    clearInterval(requests);
    await delivery.stop();
  }
});

test('what stopping leaves is delivered by the next process, and the chain goes on', async () => {
  await using place = await startPlace();
  const { delivery } = deliveryOf(place);
  await place.trail.append(lineOf({ name: 'A' }));
  await delivery.tick();
  await place.trail.append(lineOf({ name: 'B' }));
  await delivery.stop();
  assert.equal(delivery.deliveredThrough(), 2, 'it is quick');
  await place.trail.append(lineOf({ name: 'C' }));
  await place.reopen();
  place.clock.advance(5 * hourMs);
  const { delivery: next } = deliveryOf(place);
  await next.flush();
  const { problems, digests, records } = await validate(place, next);
  assert.deepEqual(problems, []);
  assert.equal(digests.length, 6);
  assert.deepEqual(records.map(({ eventName }) => eventName).sort(), ['A', 'B', 'C']);
  await next.stop();
});

test('a delivery that fails is told once, and again when it works', async () => {
  await using place = await startPlace();
  writeFileSync(place.workplace, 'a file where the folder should be');
  const { delivery, logged } = deliveryOf(place);
  await place.trail.append(lineOf({ name: 'A' }));
  await delivery.tick();
  await delivery.tick();
  assert.deepEqual(logged, ['audit delivery failed: it is tried again']);
  await assert.rejects(delivery.flush());
  rmSync(place.workplace);
  await delivery.tick();
  assert.deepEqual(logged.slice(1), ['audit delivery works again']);
  assert.equal(delivery.deliveredThrough(), 1);
  await delivery.stop();
});

test('an altered trail is not delivered, and the log says what to do', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'Genuine' }));
  await place.trail.roll();
  const path = place.trail.segments.path(1);
  writeFileSync(path, readFileSync(path, 'utf8').replace('Genuine', 'Altered'));
  const { delivery, logged } = deliveryOf(place);
  await delivery.tick();
  assert.match(logged[0] ?? '', /audit verify/);
  assert.equal(delivery.deliveredThrough(), 0);
  await delivery.stop();
});

test('files are uploaded to the bucket that their digest files name, also over restarts', async () => {
  await using place = await startPlace();
  await using bucket = await startBucket(place.clock, 'of the bucket');
  const destination = { ...here, bucket: 'of-the-operator', prefix: 'kms/' };
  const put: DeliverySettings['put'] = (object, signal) => putObject(object, bucketSettings(bucket, place), signal);
  bucket.answer = { status: 503, body: '' };
  const first = deliveryOf(place, { destination, put });
  await place.trail.append(lineOf({ name: 'A' }));
  await first.delivery.flush();
  await until(() => bucket.asked > 0);
  assert.deepEqual(first.delivery.lag(), { records: 0, uploads: 2 });
  await first.delivery.stop();
  bucket.answer = undefined;
  const second = deliveryOf(place, { destination, put });
  place.clock.advance(1000);
  await place.trail.append(lineOf({ name: 'B' }));
  await second.delivery.flush();
  await until(() => bucket.puts.length === 4 && second.delivery.lag().uploads === 0);
  const get = (name: string, key: string) => bucket.puts.find((one) => one.key === `${name}/${key}`);
  const newest = bucket.puts.at(-1)?.key.replace('of-the-operator/', '') ?? '';
  assert.match(newest, /^kms\/AWSLogs\/111122223333\/CloudTrail-Digest\//);
  const from = { bucket: 'of-the-operator', key: newest };
  const { problems, records } = validateChain(get, await second.delivery.digestKeys(), from);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    records.map(({ eventName }) => eventName),
    ['B', 'A'],
  );
  assert(second.delivery.isBucketOf(accountId, 'of-the-operator'));
  assert(!second.delivery.isBucketOf(accountId, 'keywright-audit-111122223333'));
  await second.delivery.stop();
});

test('files that were delivered before a bucket was set are still of the bucket that they name', async () => {
  await using place = await startPlace();
  const before = deliveryOf(place);
  await place.trail.append(lineOf({ name: 'A' }));
  await before.delivery.flush();
  await before.delivery.stop();
  const { delivery } = deliveryOf(place, { destination: { ...here, bucket: 'new' } });
  await delivery.tick();
  assert(delivery.isBucketOf(accountId, 'keywright-audit-111122223333'));
  assert(delivery.isBucketOf(accountId, 'new'));
  await delivery.stop();
});

test('a signing key serves a year, the next one after it, and all are shown', async () => {
  const clock = new ManualClock(startMs);
  const vault = await memoryVault(clock);
  const keys = new DigestKeys(vault);
  const first = await keys.keyFor({ fromMs: startMs, untilMs: startMs });
  assert.equal(await keys.keyFor({ fromMs: startMs, untilMs: startMs + 364 * dayMs }), first);
  const second = await keys.keyFor({ fromMs: startMs + 365 * dayMs - hourMs, untilMs: startMs + 365 * dayMs });
  assert.notEqual(second, first);
  const shown = await new DigestKeys(vault).list();
  assert.deepEqual(
    shown.map(({ validFromMs }) => validFromMs),
    [startMs, startMs + 365 * dayMs - hourMs],
  );
  assert.deepEqual(
    shown.map(({ fingerprint }) => fingerprint.length),
    [32, 32],
  );
  await vault.store.close();
});

function bucketSettings(bucket: Bucket, { clock }: Place) {
  const secret = () => new SecretBytes(Buffer.from('of the bucket'));
  const credentials = () => ({ accessKeyId: 'AKIDEXAMPLE', secret: secret(), [Symbol.dispose]: () => undefined });
  return { endpoint: bucket.url, region: 'us-east-1', clock, credentials };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 10) {
    assert(waited < 10_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
