/** What is measured of a server with a great deal of state: its start, its memory, pages of its lists, and the hot path. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signRequest } from '../test/harness/sign.ts';
import { call } from './client.ts';
import { type Spread, spreadOf } from './figures.ts';
import { runLoad } from './load-run.ts';
import { type Credentials, region, type Service, signPool } from './requests.ts';
import { StartedProcess } from './started-process.ts';

const projectDirectory = join(import.meta.dirname, '..');
const node = join(projectDirectory, 'node_modules', '.bin', 'node');

export interface Server extends Service, AsyncDisposable {
  readonly process: StartedProcess;
  readonly healthyMs: number;
}

/** Starts our server on a data directory and waits until it is healthy. */
export async function startServer(directory: string, args: readonly string[], signal: AbortSignal): Promise<Server> {
  const own = ['--port', '0', '--data', directory, '--audit-anchors', 'off', '--log-level', 'error', ...args];
  const process = new StartedProcess({
    name: 'keywright',
    command: node,
    args: [join('bin', 'keywright.mjs'), 'serve', ...own],
    directory: projectDirectory,
    signal,
  });
  try {
    const url = await process.listening({ name: 'keywright', signal });
    const health = await fetch(new URL('/health', url), { signal });
    if (health.status !== 200) throw new Error(`GET /health was answered with status ${health.status}.`);
    return {
      name: 'keywright',
      host: url.hostname,
      port: Number(url.port),
      credentials: rootOf(directory),
      process,
      healthyMs: performance.now() - process.startedAt,
      [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
    };
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

function rootOf(directory: string): Credentials {
  const text = readFileSync(join(directory, 'aws', 'credentials'), 'utf8');
  const settingOf = (name: string): string => new RegExp(`^${name} = (.+)$`, 'm').exec(text)?.[1] ?? '';
  return { accessKeyId: settingOf('aws_access_key_id'), secretAccessKey: settingOf('aws_secret_access_key') };
}

/** Has what is in the audit trail delivered, so that the next server need not: that takes memory of its own. */
export async function deliverTrail(directory: string, signal: AbortSignal): Promise<void> {
  await using _server = await startServer(directory, [], signal);
  await promisify(execFile)(node, [join('bin', 'keywright.mjs'), 'audit', 'deliver', '--data', directory], {
    cwd: projectDirectory,
    signal,
  });
}

// --- Starts ----------------------------------------------------------------------------------------------------------

export interface Starts {
  /** From asking the system for a process until GET /health is answered with 200. */
  readonly healthyMs: Spread;
  /** Until a signed request is answered. */
  readonly firstAnswerMs: Spread;
}

/** Starts on several directories in turns. */
export async function measureStarts<N extends string>(
  directories: Readonly<Record<N, string>>,
  count: number,
  signal: AbortSignal,
): Promise<Readonly<Record<N, Starts>>> {
  const names = Object.keys(directories) as N[];
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, [number, number][]>;
  for (let round = 0; round < count; round++) {
    for (const name of names) found[name].push(await startOnce(directories[name], signal));
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        healthyMs: spreadOf(found[name].map(([healthy]) => healthy)),
        firstAnswerMs: spreadOf(found[name].map(([, answer]) => answer)),
      },
    ]),
  ) as Record<N, Starts>;
}

/** The same once, with nothing of the database in the operating system's cache; undefined where it cannot be emptied. */
export async function measureColdStart(directory: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    const file = join(directory, 'keywright.db');
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' }); // POSIX_FADV_DONTNEED
  } catch {
    return undefined;
  }
  return (await startOnce(directory, signal))[1];
}

async function startOnce(directory: string, signal: AbortSignal): Promise<[healthyMs: number, firstAnswerMs: number]> {
  await using server = await startServer(directory, [], signal);
  await call(server, { operation: 'GenerateRandom', input: { NumberOfBytes: 32 } });
  return [server.healthyMs, performance.now() - server.process.startedAt];
}

// --- Pages -----------------------------------------------------------------------------------------------------------

export interface List {
  readonly name: string;
  readonly service: 'kms' | 'iam';
  readonly input: Readonly<Record<string, string | number>>;
}

export interface PageTimes {
  readonly name: string;
  readonly pages: number;
  readonly items: number;
  /** Medians of some pages each at the beginning, in the middle, and at the end. */
  readonly firstMs: number;
  readonly middleMs: number;
  readonly lastMs: number;
}

