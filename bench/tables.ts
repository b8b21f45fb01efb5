/** Tables in plain text for a terminal and in Markdown for a file, and figures as they stand in them. */
import type { ServerFigures, Spread } from './figures.ts';

export type Row = readonly string[];
export type Table = readonly [head: Row, ...rows: Row[]];
export type Layout = (table: Table) => string;

/** Columns as wide as their widest cell, the first to the left, the others to the right. */
export function plainTable(table: Table): string {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return table.map(line).join('\n');
}

export function markdownTable([head, ...rows]: Table): string {
  const line = (row: Row): string => `| ${row.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}

/** Rate and percentiles. */
export function speed({ opsPerSecond, latencyMs }: ServerFigures): string[] {
  return [whole(opsPerSecond.median), ...[latencyMs.p50, latencyMs.p99, latencyMs.p999].map(milliseconds)];
}

export function cpu({ cpuMicrosPerOp }: ServerFigures): string {
  return cpuMicrosPerOp === undefined ? 'unknown' : whole(cpuMicrosPerOp.median);
}

/** The median, with the lowest and the highest. */
export function range(spread: Spread | undefined): string {
  if (spread === undefined) return 'unknown';
  const { median, min, max } = spread;
  const [middle, low, high] = [median, min, max].map((value) => (median < 10 ? value.toFixed(2) : whole(value)));
  return `${middle} (${low}–${high})`;
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
export const milliseconds = (value: number): string => value.toFixed(2);
export const gigabytes = (bytes: number): string => `${whole(bytes / 2 ** 30)} GiB`;
export const megabytes = (bytes: number | undefined): string =>
  bytes === undefined ? 'unknown' : `${whole(bytes / 2 ** 20)} MiB`;
