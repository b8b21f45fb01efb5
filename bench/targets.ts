/** The servers of a run: ours and the echo server, which the bench starts, and peers, which run already. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from './connection.ts';
import type { Credentials, Service } from './requests.ts';
import { type Launch, StartedProcess } from './started-process.ts';

const projectDirectory = join(import.meta.dirname, '..');
/** The Node that the project pins, whichever one runs the bench. */
const node = join(projectDirectory, 'node_modules', '.bin', 'node');

export interface StartSettings {
  readonly dataDirectory: string;
  readonly signal: AbortSignal;
  /** Has the server write a processor profile there when it ends. */
  readonly profileDirectory?: string | undefined;
}

export interface StartedService extends Service {
  readonly process: StartedProcess;
}

export interface StartedEndpoint extends Endpoint {
  readonly name: string;
  readonly process: StartedProcess;
}

/** Starts our server on a data directory. The caller disposes of its process. */
export async function startKeywright(settings: StartSettings): Promise<StartedService> {
  const { dataDirectory, profileDirectory, signal } = settings;
  const profiling = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const own = ['--port', '0', '--data', dataDirectory, '--audit-anchors', join(dataDirectory, 'anchors')];
  const args = [...profiling, join('bin', 'keywright.mjs'), 'serve', ...own];
  const { process, endpoint } = await start({ name: 'keywright', command: node, args, signal });
  return { name: 'keywright', ...endpoint, credentials: readCredentials(dataDirectory), process };
}

/** Starts our server as it would be without its audit trail. The caller disposes of its process. */
export async function startUnaudited({ dataDirectory, signal }: StartSettings): Promise<StartedService> {
  const args = [join('bench', 'unaudited-server.ts'), dataDirectory];
  const { process, endpoint } = await start({ name: 'The server without a trail', command: node, args, signal });
  return {
    name: 'Keywright without its audit trail',
    ...endpoint,
    credentials: readCredentials(dataDirectory),
    process,
  };
}

export async function startEcho(signal: AbortSignal): Promise<StartedEndpoint> {
  const args = [join('bench', 'echo-server.ts')];
  const { process, endpoint } = await start({ name: 'The echo server', command: node, args, signal });
  return { name: 'echo', ...endpoint, process };
}

/** A fresh directory, gone when disposed of. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'keywright-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function start(launch: Omit<Launch, 'directory'>) {
  const process = new StartedProcess({ ...launch, directory: projectDirectory });
  try {
    const url = await process.listening(launch);
    return { process, endpoint: { host: url.hostname, port: Number(url.port) } };
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

function readCredentials(dataDirectory: string): Credentials {
  const text = readFileSync(join(dataDirectory, 'aws', 'credentials'), 'utf8');
  const settingOf = (name: string): string => new RegExp(`^${name} = (.+)$`, 'm').exec(text)?.[1] ?? '';
  return { accessKeyId: settingOf('aws_access_key_id'), secretAccessKey: settingOf('aws_secret_access_key') };
}
