/**
 * A server as an operator runs it: a process of its own on a data directory of its own, stopped or killed as the test
 * wishes. Every wait is bounded, and no process outlives the test, however that ends: see `guard`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';

const startLimitMs = 15_000;
const endLimitMs = 20_000;
const repository = join(import.meta.dirname, '..', '..');

/** Runs before the server does: its standard input ends when the test's process ends, even by SIGKILL. */
const guard = 'process.stdin.resume().on("end", () => process.kill(process.pid, "SIGKILL")).unref()';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ServerSettings {
  /** A directory of the test's own, which is left in place; a temporary one unless given. */
  readonly data?: string;
  readonly port?: number;
  readonly host?: string;
  /** More options of `keywright serve`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves the temporary directory in place as well. */
  readonly keep?: boolean;
}

export interface Ended {
  /** Null after a signal that the process did not handle. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a server and waits until it listens. Rejects, with all that it printed, where it does not. */
export async function startServer(settings: ServerSettings = {}): Promise<ServerProcess> {
  const server = new ServerProcess(settings);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

export class ServerProcess implements AsyncDisposable {
  readonly data: string;
  readonly region = 'us-east-1';
  readonly #settings: ServerSettings;
  #run: Run | undefined;
  #url = '';
  #credentials: Credentials | undefined;
  #earlier = { stdout: '', stderr: '' };

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.data = settings.data ?? mkdtempSync(join(tmpdir(), 'keywright-test-'));
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.#run?.child.pid ?? 0;
  }

  /** The root access key of the first account, as the server wrote it for AWS clients. */
  get credentials(): Credentials {
    if (this.#credentials === undefined) throw new Error('The server has not been started.');
    return this.#credentials;
  }

  /** What it has printed so far, over all of its runs. */
  stdout(): string {
    return this.#earlier.stdout + (this.#run?.stdout ?? '');
  }

  stderr(): string {
    return this.#earlier.stderr + (this.#run?.stderr ?? '');
  }

  /** What it had to complain about: all that it has printed to standard error but news. */
  complaints(): string {
    const isNews = (line: string) => /^\{"time":"[^"]+","level":"(?:info|debug)",/.test(line);
    return this.stderr()
      .split('\n')
      .filter((line) => !isNews(line))
      .join('\n');
  }

  /** The SDK's client; every call of this function makes a new one. */
  client(settings: ConstructorParameters<typeof KMSClient>[0] = {}): KMSClient {
    const { url: endpoint, region, credentials } = this;
    return new KMSClient({ endpoint, region, credentials, ...settings });
  }

  /** Starts the process, again where it has ended, on the same data directory. */
  async start(): Promise<void> {
    const run = this.launch();
    await run.printed(/^listening on (\S+)$/m, startLimitMs);
    this.#url = /^listening on (\S+)$/m.exec(run.stdout)?.[1] ?? '';
    const profile = readFileSync(join(this.data, 'aws', 'credentials'), 'utf8');
    this.#credentials = {
      accessKeyId: /^aws_access_key_id = (.+)$/m.exec(profile)?.[1] ?? '',
      secretAccessKey: /^aws_secret_access_key = (.+)$/m.exec(profile)?.[1] ?? '',
    };
  }

  /** Starts the process and does not wait for it: for tests that end it before it listens. */
  launch(): Run {
    if (this.#run?.isRunning) throw new Error('The server is running already.');
    this.#earlier = { stdout: this.stdout(), stderr: this.stderr() };
    const { host = '127.0.0.1', port = 0, args = [], env = {} } = this.#settings;
    const own = ['--port', String(port), '--host', host, '--data', this.data];
    this.#run = new Run(['serve', ...own, ...args], env);
    return this.#run;
  }

  /** Asks the process to end, and waits until it has; returns its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#run?.child.kill(signal);
    return (await this.#run?.ended())?.code ?? null;
  }

  /** Ends the process at this instant, with no chance to do anything, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** Waits until the process has printed something. */
  async printed(pattern: RegExp): Promise<void> {
    await this.#run?.printed(pattern, startLimitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    const isOwn = this.#settings.data === undefined && this.#settings.keep !== true;
    if (isOwn) rmSync(this.data, { recursive: true, force: true });
  }
}

/** Gone when it is disposed of. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface CliSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/** Runs one command to its end. */
export async function runCli(args: readonly string[], { env = {}, limitMs }: CliSettings = {}): Promise<Ended> {
  return new Run(args, env).ended(limitMs);
}

/** Looks again and again until it is so; rejects where that takes too long. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + startLimitMs;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error(`It takes too long until ${what}.`);
    await delay(10);
  }
}

/** One process of ours: for tests that end it themselves. */
export class Run {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<number | null>;
  #onOutput: () => void = () => undefined;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const preload = `data:text/javascript,${encodeURIComponent(guard)}`;
    const main = join(repository, 'bin', 'keywright.mjs');
    this.child = spawn(process.execPath, ['--import', preload, main, ...args], { env: { ...cleanEnv(), ...env } });
    this.child.stdin?.on('error', () => undefined); // the process is gone; its end is seen elsewhere
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#onOutput();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', resolve);
    });
    this.#closed.catch(() => undefined); // seen by whoever waits
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Kills a process that does not end in time, and rejects. */
  async ended(limitMs = endLimitMs): Promise<Ended> {
    const code = await this.#within(this.#closed, limitMs, 'end');
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async printed(pattern: RegExp, limitMs: number): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#onOutput = () => pattern.test(this.stdout) && resolve();
      this.#onOutput();
    });
    const ended = this.#closed.then((code) => Promise.reject(this.#problem(`ended with code ${code}`)));
    await this.#within(Promise.race([seen, ended]), limitMs, `print ${pattern}`);
  }

  async #within<T>(awaited: Promise<T>, limitMs: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        reject(this.#problem(`did not ${what} within ${limitMs} ms`));
      }, limitMs);
    });
    return Promise.race([awaited, late]).finally(() => clearTimeout(timer));
  }

  #problem(what: string): Error {
    return new Error(`The process ${what}.\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`);
  }
}

/** The test's own settings must not become the server's, and the anchors of tests are not to be left in the user's home. */
function cleanEnv(): NodeJS.ProcessEnv {
  const isForeign = (name: string) => name.startsWith('KEYWRIGHT_') || name.startsWith('NODE_TEST');
  const own = Object.entries(process.env).filter(([name]) => !isForeign(name));
  return { ...Object.fromEntries(own), KEYWRIGHT_AUDIT_ANCHORS: 'off' };
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
