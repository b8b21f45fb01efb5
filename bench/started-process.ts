/**
 * A server that the bench started: its address once it listens, what it costs, and its end. Memory and processor time
 * are those of the process and its children together, read from Linux's /proc; elsewhere they are not known.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Launch {
  /** For error texts. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** What it prints when it listens, with its URL in the first group. */
  readonly announcement?: RegExp;
  readonly signal: AbortSignal;
}

type Announced = Pick<Launch, 'name' | 'announcement' | 'signal'>;

const ownAnnouncement = /^listening on (https?:\/\/\S+)$/m;
const startLimitMs = 20_000;
/** Longer than a server takes to drain and to write a profile. */
const stopLimitMs = 20_000;
/** Linux shows processor time in hundredths of a second on every architecture. */
const ticksPerSecond = 100;

export class StartedProcess implements AsyncDisposable {
  /** When it was asked for, on the clock of performance.now(). */
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #kill = (): void => void this.#child.kill('SIGKILL');
  #stderr = '';

  constructor({ command, args, directory }: Launch) {
    this.#child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], env: ownEnvironment() });
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
        resolve();
      });
      this.#child.once('exit', () => resolve());
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-4000);
    });
    process.once('exit', this.#kill); // for an end without disposal
  }

  /** Resolves with the announced URL. Rejects when the process ends or takes too long instead. */
  async listening({ name, signal, announcement = ownAnnouncement }: Announced): Promise<URL> {
    const found = Promise.withResolvers<URL>();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let said = '';
      stream?.on('data', (chunk: Buffer) => {
        said = `${said}${chunk}`.slice(-4000);
        const url = announcement.exec(said)?.[1];
        if (url !== undefined) found.resolve(new URL(url));
      });
    }
    const fail = (why: string) => () => found.reject(new Error(`${name} ${why}. ${this.#stderr}`.trim()));
    const onAbort = fail('was interrupted');
    void this.#exited.then(fail('ended before it listened'));
    const limit = setTimeout(fail('does not listen'), startLimitMs);
    signal.addEventListener('abort', onAbort);
    return await found.promise.finally(() => {
      clearTimeout(limit);
      signal.removeEventListener('abort', onAbort);
    });
  }

  /** The process and all that come from it; empty where that is not known. */
  pids(): readonly number[] {
    try {
      return familyOf(this.#child.pid ?? 0);
    } catch {
      return []; // not Linux, or the process has gone
    }
  }

  /** Resident memory, or undefined where it is not known. */
  residentBytes(): number | undefined {
    return this.#sum((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status'))?.[1]) * 1024);
  }

  /** Processor time used so far, or undefined where it is not known. */
  cpuSeconds(): number | undefined {
    return this.#sum((pid) => {
      const stat = procFile(pid, 'stat');
      // proc_pid_stat(5): utime and stime are fields 14 and 15; the name, field 2, may hold anything but ends in ")".
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const limit = setTimeout(this.#kill, stopLimitMs);
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM');
    await this.#exited;
    clearTimeout(limit);
    process.off('exit', this.#kill);
  }

  #sum(measure: (pid: number) => number): number | undefined {
    try {
      return familyOf(this.#child.pid ?? 0).reduce((sum, pid) => sum + measure(pid), 0);
    } catch {
      return undefined; // not Linux, or the process has gone
    }
  }
}

function familyOf(pid: number): number[] {
  const children = procFile(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

function procFile(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8');
}

/** Settings that happen to be in the environment must not change what is measured. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWRIGHT_')));
}
