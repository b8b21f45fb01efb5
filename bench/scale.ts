/**
 * npm run bench:scale. A server with 100,000 keys, 200,000 aliases, 1,000,000 grants and 10,000 principals beside one with ten
 * keys: how long it takes to start, what it holds in memory, how long pages of its lists take, and how fast it serves. The
 * results are in bench/results/. Options: --keys, --aliases, --grants, --principals for other sizes; --state DIR for a directory
 * that the state stays in and is taken from the next time; --no-save.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Spread, spreadOf } from './figures.ts';
import { describeCommit, describeMachine } from './machine.ts';
import {
  deliverTrail,
  type List,
  measureColdStart,
  measurePages,
  measureStarts,
  type PageTimes,
  poolOf,
  type Rate,
  runRate,
  type Server,
  type Starts,
  startServer,
  withPeak,
} from './scale-measure.ts';
import { fullSize, makeScaleState, type ScaleSizes, type ScaleState } from './scale-state.ts';
import { temporaryDirectory } from './targets.ts';

const smallSize: ScaleSizes = { keys: 10, aliases: 20, grants: 100, principals: 10 };
const starts = 5;
const idleSeconds = 10;
const rounds = 8;
const roundSeconds = 2;
const connections = 32;
/** Long enough for all keys to get their turn. */
const spreadSeconds = 60;
/** What all keys of the full size fit into. */
const ampleCacheMib = 2048;

interface Results {
  readonly date: string;
  readonly commit: string | undefined;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly sizes: ScaleSizes;
  readonly databaseBytes: number;
  readonly starts: Readonly<Record<'small' | 'large', Starts>>;
  /** First answer, nothing of the database in the operating system's cache. */
  readonly coldStartMs: number | undefined;
  readonly pages: readonly PageTimes[];
  readonly fewKeys: Readonly<Record<'small' | 'large', { readonly opsPerSecond: Spread; readonly cpuMicros: Spread }>>;
  /** Large to small, round by round. */
  readonly fewKeysRatio: Spread;
  readonly fewKeysCpuRatio: Spread;
  readonly spread: readonly SpreadResult[];
}

/** All keys, or all users, in turn. */
interface SpreadResult extends Rate {
  readonly what: string;
  readonly cacheMib: number;
  readonly idleBytes: number;
  /** The most in the first minute, and in the second. */
  readonly firstPeakBytes: number;
  readonly peakBytes: number;
}

await main();