const pagesLookedAt = 15;

/** Goes through a list from its first page to its last. */
export async function measurePages(service: Service, list: List): Promise<PageTimes> {
  const times: number[] = [];
  let items = 0;
  let marker: string | undefined;
  do {
    const begun = performance.now();
    const page = await readPage(service, list, marker);
    times.push(performance.now() - begun);
    items += page.items;
    marker = page.marker;
  } while (marker !== undefined);
  const whole = times.slice(0, -1); // the last one may be short
  const count = Math.min(pagesLookedAt, Math.ceil(whole.length / 3));
  const at = Math.floor((whole.length - count) / 2);
  const medianOf = (part: readonly number[]) => spreadOf(part).median;
  return {
    name: list.name,
    pages: times.length,
    items,
    firstMs: medianOf(whole.slice(0, count)),
    middleMs: medianOf(whole.slice(at, at + count)),
    lastMs: medianOf(whole.slice(-count)),
  };
}

async function readPage(service: Service, { name, service: of, input }: List, marker: string | undefined) {
  const parameters = { ...input, ...(marker === undefined ? {} : { Marker: marker }) };
  const isKms = of === 'kms';
  const body = isKms
    ? JSON.stringify(parameters)
    : new URLSearchParams({ Action: name, Version: '2010-05-08', ...textsOf(parameters) }).toString();
  const { host: _, ...headers } = signRequest({
    method: 'POST',
    host: `${service.host}:${service.port}`,
    headers: isKms
      ? { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${name}` }
      : { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    credentials: service.credentials,
    region,
    service: of,
    date: new Date(),
  });
  const answer = await fetch(`http://${service.host}:${service.port}/`, { method: 'POST', headers, body });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${name}: status ${answer.status}: ${text.slice(0, 500)}`);
  if (isKms) {
    const { NextMarker, ...page } = JSON.parse(text);
    const items = Object.values(page).find(Array.isArray)?.length ?? 0;
    return { items, marker: NextMarker as string | undefined };
  }
  return { items: text.match(/<member><Path>/g)?.length ?? 0, marker: /<Marker>(.+)<\/Marker>/.exec(text)?.[1] };
}

function textsOf(parameters: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
}

// --- The hot path ----------------------------------------------------------------------------------------------------

export interface Rate {
  readonly opsPerSecond: number;
  /** Processor time of the server for each answer. */
  readonly cpuMicrosPerOp: number;
}

export interface Load {
  readonly keyIds: readonly string[];
  readonly callers: readonly Credentials[];
  readonly connections: number;
  readonly seconds: number;
}

/** GenerateDataKey, one after the other for each pair of a key and a caller that come at the same place of the lists. */
export function poolOf(server: Server, { keyIds, callers }: Pick<Load, 'keyIds' | 'callers'>) {
  const count = Math.max(keyIds.length, callers.length);
  const parts = Array.from({ length: count }, (_, index) => {
    const credentials = callers[index % callers.length] ?? server.credentials;
    const input = { KeyId: keyIds[index % keyIds.length], KeySpec: 'AES_256' };
    return signPool({ ...server, credentials }, [{ operation: 'GenerateDataKey', input }]);
  });
  let end = 0;
  const ends = Uint32Array.from(parts, ({ bytes }) => (end += bytes.length));
  const bytes = new Uint8Array(end);
  parts.forEach((part, index) => void bytes.set(part.bytes, (ends[index] ?? 0) - part.bytes.length));
  return { bytes, ends };
}

export async function runRate(server: Server, pool: ReturnType<typeof poolOf>, load: Load): Promise<Rate> {
  const { connections, seconds } = load;
  const endpoint = { host: server.host, port: server.port };
  const before = server.process.cpuSeconds() ?? Number.NaN;
  const { answered } = await runLoad({ endpoint, pool, connections, seconds });
  const cpuSeconds = (server.process.cpuSeconds() ?? Number.NaN) - before;
  return { opsPerSecond: answered / seconds, cpuMicrosPerOp: (cpuSeconds * 1e6) / answered };
}

/** The most memory that was resident while `work` went on, in bytes. */
export async function withPeak<T>({ process }: Server, work: () => Promise<T>): Promise<[T, peakBytes: number]> {
  let peak = process.residentBytes() ?? Number.NaN;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.residentBytes() ?? Number.NaN);
  }, 250);
  try {
    return [await work(), peak];
  } finally {
    clearInterval(timer);
  }
}
