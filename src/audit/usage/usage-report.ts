/** Usage as somebody asks for it: which calls, added up by what. */
import type { Cell, UsageFigures } from './figures.ts';

export const dimensions = ['hour', 'day', 'month', 'account', 'region', 'key', 'operation', 'principal'] as const;

export type Dimension = (typeof dimensions)[number];

export interface UsageQuery {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** A key id, or an ARN. */
  readonly key?: string | undefined;
  /** `Encrypt`, or with its service: `kms:Encrypt`. */
  readonly operation?: string | undefined;
  /** An ARN, or how one ends: `user/alice`. */
  readonly principal?: string | undefined;
  /** The first hour, and the one that is too late: `2026-01-02T03`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly by: readonly Dimension[];
}

export interface UsageRow {
  /** By dimension, in the order of the query. */
  readonly of: Readonly<Partial<Record<Dimension, string>>>;
  readonly calls: number;
  readonly failed: number;
}

export interface UsageReport {
  /** The largest first; in the order of time where the first dimension is one of time. */
  readonly rows: readonly UsageRow[];
  readonly calls: number;
  readonly failed: number;
}

/** More than anybody reads, and what fits into memory. */
const mostRows = 200_000;

/** There would be too many rows. */
export class TooManyRows extends Error {
  override readonly name = 'TooManyRows';
}

/** Throws TooManyRows. */
export function reportUsage(all: Iterable<UsageFigures>, query: UsageQuery): UsageReport {
  const isWanted = filterOf(query);
  const rows = new Map<string, { of: UsageRow['of']; calls: number; failed: number }>();
  const total = { calls: 0, failed: 0 };
  for (const { cells } of all) {
    for (const cell of cells) {
      if (!isWanted(cell)) continue;
      const values = query.by.map((dimension) => valueIn(cell, dimension));
      const id = values.join('\n');
      let row = rows.get(id);
      if (row === undefined) {
        if (rows.size === mostRows) throw new TooManyRows(`There are more than ${mostRows} rows: ask for fewer.`);
        row = { of: Object.fromEntries(query.by.map((dimension, at) => [dimension, values[at]])), calls: 0, failed: 0 };
        rows.set(id, row);
      }
      for (const sum of [row, total]) {
        sum.calls += cell.succeeded + cell.failed;
        sum.failed += cell.failed;
      }
    }
  }
  return { rows: [...rows.values()].sort(orderOf(query)), ...total };
}

function orderOf({ by: [first] }: UsageQuery): (a: UsageRow, b: UsageRow) => number {
  const byCalls = (a: UsageRow, b: UsageRow) => b.calls - a.calls;
  if (first !== 'hour' && first !== 'day' && first !== 'month') return byCalls;
  return (a, b) => compare(a.of[first] ?? '', b.of[first] ?? '') || byCalls(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function valueIn(cell: Cell, dimension: Dimension): string {
  if (dimension === 'day') return cell.hour.slice(0, 10);
  return dimension === 'month' ? cell.hour.slice(0, 7) : cell[dimension];
}

type Filter = (cell: Cell) => boolean;

function filterOf({ account, region, key, operation, principal, from, to }: UsageQuery): Filter {
  const filters: Filter[] = [];
  if (account !== undefined) filters.push((cell) => cell.account === account);
  if (region !== undefined) filters.push((cell) => cell.region === region);
  if (from !== undefined) filters.push((cell) => cell.hour >= from);
  if (to !== undefined) filters.push((cell) => cell.hour < to);
  if (operation !== undefined) filters.push((cell) => isEnd(cell.operation, operation, ':'));
  if (principal !== undefined) filters.push((cell) => isEnd(cell.principal, principal, ':'));
  if (key !== undefined) filters.push((cell) => cell.key.split(',').some((arn) => isEnd(arn, key, '/')));
  return (cell) => filters.every((filter) => filter(cell));
}

/** Whether it is all of the text, or what comes after a separator. */
function isEnd(text: string, end: string, separator: string): boolean {
  return text === end || text.endsWith(`${separator}${end}`);
}
