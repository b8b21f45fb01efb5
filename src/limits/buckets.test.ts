import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testPlace } from '#test/harness/kms.ts';
import { Buckets, TokenBucket } from './buckets.ts';
import type { QuotaClass } from './classes.ts';
import type { QuotaSettings } from './settings.ts';

const place = testPlace();
const describeKey = 'DescribeKey' as QuotaClass;

function settingsOf(rate: number | null): QuotaSettings {
  return { profile: 'unlimited', changes: [{ quota: describeKey, value: rate }] };
}

test('whatever the load, no window of time sees more than its share and what may be saved up', () => {
  const gaps = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 300 });
  const rates = fc.constantFrom(0.1, 1, 5, 33, 1000);
  fc.assert(
    fc.property(rates, gaps, fc.integer({ min: 1, max: 50 }), (rate, steps, wanted) => {
      let nowMs = 1_000_000;
      const bucket = new TokenBucket(rate, nowMs);
      const taken: (readonly [atMs: number, count: number])[] = [];
      for (const step of steps) {
        nowMs += step;
        taken.push([nowMs, bucket.take(wanted, nowMs)]);
      }
      for (const [from, [fromMs]] of taken.entries()) {
        let sum = 0;
        for (const [atMs, count] of taken.slice(from)) {
          sum += count;
          assert(sum <= Math.max(1.9, 0.1 * rate) + (rate * (atMs - fromMs)) / 1000 + 0.001);
        }
      }
    }),
    { numRuns: 200 },
  );
});

for (const rate of [5, 50, 1000, 10_000]) {
  test(`of more than ${rate} requests a second, the quota is accepted within 2 % over ten seconds`, () => {
    let nowMs = 0;
    const buckets = new Buckets(settingsOf(rate), () => nowMs);
    let accepted = 0;
    for (; nowMs < 10_000; nowMs += 0.7) {
      for (let one = 0; one < 15; one++) if (buckets.admit(place, describeKey)) accepted++;
    }
    assert(accepted >= 9.8 * rate && accepted <= 10.2 * rate, `${accepted}`);
  });
}

test('each account, Region and class has a bucket of its own', () => {
  const buckets = new Buckets({ profile: 'aws-default', changes: [] }, () => 0);
  const admit = (where: typeof place, name: string) => buckets.admit(where, name as QuotaClass);
  assert.equal(admit(place, 'CreateKey'), true);
  assert.equal(admit(place, 'CreateKey'), false);
  assert.equal(admit(place, 'CreateAlias'), true);
  assert.equal(admit({ ...place, accountId: '444455556666' as typeof place.accountId }, 'CreateKey'), true);
  assert.equal(admit({ ...place, region: 'eu-west-1' as typeof place.region }, 'CreateKey'), true);
});

test('what is given back can be taken again, and what is owed is taken from what comes', () => {
  let nowMs = 0;
  const buckets = new Buckets(settingsOf(1), () => nowMs);
  assert.equal(buckets.admit(place, describeKey), true);
  assert.equal(buckets.admit(place, describeKey), false);
  buckets.give(place, describeKey, 1);
  assert.equal(buckets.admit(place, describeKey), true);
  buckets.give(place, describeKey, -1);
  nowMs = 1000;
  assert.equal(buckets.admit(place, describeKey), false);
  nowMs = 2000;
  assert.equal(buckets.admit(place, describeKey), true);
});

test('new settings count at once, and a rate of 0 admits nobody', () => {
  const buckets = new Buckets(settingsOf(1), () => 0);
  assert.equal(buckets.isUnlimited, false);
  buckets.admit(place, describeKey);
  assert.equal(buckets.admit(place, describeKey), false);
  buckets.apply(settingsOf(100));
  assert.equal(buckets.admit(place, describeKey), true);
  buckets.apply(settingsOf(0));
  assert.equal(buckets.admit(place, describeKey), false);
  buckets.apply(settingsOf(null));
  assert.equal(buckets.isUnlimited, true);
});

test('buckets that are full again are forgotten, those that are not stay', () => {
  let nowMs = 0;
  const buckets = new Buckets({ profile: 'unlimited', changes: [{ quota: 'CreateKey', value: 0.001 }] }, () => nowMs);
  const createKey = 'CreateKey' as QuotaClass;
  assert.equal(buckets.admit(place, createKey), true);
  for (let one = 0; one < 30_000; one++) {
    nowMs += 0.01;
    buckets.admit({ ...place, region: `us-east-${one + 2}` as typeof place.region }, describeKey);
  }
  assert(buckets.size <= 10_001, `${buckets.size} buckets`);
  assert.equal(buckets.admit(place, createKey), false);
});
