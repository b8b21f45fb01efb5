/** keywright cost: what AWS would charge for the same, and what repeating oneself less would save. */

import { setImmediate as turn } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Data } from '#assemble.ts';
import { type CostReport, type CostRow, reportCost } from '#audit/usage/cost.ts';
import type { RepeatKind } from '#audit/usage/figures.ts';
import type { KeyFacts } from '#audit/usage/key-months.ts';
import { type Prices, priceClasses, readPrices } from '#audit/usage/prices.ts';
import { systemClock } from '#base/clock.ts';
import { placeOf } from '#keys/keyring.ts';
import { keyArn } from '#model/arn.ts';
import { workOn } from './offline.ts';
import { jsonFlag, type Output, print } from './output.ts';
import { addDataOptions, type DataOptions, readSettings, UsageError } from './settings.ts';
import { table } from './table.ts';
import { figuresOf } from './trail-figures.ts';

interface CostOptions extends DataOptions, Output {
  readonly month?: string;
  readonly account?: string;
  readonly prices?: string;
}

export function addCostCommand(program: Command): void {
  addDataOptions(program.command('cost'))
    .description('estimate what AWS KMS would have cost, from the audit trail and a list of prices')
    .option('--month <month>', 'the month, in UTC (default: this month so far)', monthIn)
    .option('--account <id>', 'only this account')
    .option('--prices <file>', 'another list of prices, of the form of src/audit/usage/prices.json')
    .option(...jsonFlag)
    .action(async (_, command) => {
      const { month, account, prices: file, json, ...options } = readSettings<CostOptions>(command);
      const prices = pricesOf(file);
      const nowMs = systemClock.now();
      const query = { month: month ?? new Date(nowMs).toISOString().slice(0, 7), account, prices, nowMs };
      const keys = await workOn(options, { command: 'cost/keys', offline: listKeyFacts });
      const report = reportCost(await figuresOf(options, false), keys, query);
      print(json, report, textOf(report));
    });
}

function pricesOf(file: string | undefined): Prices {
  try {
    return readPrices(file);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : `${file} cannot be read.`, { cause: error });
  }
}

const pageSize = 100;

/** What the store knows of all keys, read in small steps. */
export async function listKeyFacts({ vault: { store } }: Pick<Data, 'vault'>): Promise<readonly KeyFacts[]> {
  const facts: KeyFacts[] = [];
  let after: readonly string[] | undefined;
  do {
    const page = await store.list('keys', { within: [], after, limit: pageSize });
    for (const { record } of page) {
      const { place, keyId } = placeOf(record);
      const { spec, createdAtMs, managedFor, state, materials = [] } = record;
      const isPending = state.name === 'PendingDeletion' || state.name === 'PendingReplicaDeletion';
      const rotatedAtMs = materials.flatMap(({ rotated }) => (rotated === undefined ? [] : [rotated.atMs]));
      const isAwsManaged = managedFor !== undefined;
      facts.push({ arn: keyArn(place, keyId), spec, createdAtMs, isAwsManaged, isPending, rotatedAtMs });
    }
    after = page.length < pageSize ? undefined : page.at(-1)?.key;
    await turn();
  } while (after !== undefined);
  return facts;
}

const kindTitles: Readonly<Record<RepeatKind, string>> = {
  'data key': 'Data keys used for 5 minutes instead of once (data key caching):',
  object: 'Bucket keys for S3 buckets, used for 5 minutes:',
  decrypt: 'Decrypt, at most: if all calls of a row in 5 minutes were for the same data key, and it had been kept:',
};

const savingsShown = 10;

function textOf(report: CostReport): string {
  const { month, isComplete, currency, prices, rows, freeTier, total } = report;
  const parts = [
    `What AWS would charge for ${month}${isComplete ? '' : ' so far'}: an estimate in ${currency}, with prices as of ${prices.asOf}`,
    table(
      columnsOf(rows),
      rows.map((row) => lineOf(row, rows)),
    ),
    ...freeTier.map(
      ({ account, requests, credit }) => `free tier of ${account}: ${requests} requests, -${money(credit)}`,
    ),
    `total: ${money(total)} ${currency}`,
  ];
  if (report.approximateKeys > 0) {
    parts.push(
      `Of ${report.approximateKeys} keys the trail does not say when they were made or given up; what they cost is a guess.`,
    );
  }
  for (const kind of ['data key', 'object', 'decrypt'] as const) parts.push(...savingsOf(report, kind));
  return parts.join('\n\n');
}

const classTitles = {
  standard: 'symmetric',
  rsa2048: 'RSA_2048',
  asymmetric: 'asymmetric',
  eccPair: 'ECC pairs',
  rsaPair: 'RSA pairs',
};

/** Kinds of requests that there are any of. */
function classesOf(rows: readonly CostRow[]) {
  return priceClasses.filter((one) => rows.some(({ requests }) => requests[one] > 0));
}

function columnsOf(rows: readonly CostRow[]) {
  const numbers = [
    'keys',
    'key months',
    'rotations',
    'cost',
    ...classesOf(rows).map((one) => classTitles[one]),
    'cost',
    'failed',
  ];
  return [{ title: 'account' }, { title: 'Region' }, ...numbers.map((title) => ({ title, isNumber: true }))];
}

function lineOf(row: CostRow, rows: readonly CostRow[]): readonly string[] {
  const { account, region, keys, keyMonths, rotationMonths, keyCost, requests, requestCost, failed } = row;
  const ofKeys = [String(keys), keyMonths.toFixed(3), rotationMonths.toFixed(3), money(keyCost)];
  return [
    account,
    region,
    ...ofKeys,
    ...classesOf(rows).map((one) => String(requests[one])),
    money(requestCost),
    String(failed),
  ];
}

function savingsOf({ savings }: CostReport, kind: RepeatKind): readonly string[] {
  const found = savings.filter((one) => one.kind === kind).slice(0, savingsShown);
  if (found.length === 0) return [];
  const columns = [
    ...['calls', 'needed', 'saved'].map((title) => ({ title, isNumber: true })),
    ...['operation', 'principal', 'key', kind === 'object' ? 'bucket' : 'encryption context'].map((title) => ({
      title,
    })),
  ];
  const lines = found.map(({ calls, windows, cost, operation, principal, key, context }) => [
    ...[String(calls), String(windows), money(cost)],
    ...[operation, principal, key, context],
  ]);
  return [`${kindTitles[kind]}\n${table(columns, lines)}`];
}

function money(amount: number): string {
  return amount > 0 && amount < 0.01 ? '<0.01' : amount.toFixed(2);
}

function monthIn(text: string): string {
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError('It must look like 2026-01.');
  return text;
}