async function main(): Promise<void> {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      keys: number,
      aliases: number,
      grants: number,
      principals: number,
      state: { type: 'string' },
      'no-save': { type: 'boolean' },
    },
  });
  const sizes = {
    keys: Number(values.keys ?? fullSize.keys),
    aliases: Number(values.aliases ?? fullSize.aliases),
    grants: Number(values.grants ?? fullSize.grants),
    principals: Number(values.principals ?? fullSize.principals),
  };
  const signal = AbortSignal.timeout(3_600_000);
  using temporary = temporaryDirectory();
  const large = await stateIn(values.state ?? join(temporary.path, 'large'), sizes);
  const small = await stateIn(join(temporary.path, 'small'), smallSize);
  const results = await measure({ large, small, sizes, signal });
  const text = toMarkdown(results);
  process.stdout.write(text);
  if (values['no-save']) return;
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${results.date.slice(0, 10)}-scale`);
  writeFileSync(`${file}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${file}.md`, text);
}

interface Kept {
  readonly directory: string;
  readonly state: ScaleState;
}

/** What the directory has, if it has been filled before. */
async function stateIn(directory: string, sizes: ScaleSizes): Promise<Kept> {
  const file = `${directory}.json`;
  if (existsSync(file)) return { directory, state: JSON.parse(readFileSync(file, 'utf8')) };
  const state = await makeScaleState(directory, sizes, progress);
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  return { directory, state };
}

interface Measured {
  readonly large: Kept;
  readonly small: Kept;
  readonly sizes: ScaleSizes;
  readonly signal: AbortSignal;
}

async function measure({ large, small, sizes, signal }: Measured): Promise<Results> {
  const machine = describeMachine();
  progress('starts');
  const directories = { small: small.directory, large: large.directory };
  await measureStarts(directories, 1, signal); // the first start makes what later ones find
  const started = await measureStarts(directories, starts, signal);
  const coldStartMs = await measureColdStart(large.directory, signal);
  const pages = await pagesOf(large, signal);
  const few = await fewKeys({ large, small, sizes, signal });
  const { keyIds, users } = large.state;
  const spread = [
    await spreadOver(
      large,
      { what: 'ten keys', keyIds: keyIds.slice(0, 10), callers: users.slice(0, 10), cacheMib: 256 },
      signal,
    ),
    await spreadOver(large, { what: 'all keys', keyIds, callers: users.slice(0, 10), cacheMib: 64 }, signal),
    await spreadOver(large, { what: 'all keys', keyIds, callers: users.slice(0, 10), cacheMib: 256 }, signal),
    await spreadOver(large, { what: 'all keys', keyIds, callers: users.slice(0, 10), cacheMib: ampleCacheMib }, signal),
    await spreadOver(large, { what: 'all users', keyIds: keyIds.slice(0, 10), callers: users, cacheMib: 256 }, signal),
  ];
  return {
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine,
    sizes,
    databaseBytes: readFileSize(large.directory),
    starts: started,
    coldStartMs,
    pages,
    ...few,
    spread,
  };
}

function readFileSize(directory: string): number {
  return statSync(join(directory, 'keywright.db')).size;
}

async function pagesOf({ directory, state }: Kept, signal: AbortSignal): Promise<readonly PageTimes[]> {
  await using server = await startServer(directory, [], signal);
  const [busyKey] = state.keyIds;
  const lists: readonly List[] = [
    { name: 'ListKeys', service: 'kms', input: { Limit: 1000 } },
    { name: 'ListAliases', service: 'kms', input: { Limit: 100 } },
    { name: 'ListGrants', service: 'kms', input: { Limit: 100, KeyId: busyKey ?? '' } },
    { name: 'ListRetirableGrants', service: 'kms', input: { Limit: 100, RetiringPrincipal: state.retirerArn } },
    { name: 'ListUsers', service: 'iam', input: { MaxItems: 100 } },
    { name: 'ListRoles', service: 'iam', input: { MaxItems: 100 } },
  ];
  const found: PageTimes[] = [];
  for (const list of lists) {
    progress(`pages of ${list.name}`);
    found.push(await measurePages(server, list));
  }
  return found;
}

/** Ten keys in use on either server, in turns. */
async function fewKeys({ large, small, signal }: Measured) {
  await using largeServer = await startServer(large.directory, [], signal);
  await using smallServer = await startServer(small.directory, [], signal);
  const users = Math.min(large.state.users.length, small.state.users.length);
  const sideOf = (server: Server, { state }: Kept) => {
    const load = { keyIds: state.keyIds.slice(-10), callers: state.users.slice(0, users), connections };
    // The lists are of different lengths, so that each key is used by each caller.
    const pairs = { ...load, keyIds: load.keyIds.flatMap((keyId) => Array<string>(users).fill(keyId)) };
    return { server, pool: poolOf(server, pairs), load: { ...load, seconds: roundSeconds }, rates: [] as Rate[] };
  };
  const sides = { small: sideOf(smallServer, small), large: sideOf(largeServer, large) };
  for (let round = -2; round < rounds; round++) {
    progress(`ten keys, round ${round + 1} of ${rounds}`);
    for (const side of round % 2 === 0 ? [sides.small, sides.large] : [sides.large, sides.small]) {
      const rate = await runRate(side.server, side.pool, side.load);
      if (round >= 0) side.rates.push(rate);
    }
  }
  const of = (name: 'small' | 'large', what: keyof Rate) => sides[name].rates.map((rate) => rate[what]);
  const ratio = (what: keyof Rate) => {
    const base = of('small', what);
    return spreadOf(of('large', what).map((value, round) => value / (base[round] ?? Number.NaN)));
  };
  const summary = (name: 'small' | 'large') => ({
    opsPerSecond: spreadOf(of(name, 'opsPerSecond')),
    cpuMicros: spreadOf(of(name, 'cpuMicrosPerOp')),
  });
  return {
    fewKeys: { small: summary('small'), large: summary('large') },
    fewKeysRatio: ratio('opsPerSecond'),
    fewKeysCpuRatio: ratio('cpuMicrosPerOp'),
  };
}

interface Spreading {
  readonly what: string;
  readonly keyIds: readonly string[];
  readonly callers: ScaleState['users'];
  readonly cacheMib: number;
}

/** Twice through everything: the second time is what counts. */
async function spreadOver({ directory }: Kept, wanted: Spreading, signal: AbortSignal): Promise<SpreadResult> {
  const { what, cacheMib, keyIds, callers } = wanted;
  await deliverTrail(directory, signal);
  await using server = await startServer(directory, ['--cache-mib', String(cacheMib)], signal);
  progress(`${what}, ${cacheMib} MiB`);
  await sleep(idleSeconds * 1000, undefined, { signal });
  const idleBytes = server.process.residentBytes() ?? Number.NaN;
  const load = { keyIds, callers, connections, seconds: spreadSeconds };
  const pass = () => withPeak(server, () => runRate(server, poolOf(server, load), load));
  const [, firstPeakBytes] = await pass();
  const [rate, peakBytes] = await pass();
  return { what, cacheMib, idleBytes, firstPeakBytes, peakBytes, ...rate };
}

function progress(what: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${what} …` : `${what}\n`);
}

