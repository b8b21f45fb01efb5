/** Results as people read them: the same tables in plain text for a terminal and in Markdown for a file. */
import type { Results } from './bench.ts';
import type { InterferenceFigures, LatencyFigures, OperationFigures, StartTimes, StateFigures } from './figures.ts';
import { methodOf, notesOf } from './method.ts';
import { placementsTable, scalingTable } from './scaling-report.ts';
import { labelOf } from './setups.ts';
import {
  cpu,
  gigabytes,
  type Layout,
  markdownTable,
  megabytes,
  milliseconds,
  plainTable,
  range,
  speed,
  type Table,
  whole,
} from './tables.ts';

interface Style {
  readonly layout: Layout;
  readonly heading: (title: string) => string;
}

interface Section {
  readonly title: string;
  readonly table: Table;
}

export function toText(results: Results): string {
  const sections = report(results, { layout: plainTable, heading: (title) => title });
  return `${[...sections, notesOf(results).join('\n')].join('\n\n')}\n`;
}

/** With a link to the plot, where there is one. */
export function toMarkdown(results: Results, plot: string | undefined): string {
  const [machine = '', ...sections] = report(results, { layout: markdownTable, heading: (title) => `## ${title}` });
  const picture = plot === undefined ? [] : [`![Throughput and latency against connections](${plot})`];
  const method = [
    '## How this was measured',
    methodOf(results)
      .map((line) => `- ${line}`)
      .join('\n'),
  ];
  const notes = [
    '## Notes',
    notesOf(results)
      .map((line) => `- ${line}`)
      .join('\n'),
  ];
  return `${[`# Benchmark of ${results.date}`, machine, ...picture, ...sections, ...notes, ...method].join('\n\n')}\n`;
}

function report(results: Results, { layout, heading }: Style): string[] {
  const { machine, settings, tookSeconds, commit } = results;
  const preamble = [
    `${machine.cores} cores of ${machine.cpu}, ${gigabytes(machine.memoryBytes)}, ${machine.kernel}, Node ${machine.node}, OpenSSL ${machine.openssl}, commit ${commit ?? 'unknown'}.`,
    `${settings.connections} connections unless said otherwise, ${settings.rounds} rounds of ${settings.seconds} s for each figure; ${tookSeconds} s in all.`,
  ].join('\n');
  const sections = sectionsOf(results).flatMap(({ title, table }) =>
    table.length === 1 ? [] : [heading(title), layout(table)],
  );
  return [preamble, ...sections];
}

function sectionsOf(results: Results): Section[] {
  const { operations, sweep, latency, scaling, interference, state } = results;
  const setups = Map.groupBy(sweep, labelOf);
  return [
    {
      title: `Operations${operations[0] === undefined ? '' : `, ${labelOf(operations[0])}`}`,
      table: operationsTable(operations),
    },
    { title: 'Peers', table: peersTable([...operations, ...sweep]) },
    ...Array.from(setups, ([setup, points]) => ({ title: `Connections, ${setup}`, table: sweepTable(points) })),
    { title: 'Latency at half of the highest rate', table: latencyTable(latency) },
    { title: 'Many workers against one', table: scalingTable(scaling) },
    { title: 'Many workers against one: what was measured', table: placementsTable(scaling) },
    { title: 'Interference', table: interferenceTable(interference) },
    { title: 'Start', table: startTable(results) },
    { title: 'Memory', table: memoryTable(results) },
    ...(state === undefined ? [] : stateSections(state)),
  ];
}

const operationsHead = [
  'ops/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'ratio to echo',
  'echo ops/s',
  'CPU µs/op',
  'echo CPU µs/op',
  'ratio of CPU',
];

function operationsTable(operations: readonly OperationFigures[]): Table {
  return [['operation', ...operationsHead], ...operations.map((figures) => [figures.label, ...besideEcho(figures)])];
}

function besideEcho({ keywright, echo, ratioToEcho, cpuRatioToEcho }: OperationFigures): string[] {
  const ratio = cpuRatioToEcho === undefined ? 'unknown' : cpuRatioToEcho.median.toFixed(2);
  return [...speed(keywright), range(ratioToEcho), whole(echo.opsPerSecond.median), cpu(keywright), cpu(echo), ratio];
}

function peersTable(operations: readonly OperationFigures[]): Table {
  return [
    ['operation', 'connections', 'peer', 'ops/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'times slower than Keywright'],
    ...operations.flatMap(({ label, connections, peers }) =>
      peers.map((peer) => [
        label,
        whole(connections),
        `${peer.name}${peer.closesConnections ? ' *' : ''}`,
        ...speed(peer),
        range(peer.timesSlower),
      ]),
    ),
  ];
}

function sweepTable(points: readonly OperationFigures[]): Table {
  return [
    ['operation', 'connections', ...operationsHead, 'echo p99 ms'],
    ...points.map((point) => [
      point.label,
      whole(point.connections),
      ...besideEcho(point),
      milliseconds(point.echo.latencyMs.p99),
    ]),
  ];
}

function latencyTable(latency: readonly LatencyFigures[]): Table {
  return [
    [
      'operation',
      '',
      'highest ops/s',
      'asked for',
      'p50 ms',
      'p99 ms',
      'p99 by round',
      'p99.9 ms',
      'echo p99 ms',
      'generator late p99 ms',
    ],
    ...latency.map(({ keywright, echo, highestOpsPerSecond, generatorLateMs, ...figures }) => [
      figures.label,
      labelOf(figures),
      whole(highestOpsPerSecond.median),
      whole(keywright.opsPerSecond.median),
      milliseconds(keywright.latencyMs.p50),
      milliseconds(keywright.latencyMs.p99),
      range(keywright.p99ByRoundMs),
      milliseconds(keywright.latencyMs.p999),
      milliseconds(echo.latencyMs.p99),
      milliseconds(generatorLateMs.p99),
    ]),
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

const startHead = ['', 'healthy', 'first signed answer'];

function times({ healthyMs, firstAnswerMs }: StartTimes): string[] {
  return [`${whole(healthyMs.median)} ms`, `${whole(firstAnswerMs.median)} ms`];
}

function startTable({ startup }: Results): Table {
  if (startup === undefined) return [startHead];
  return [
    startHead,
    ['start on an empty directory', ...times(startup.firstStart)],
    ['start on an existing one', ...times(startup.restart)],
  ];
}

function memoryTable({ startup, memory }: Results): Table {
  return [
    ['resident memory', 'at the start', 'after the load'],
    ...(startup === undefined ? [] : [['1 worker, idle for some seconds', megabytes(startup.idleBytes), '']]),
    ...memory.map(({ startedBytes, loadedBytes, ...setup }) => [
      labelOf(setup),
      megabytes(startedBytes),
      megabytes(loadedBytes),
    ]),
  ];
}

function stateSections({ start, idleBytes, loadedBytes, operations }: StateFigures): Section[] {
  return [
    {
      title: 'Start and memory on the data template',
      table: [
        startHead,
        ['start', ...times(start)],
        ['resident memory, idle', megabytes(idleBytes), ''],
        ['resident memory, after the load', megabytes(loadedBytes), ''],
      ],
    },
    {
      title: 'Operations on the data template',
      table: [
        ['operation', 'ops/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'ratio to a server that began empty', 'its ops/s'],
        ...operations.map(({ label, keywright, empty, ratioToEmpty }) => [
          label,
          ...speed(keywright),
          range(ratioToEmpty),
          whole(empty.opsPerSecond.median),
        ]),
      ],
    },
  ];
}
