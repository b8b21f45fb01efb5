/** What AWS would charge, computed by hand here. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { type CostRow, monthSpan, reportCost } from './cost.ts';
import type { Cell, KeyEvent, Repeat, UsageFigures } from './figures.ts';
import { type KeyFacts, keyMonths } from './key-months.ts';
import { priceClassOf, readPrices } from './prices.ts';

const prices = readPrices();
const arnOf = (id: string, region = 'us-east-1') => `arn:aws:kms:${region}:111122223333:key/${id}`;
const span = monthSpan('2026-04'); // 30 days
const day = (number: number) => Date.UTC(2026, 3, number);
const at = (milliseconds: number) => new Date(milliseconds).toISOString().replace('.000', '');

const fact = (id: string, rest: Partial<KeyFacts> = {}): KeyFacts => ({
  arn: arnOf(id),
  spec: 'SYMMETRIC_DEFAULT',
  createdAtMs: 0,
  isAwsManaged: false,
  isPending: false,
  rotatedAtMs: [],
  ...rest,
});
const event = (name: string, id: string, atMs: number): KeyEvent => ({ name, key: arnOf(id), at: at(atMs), spec: '' });

function monthsOf(keys: readonly KeyFacts[], events: readonly KeyEvent[], nowMs = day(60)) {
  const all = keyMonths({ keys, events, chargedRotations: 2, nowMs }, span);
  return all.map(({ months, rotationMonths, isApproximate }) => [months * 30, rotationMonths * 30, isApproximate]);
}

test('a key is charged for the part of the month that it is there for', () => {
  assert.deepEqual(monthsOf([fact('a')], []), [[30, 0, false]]);
  assert.deepEqual(monthsOf([fact('a', { createdAtMs: day(21) })], []), [[10, 0, false]]);
  assert.deepEqual(monthsOf([fact('a', { createdAtMs: day(31) })], []), []);
  assert.deepEqual(monthsOf([fact('a')], [], day(4)), [[3, 0, false]], 'nothing for what is yet to come');
  assert.deepEqual(monthsOf([fact('a', { isAwsManaged: true })], []), []);
});

test('a key is free from the time when its deletion was scheduled, unless that was cancelled', () => {
  const scheduled = event('ScheduleKeyDeletion', 'a', day(16));
  assert.deepEqual(monthsOf([fact('a', { isPending: true })], [scheduled]), [[15, 0, false]]);
  const cancelled = [event('ScheduleKeyDeletion', 'a', day(2)), event('CancelKeyDeletion', 'a', day(20))];
  assert.deepEqual(monthsOf([fact('a')], cancelled), [[30, 0, false]]);
  assert.deepEqual(
    monthsOf([fact('a', { isPending: true })], [...cancelled, event('ScheduleKeyDeletion', 'a', day(25))]),
    [[24, 0, false]],
  );
});

test('a key that is gone is known from the trail', () => {
  const made = event('CreateKey', 'a', day(6));
  const gone = [event('ScheduleKeyDeletion', 'a', day(11)), event('DeleteKey', 'a', day(18))];
  assert.deepEqual(monthsOf([], [made, ...gone]), [[5, 0, false]]);
  assert.deepEqual(monthsOf([], gone), [[10, 0, true]]);
  assert.deepEqual(monthsOf([], [event('DeleteKey', 'a', day(18))]), [[17, 0, true]]);
});

test('the first two rotations add to the price of a key, from their day on', () => {
  const rotatedAtMs = [day(21), 0, day(11), day(2)];
  assert.deepEqual(monthsOf([fact('a', { rotatedAtMs })], []), [[30, 30 + 29, false]]);
  assert.deepEqual(monthsOf([fact('a', { rotatedAtMs: [day(21)] })], []), [[30, 10, false]]);
  const gone = [event('CreateKey', 'b', day(1)), event('RotateKey', 'b', day(11)), event('DeleteKey', 'b', day(21))];
  assert.deepEqual(monthsOf([], gone), [[20, 10, false]]);
});

test('what a request costs depends on the operation and the key', () => {
  const specs = new Map([
    ['symmetric', 'SYMMETRIC_DEFAULT'],
    ['hmac', 'HMAC_256'],
    ['rsa', 'RSA_2048'],
    ['larger', 'RSA_4096'],
    ['ml-dsa', 'ML_DSA_65'],
  ]);
  const cases: [string, string, string, string | undefined][] = [
    ['kms:Encrypt', 'symmetric', '', 'standard'],
    ['kms:Encrypt', 'rsa', '', 'rsa2048'],
    ['kms:Encrypt', 'larger', '', 'asymmetric'],
    ['kms:Encrypt', 'gone', '', 'standard'],
    ['kms:Sign', 'gone', '', 'asymmetric'],
    ['kms:Sign', 'ml-dsa', '', 'asymmetric'],
    ['kms:GetPublicKey', 'rsa', '', 'rsa2048'],
    ['kms:DescribeKey', 'larger', '', 'standard'],
    ['kms:GenerateMac', 'hmac', '', 'standard'],
    ['kms:ReEncrypt', 'symmetric,larger', '', 'asymmetric'],
    ['kms:GenerateDataKeyPair', 'symmetric', 'RSA_3072', 'rsaPair'],
    ['kms:GenerateDataKeyPairWithoutPlaintext', 'symmetric', 'ECC_NIST_P256', 'eccPair'],
    ['kms:ListKeys', '', '', 'standard'],
    ['iam:CreateUser', '', '', undefined],
    ['sts:AssumeRole', '', '', undefined],
  ];
  for (const [operation, key, variant, expected] of cases) {
    const found = priceClassOf({ operation, key, variant }, (one) => specs.get(one));
    assert.equal(found, expected, `${operation} ${key} ${variant}`);
  }
});

const cell = (operation: string, succeeded: number, rest: Partial<Cell> = {}): Cell => ({
  hour: '2026-04-10T05',
  account: '111122223333',
  region: 'us-east-1',
  operation,
  key: arnOf('a'),
  principal: 'p',
  variant: '',
  succeeded,
  failed: 0,
  ...rest,
});
const figures = (cells: readonly Cell[], rest: Partial<UsageFigures> = {}): UsageFigures => ({
  cells,
  keyEvents: [],
  repeats: [],
  ...rest,
});
const query = { month: '2026-04', prices, nowMs: day(60) };
const rounded = (amount: number) => Math.round(amount * 1e6) / 1e6;

test('a month costs its keys and its requests, less the free tier, which all Regions of an account share', () => {
  const keys = [fact('a', { rotatedAtMs: [0] }), fact('b', { arn: arnOf('b', 'eu-west-1'), spec: 'ECC_NIST_P256' })];
  const all = [
    figures([
      cell('kms:Encrypt', 100_000, { failed: 7 }),
      cell('kms:Encrypt', 1, { hour: '2026-03-31T23' }),
      cell('kms:Encrypt', 1, { hour: '2026-05-01T00' }),
      cell('iam:ListUsers', 50),
      cell('kms:GenerateDataKeyPair', 10_000, { variant: 'RSA_2048' }),
    ]),
    figures([cell('kms:Sign', 20_000, { key: arnOf('b', 'eu-west-1'), region: 'eu-west-1' })]),
    figures([cell('kms:Decrypt', 10_000, { account: '444455556666' })]),
  ];
  const report = reportCost(all, keys, query);
  const shown = report.rows.map(({ account, region, keys: count, keyCost, requestCost, failed }: CostRow) => [
    account,
    region,
    count,
    keyCost,
    rounded(requestCost),
    failed,
  ]);
  assert.deepEqual(shown, [
    ['111122223333', 'eu-west-1', 1, 1, 0.3, 0],
    ['111122223333', 'us-east-1', 1, 2, 0.3 + 12, 7],
    ['444455556666', 'us-east-1', 0, 0, 0.03, 0],
  ]);
  assert.deepEqual(
    report.freeTier.map(({ account, requests, credit }) => [account, requests, rounded(credit)]),
    [
      ['111122223333', 20_000, 0.06],
      ['444455556666', 10_000, 0.03],
    ],
  );
  assert.equal(rounded(report.total), rounded(3 + 0.3 + 12.3 + 0.03 - 0.09));
  assert.equal(report.isComplete, true);
  assert.equal(reportCost(all, keys, { ...query, account: '444455556666' }).rows.length, 1);
});

test('savings are added up over the month, and what lies outside of it is left out', () => {
  const repeat = (day: string, calls: number, windows: number, first: number): Repeat => ({
    kind: 'data key',
    account: '111122223333',
    region: 'us-east-1',
    principal: 'p',
    key: arnOf('a'),
    operation: 'kms:GenerateDataKey',
    context: '{}',
    ...{ day, calls, windows, first, last: first + windows - 1 },
  });
  const all = [
    figures([], { repeats: [repeat('2026-03-31', 50, 1, 1), repeat('2026-04-01', 10, 1, 2)] }),
    figures([], { repeats: [repeat('2026-04-01', 10_000, 1, 2), repeat('2026-04-02', 30, 1, 9)] }),
    figures([], { repeats: [{ ...repeat('2026-04-01', 1, 1, 2), context: 'once' }] }),
  ];
  const { savings } = reportCost(all, [fact('a')], query);
  assert.deepEqual(
    savings.map(({ calls, windows, cost }) => [calls, windows, rounded(cost)]),
    [[10_040, 2, rounded((10_038 * 0.03) / 10_000)]],
  );
});

test('another list of prices can be used, by Region, and what is none is refused', () => {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const file = join(directory, 'prices.json');
  const common = prices.regions['default'];
  assert(common !== undefined);
  writeFileSync(
    file,
    JSON.stringify({ ...prices, regions: { default: common, 'us-east-1': { ...common, keyMonth: 7 } } }),
  );
  const own = reportCost([], [fact('a'), fact('b', { arn: arnOf('b', 'eu-west-1') })], {
    ...query,
    prices: readPrices(file),
  });
  assert.deepEqual(
    own.rows.map(({ keyCost }) => keyCost),
    [1, 7],
  );
  for (const wrong of [
    {},
    { ...prices, regions: {} },
    { ...prices, freeRequests: -1 },
    { ...prices, regions: { default: { ...common, per10000: {} } } },
  ]) {
    writeFileSync(file, JSON.stringify(wrong));
    assert.throws(() => readPrices(file), /is not a list of prices/);
  }
  rmSync(directory, { recursive: true });
  assert.equal((span.toMs - span.fromMs) / dayMs, 30);
});