function toMarkdown(results: Results): string {
  const { machine, sizes, pages, fewKeys, fewKeysRatio, fewKeysCpuRatio, spread, coldStartMs } = results;
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const mib = (bytes: number) => count(bytes / 2 ** 20);
  const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const started = (name: 'small' | 'large') => {
    const { healthyMs, firstAnswerMs } = results.starts[name];
    return row(name, count(healthyMs.median), count(firstAnswerMs.median), count(firstAnswerMs.max));
  };
  const few = (name: 'small' | 'large') =>
    row(name, count(fewKeys[name].opsPerSecond.median), count(fewKeys[name].cpuMicros.median));
  return [
    '# Scale of state',
    '',
    `${results.date.slice(0, 16).replace('T', ' ')} UTC, commit ${results.commit ?? 'unknown'}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; the load generator is on the same machine.`,
    '',
    `The large state: ${count(sizes.keys)} keys, ${count(sizes.aliases)} aliases, ${count(sizes.grants)} grants, ${count(sizes.principals)} users and roles; a database of ${mib(results.databaseBytes)} MiB. The small one: ten keys.`,
    '',
    '## Start',
    '',
    row('state', 'healthy after, ms', 'first signed answer after, ms', 'the slowest'),
    row('---', '---:', '---:', '---:'),
    started('small'),
    started('large'),
    '',
    ...(coldStartMs === undefined
      ? []
      : [`With nothing of the database in the operating system's cache: ${count(coldStartMs)} ms.`, '']),
    '## Pages',
    '',
    row('list', 'items', 'pages', 'the first, ms', 'in the middle, ms', 'the last, ms'),
    row('---', '---:', '---:', '---:', '---:', '---:'),
    ...pages.map(({ name, items, pages: all, firstMs, middleMs, lastMs }) =>
      row(name, count(items), count(all), firstMs.toFixed(1), middleMs.toFixed(1), lastMs.toFixed(1)),
    ),
    '',
    '## GenerateDataKey with ten keys in use',
    '',
    row('state', 'a second', 'server CPU, µs each'),
    row('---', '---:', '---:'),
    few('small'),
    few('large'),
    '',
    `Large to small, round by round: ${fewKeysRatio.median.toFixed(2)} of the throughput, ${fewKeysCpuRatio.median.toFixed(2)} of the processor time.`,
    '',
    '## GenerateDataKey with everything in use in turn',
    '',
    row('in turn', '--cache-mib', 'a second', 'server CPU, µs each', 'idle, MiB', 'first minute, MiB', 'second, MiB'),
    row('---', '---:', '---:', '---:', '---:', '---:', '---:'),
    ...spread.map(({ what, cacheMib, opsPerSecond, cpuMicrosPerOp, idleBytes, firstPeakBytes, peakBytes }) => {
      const memory = [idleBytes, firstPeakBytes, peakBytes].map(mib);
      return row(what, cacheMib, count(opsPerSecond), count(cpuMicrosPerOp), ...memory);
    }),
    '',
    'Memory is what is resident, at most: of all threads, those of the audit trail included. The cache is for what is remembered alone.',
    '',
  ].join('\n');
}
