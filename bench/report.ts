/** Results as people read them: the same tables in plain text for a terminal and in Markdown for a file. */
import type { Results } from './bench.ts';
import type { InterferenceFigures, OperationFigures, ServerFigures, Spread } from './figures.ts';
import type { StartTimes } from './startup.ts';

type Row = readonly string[];
type Table = readonly [head: Row, ...rows: Row[]];
type Layout = (table: Table) => string;

export function toText(results: Results): string {
  return report(results, plainTable, (title) => title);
}

export function toMarkdown(results: Results): string {
  return `# Benchmark of ${results.date}\n\n${report(results, markdownTable, (title) => `## ${title}`)}`;
}

function report(results: Results, layout: Layout, heading: (title: string) => string): string {
  const { machine, settings, operations, interference, tookSeconds } = results;
  const sections = [
    [
      `${machine.cores} cores of ${machine.cpu}, ${gigabytes(machine.memoryBytes)}, ${machine.kernel}, Node ${machine.node}, commit ${results.commit ?? 'unknown'}.`,
      `${settings.connections} connections, ${settings.rounds} rounds of ${settings.seconds} s for each server; ${tookSeconds} s in all.`,
    ].join('\n'),
  ];
  if (operations.length > 0) sections.push(heading('Operations'), layout(operationsTable(operations)));
  if (operations.some(({ peers }) => peers.length > 0)) {
    sections.push(heading('Peers'), layout(peersTable(operations)));
  }
  if (interference.length > 0) sections.push(heading('Interference'), layout(interferenceTable(interference)));
  sections.push(heading('Start and memory'), layout(startTable(results)), notes(results).join('\n'));
  return `${sections.join('\n\n')}\n`;
}

function operationsTable(operations: readonly OperationFigures[]): Table {
  return [
    [
      'operation',
      'ops/s',
      'p50 ms',
      'p99 ms',
      'p99.9 ms',
      'ratio to echo',
      'echo ops/s',
      'CPU µs/op',
      'echo CPU µs/op',
    ],
    ...operations.map(({ label, keywright, echo, ratioToEcho }) => [
      label,
      ...speed(keywright),
      range(ratioToEcho),
      whole(echo.opsPerSecond.median),
      cpu(keywright),
      cpu(echo),
    ]),
  ];
}

function peersTable(operations: readonly OperationFigures[]): Table {
  return [
    ['operation', 'peer', 'ops/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'times slower than Keywright'],
    ...operations.flatMap(({ label, peers }) =>
      peers.map((peer) => [
        label,
        `${peer.name}${peer.closesConnections ? ' *' : ''}`,
        ...speed(peer),
        range(peer.timesSlower),
      ]),
    ),
  ];
}

/** Each quick operation twice, alone and beside a slow one, which has figures only there. */
function interferenceTable(interference: readonly InterferenceFigures[]): Table {
  return [
    ['', 'ops/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'ratio of p50', 'ratio of p99', 'slow ops/s'],
    ...interference.flatMap(({ label, alone, beside, slow, slowLabel, slowConnections, ratios }) => [
      [`${label}, alone`, ...speed(alone), '', '', ''],
      [
        `beside ${slowConnections} × ${slowLabel}`,
        ...speed(beside),
        range(ratios.p50),
        range(ratios.p99),
        whole(slow.opsPerSecond.median),
      ],
    ]),
  ];
}

function startTable({ startup, loadedBytes }: Results): Table {
  const times = ({ healthyMs, firstAnswerMs }: StartTimes): string[] => [
    `${whole(healthyMs.median)} ms`,
    `${whole(firstAnswerMs.median)} ms`,
  ];
  return [
    ['', 'healthy', 'first signed answer'],
    ['start on an empty directory', ...times(startup.firstStart)],
    ['start on an existing one', ...times(startup.restart)],
    ['resident memory, idle', megabytes(startup.idleBytes), ''],
    ['resident memory, after the load', megabytes(loadedBytes), ''],
  ];
}

function notes(results: Results): string[] {
  const { operations, interference, refusals, settings, machine } = results;
  const remarks = [
    'Ratios are medians of the rounds (lowest to highest); the echo server gets the same bytes in the same round.',
  ];
  for (const { label, connections, slowConnections } of interference.slice(0, 1)) {
    remarks.push(
      `Interference: ${label} on ${connections} connection, and ${slowConnections} others with a slow request always in flight.`,
      'Server and both clients share the cores; ratios are latency beside the slow requests to latency alone.',
    );
  }
  if (operations.some(({ peers }) => peers.some(({ closesConnections }) => closesConnections))) {
    remarks.push('* closes the connection after each answer; connecting anew is part of its times.');
  }
  for (const { operation, reason } of refusals) remarks.push(`${operation} was not measured at a peer: ${reason}`);
  // Where the generator is at its limit, the figures are its own and not the servers'.
  if (operations.some(({ keywright, echo }) => Math.max(keywright.generatorBusy.max, echo.generatorBusy.max) > 0.9)) {
    remarks.push('The load generator had no processor time to spare: servers may be faster than this.');
  }
  if (machine.loadBefore > 0.5) {
    remarks.push(`The machine was busy before the run (load ${machine.loadBefore.toFixed(2)}).`);
  }
  if (settings.isSmoke) remarks.push('A smoke run: too short for its figures to mean much.');
  if (settings.isProfiled) remarks.push('The server was profiled, which slows it down.');
  return remarks;
}

function speed({ opsPerSecond, latencyMs }: ServerFigures): string[] {
  return [whole(opsPerSecond.median), ...[latencyMs.p50, latencyMs.p99, latencyMs.p999].map((ms) => ms.toFixed(2))];
}

function cpu({ cpuMicrosPerOp }: ServerFigures): string {
  return cpuMicrosPerOp === undefined ? 'unknown' : whole(cpuMicrosPerOp.median);
}

function range({ median, min, max }: Spread): string {
  const [middle, low, high] = [median, min, max].map((value) => (median < 10 ? value.toFixed(2) : whole(value)));
  return `${middle} (${low}–${high})`;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const gigabytes = (bytes: number): string => `${whole(bytes / 2 ** 30)} GiB`;
const megabytes = (bytes: number | undefined): string =>
  bytes === undefined ? 'unknown' : `${whole(bytes / 2 ** 20)} MiB`;

/** Columns as wide as their widest cell, the first to the left, the others to the right. */
function plainTable(table: Table): string {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return table.map(line).join('\n');
}

function markdownTable([head, ...rows]: Table): string {
  const line = (row: Row): string => `| ${row.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}
