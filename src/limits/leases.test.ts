import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { testPlace } from '#test/harness/kms.ts';
import { Buckets } from './buckets.ts';
import type { QuotaClass } from './classes.ts';
import { Leases } from './leases.ts';
import type { QuotaSettings } from './settings.ts';

const place = testPlace();
const describeKey = 'DescribeKey' as QuotaClass;
const settingsOf = (value: number): QuotaSettings => ({
  profile: 'unlimited',
  changes: [{ quota: describeKey, value }],
});

/** A leading process and two that serve, with messages that take some milliseconds, in a time that the test owns. */
function scene(context: TestContext, { rate, delaysMs }: { rate: number; delaysMs: readonly [number, number] }) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const now = () => nowMs;
  const buckets = new Buckets(settingsOf(rate), now);
  const granted = { count: 0, messages: 0 };
  const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const workers = delaysMs.map((delayMs) => {
    const source = {
      async take(name: string, wanted: number) {
        granted.messages++;
        await later(delayMs);
        const count = buckets.take(name, wanted);
        granted.count += count;
        await later(delayMs);
        return count;
      },
      giveBack(name: string, count: number) {
        setTimeout(() => {
          granted.count -= count;
          buckets.giveBack(name, count);
        }, delayMs);
      },
    };
    return new Leases(source, { settings: settingsOf(rate), now });
  });
  const advance = async (milliseconds: number) => {
    for (let ms = 0; ms < milliseconds; ms++) {
      nowMs++;
      context.mock.timers.tick(1);
      await turn();
    }
  };
  const [first, second] = workers;
  assert(first !== undefined && second !== undefined);
  return { buckets, first, second, granted, advance, now };
}

for (const rate of [5, 50, 1000, 10_000]) {
  test(`two processes accept ${rate} requests a second between them within 2 %, however the load is divided`, async (context) => {
    const { first, second, granted, advance, now } = scene(context, { rate, delaysMs: [1, 4] });
    let accepted = 0;
    const answered: Promise<void>[] = [];
    let demand = 0;
    const send = (leases: Leases, count: number) => {
      for (let one = 0; one < count; one++) {
        answered.push(
          Promise.resolve(leases.admit(place, describeKey)).then((is) => {
            if (is) accepted++;
          }),
        );
      }
    };
    while (now() < 10_000) {
      // Three times the quota: nearly all of it here, then there, then in bursts on both.
      demand += (3 * rate) / 1000;
      const count = Math.floor(demand);
      demand -= count;
      const phase = Math.floor(now() / 700) % 3;
      const share = phase === 0 ? 0.97 : phase === 1 ? 0.05 : now() % 60 < 30 ? 1 : 0;
      const here = Math.round(count * share + (now() % 10) / 20 - 0.25);
      send(first, Math.min(count, Math.max(0, here)));
      send(second, count - Math.min(count, Math.max(0, here)));
      await advance(1);
    }
    const inTime = accepted;
    assert(inTime >= 9.8 * rate && inTime <= 10.2 * rate, `${inTime} of ${10 * rate}`);
    await advance(500);
    await Promise.all(answered);
    assert.equal(granted.count, accepted, 'all that was leased and not needed is given back');
    const most = rate < 1000 ? answered.length : answered.length / 5;
    assert(granted.messages <= most, `${granted.messages} messages for ${answered.length} requests`);
  });
}

test('a process that is not busy does not keep what another one needs', async (context) => {
  const { first, second, granted, advance } = scene(context, { rate: 1000, delaysMs: [1, 1] });
  const waiting = first.admit(place, describeKey);
  await advance(2);
  assert.equal(await waiting, true);
  assert.equal(granted.count, 20, 'twenty milliseconds of the rate');
  assert.equal(first.admit(place, describeKey), true, 'without waiting');
  await advance(200);
  assert.equal(granted.count, 2);
  const others = Array.from({ length: 200 }, () => second.admit(place, describeKey));
  await advance(10);
  const accepted = (await Promise.all(others)).filter((is) => is);
  assert(accepted.length >= 100 && accepted.length <= 110, `what may be saved up, not ${accepted.length}`);
});

test('at a low rate one request is leased at a time', async (context) => {
  const { first, granted, advance } = scene(context, { rate: 5, delaysMs: [1, 1] });
  const answers = Promise.all([first.admit(place, describeKey), first.admit(place, describeKey)]);
  await advance(5);
  assert.deepEqual(await answers, [true, false]);
  assert.equal(granted.count, 1);
});

test('once new settings are applied, nothing leased under the old ones is used', async (context) => {
  const { buckets, first, granted, advance } = scene(context, { rate: 1000, delaysMs: [1, 1] });
  const waiting = first.admit(place, describeKey);
  await advance(2);
  assert.equal(await waiting, true);
  for (const admission of [buckets, first]) admission.apply(settingsOf(0));
  const refused = first.admit(place, describeKey);
  await advance(2);
  assert.equal(await refused, false);
  assert.equal(granted.count, 1);
  first.apply({ profile: 'unlimited', changes: [] });
  assert.equal(first.isUnlimited, true);
});

test('a class without a limit is never asked about, beside one that has a limit', async (context) => {
  const { first, granted } = scene(context, { rate: 1, delaysMs: [1, 1] });
  assert.equal(first.admit(place, 'CreateKey' as QuotaClass), true);
  assert.equal(granted.messages, 0);
});

test('requests that wait fail when the process with the buckets is gone, and the next ones ask anew', async () => {
  let isGone = true;
  const source = {
    take: async (_: string, wanted: number) => {
      if (isGone) throw new Error('gone');
      return wanted;
    },
    giveBack: () => undefined,
  };
  const leases = new Leases(source, { settings: settingsOf(100), now: () => 0 });
  await assert.rejects(async () => leases.admit(place, describeKey), /gone/);
  isGone = false;
  assert.equal(await leases.admit(place, describeKey), true);
});
