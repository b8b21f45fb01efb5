/** keywright usage: how often what was done, by whom and with which key, exact to the record. */

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import {
  type Dimension,
  dimensions,
  reportUsage,
  type UsageQuery,
  type UsageReport,
} from '#audit/usage/usage-report.ts';
import { jsonFlag, type Output, print } from './output.ts';
import { addDataOptions, type DataOptions, readSettings } from './settings.ts';
import { table } from './table.ts';
import { figuresOf } from './trail-figures.ts';

interface UsageOptions extends DataOptions, Output, UsageQuery {
  readonly top?: number;
  readonly recount?: boolean;
}

export function addUsageCommand(program: Command): void {
  addDataOptions(program.command('usage'))
    .description('count the calls in the audit trail; a running server goes on serving')
    .option('--by <list>', `what to add up by, of ${dimensions.join(', ')}`, dimensionsIn, ['operation'])
    .option('--account <id>', 'only calls of this account')
    .option('--region <region>', 'only calls in this Region')
    .option('--key <key>', 'only calls that name this key: its id or ARN')
    .option('--operation <name>', 'only calls of this operation: Encrypt, or iam:CreateUser')
    .option('--principal <arn>', 'only calls of this user or role: its ARN, or user/alice')
    .option('--from <time>', 'from this hour, day or month on, in UTC: 2026-01-02T03', wholeHour)
    .option('--to <time>', 'before this hour, day or month', wholeHour)
    .option('--top <n>', 'print only so many rows', count)
    .option('--recount', 'read all records again that are still there')
    .option(...jsonFlag)
    .addHelpText(
      'after',
      '\nSessions count as the role or user that they are of. A call counts for the account of its caller.',
    )
    .action(async (_, command) => {
      const { top, recount, json, ...options } = readSettings<UsageOptions>(command);
      const report = reportUsage(await figuresOf(options, recount === true), options);
      const shown = { ...report, rows: report.rows.slice(0, top) };
      print(json, shown, textOf(shown, options, report.rows.length));
    });
}

function textOf({ rows, calls, failed }: UsageReport, { by }: UsageQuery, of: number): string {
  const columns = [
    ...by.map((title) => ({ title })),
    ...['calls', 'failed'].map((title) => ({ title, isNumber: true })),
  ];
  const lines = rows.map((row) => [...by.map((name) => row.of[name] || '-'), String(row.calls), String(row.failed)]);
  const left = of > rows.length ? `, ${of - rows.length} rows not shown` : '';
  return `${table(columns, lines)}\n\n${calls} calls, ${failed} of them failed${left}`;
}

function dimensionsIn(text: string): readonly Dimension[] {
  const names = text.split(',').map((name) => name.trim());
  const known = names.filter((name) => dimensions.some((one) => one === name)) as Dimension[]; // just compared
  if (known.length < names.length) throw new InvalidArgumentError(`It may be: ${dimensions.join(', ')}.`);
  return [...new Set(known)];
}

/** Minutes and seconds may be written, and are zero. */
function wholeHour(text: string): string {
  const [, hour] = /^(\d{4}-\d\d(?:-\d\d(?:T\d\d)?)?)(?:(?<=T\d\d):00(?::00(?:\.0+)?)?)?Z?$/.exec(text) ?? [];
  if (hour === undefined) throw new InvalidArgumentError('It must look like 2026-01, 2026-01-02 or 2026-01-02T03.');
  return hour;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1 on.');
  return Number(text);
}
