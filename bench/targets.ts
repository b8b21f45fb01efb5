/** The servers of a run: ours, the echo server and moto's, which the bench starts; other peers run already. */
import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '#test/harness/certificate.ts';
import type { Endpoint } from './connection.ts';
import type { Credentials, Service } from './requests.ts';
import { labelOf, type Setup } from './setups.ts';
import { type Launch, StartedProcess } from './started-process.ts';

const motoLimitMs = 20_000;
const projectDirectory = join(import.meta.dirname, '..');
/** The Node that the project pins, whichever one runs the bench. */
const node = join(projectDirectory, 'node_modules', '.bin', 'node');

/** As almost everybody starts it. */
const oneWorker: Setup = { workers: 1, isTls: false };

export interface StartSettings {
  readonly dataDirectory: string;
  readonly signal: AbortSignal;
  /** Absent: one worker without TLS. */
  readonly setup?: Setup;
  /** For TLS. */
  readonly certificate?: Certificate | undefined;
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
  const { dataDirectory, profileDirectory, setup = oneWorker, signal } = settings;
  const profiling = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const own = ['--port', '0', '--data', dataDirectory, '--audit-anchors', join(dataDirectory, 'anchors')];
  const args = [...profiling, join('bin', 'keywright.mjs'), 'serve', ...own, ...workersAndTls(settings)];
  const { process, endpoint } = await start({ name: `keywright, ${labelOf(setup)}`, command: node, args, signal });
  const ca = setup.isTls ? caOf(settings) : {};
  return { name: 'keywright', ...endpoint, ...ca, credentials: readCredentials(dataDirectory), process };
}

function workersAndTls({ setup = oneWorker, certificate }: Pick<StartSettings, 'setup' | 'certificate'>): string[] {
  const workers = setup.workers === 1 ? [] : ['--workers', String(setup.workers)];
  if (!setup.isTls) return workers;
  if (certificate === undefined) throw new Error('TLS takes a certificate.');
  return [...workers, '--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile];
}

function caOf({ certificate }: Pick<StartSettings, 'certificate'>) {
  return certificate === undefined ? {} : { ca: readFileSync(certificate.certFile, 'utf8') };
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

export async function startEcho(settings: Omit<StartSettings, 'dataDirectory'>): Promise<StartedEndpoint> {
  const { setup = oneWorker, signal } = settings;
  const args = [join('bench', 'echo-server.ts'), ...workersAndTls(settings)];
  const { process, endpoint } = await start({
    name: `The echo server, ${labelOf(setup)}`,
    command: node,
    args,
    signal,
  });
  return { name: 'echo', ...endpoint, ...(setup.isTls ? caOf(settings) : {}), process };
}

/** Starts moto's server with no state. Undefined where it is not installed. The caller disposes of its process. */
export async function startMoto(signal: AbortSignal): Promise<StartedService | undefined> {
  try {
    execFileSync('moto_server', ['--help'], { stdio: 'ignore', timeout: motoLimitMs });
  } catch {
    return undefined;
  }
  const args = ['-H', '127.0.0.1', '-p', '0'];
  const announcement = /Running on (http:\/\/127\.0\.0\.1:\d+)/;
  const { process, endpoint } = await start({ name: 'moto', command: 'moto_server', args, announcement, signal });
  return { name: motoName(), ...endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, process };
}

/** With its version, where the Python that is found first knows it. */
function motoName(): string {
  const script = 'import importlib.metadata as metadata; print(metadata.version("moto"))';
  try {
    return `moto ${execFileSync('python3', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()}`;
  } catch {
    return 'moto';
  }
}

/** A fresh directory, empty or with what is in another one; gone when disposed of. */
export function temporaryDirectory(template?: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'keywright-bench-'));
  // A control socket belongs to a server, not to its state.
  const filter = (source: string): boolean => !lstatSync(source).isSocket();
  if (template !== undefined) cpSync(template, path, { recursive: true, filter });
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
