/**
 * How long a start takes, from asking the system for a process to the first answers: on an empty data directory, which
 * also makes the root key and the first account, and again on the same one. And what an idle server holds in memory.
 */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './client.ts';
import { type StartTimes, spreadOf } from './figures.ts';
import type { Service } from './requests.ts';
import { startKeywright, temporaryDirectory } from './targets.ts';

export interface StartupFigures {
  readonly firstStart: StartTimes;
  readonly restart: StartTimes;
  /** Resident memory some seconds after a start, without a request of a key; absent where it is not known. */
  readonly idleBytes?: number;
}

export interface StartupSettings {
  readonly starts: number;
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
}

interface Start {
  readonly healthyMs: number;
  readonly firstAnswerMs: number;
}

export async function measureStartup(settings: StartupSettings): Promise<StartupFigures> {
  const { starts, signal, onProgress } = settings;
  const first: Start[] = [];
  const again: Start[] = [];
  for (let start = 1; start <= starts; start++) {
    onProgress(`cold start ${start} of ${starts}`);
    using data = temporaryDirectory();
    first.push(await startOnce(data.path, signal));
    again.push(await startOnce(data.path, signal));
  }
  onProgress('idle memory');
  const idleBytes = await measureIdle(settings);
  return {
    firstStart: timesOf(first),
    restart: timesOf(again),
    ...(idleBytes === undefined ? {} : { idleBytes }),
  };
}

/** Starts on copies of a data directory, and the memory that is held then. */
export async function measureStartsOn(template: string, settings: StartupSettings) {
  const starts: Start[] = [];
  for (let start = 1; start <= settings.starts; start++) {
    settings.onProgress(`start on the data template ${start} of ${settings.starts}`);
    using data = temporaryDirectory(template);
    starts.push(await startOnce(data.path, settings.signal));
  }
  const idleBytes = await measureIdle(settings, template);
  return { start: timesOf(starts), ...(idleBytes === undefined ? {} : { idleBytes }) };
}

async function startOnce(dataDirectory: string, signal: AbortSignal): Promise<Start> {
  signal.throwIfAborted();
  const service = await startKeywright({ dataDirectory, signal });
  await using server = service.process;
  await health(service);
  const healthyMs = performance.now() - server.startedAt;
  await call(service, { operation: 'GenerateRandom', input: { NumberOfBytes: 32 } });
  return { healthyMs, firstAnswerMs: performance.now() - server.startedAt };
}

async function measureIdle({ idleSeconds, signal }: StartupSettings, template?: string): Promise<number | undefined> {
  using data = temporaryDirectory(template);
  const service = await startKeywright({ dataDirectory: data.path, signal });
  await using server = service.process;
  await sleep(idleSeconds * 1000, undefined, { signal });
  return server.residentBytes();
}

function health({ host, port }: Service): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  get({ host, port, path: '/health' }, (response) => {
    response.resume();
    if (response.statusCode === 200) resolve();
    else reject(new Error(`GET /health was answered with status ${response.statusCode}.`));
  }).on('error', reject);
  return promise;
}

function timesOf(starts: readonly Start[]): StartTimes {
  return {
    healthyMs: spreadOf(starts.map(({ healthyMs }) => healthyMs)),
    firstAnswerMs: spreadOf(starts.map(({ firstAnswerMs }) => firstAnswerMs)),
  };
}
