/** On what and of what the figures are: without it they compare with nothing. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** What signs, encrypts and speaks TLS. */
  readonly openssl: string;
  /** Runnable processes on average over the last minute, before the bench began: above nearly 0, someone else is at work. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    openssl: process.versions.openssl,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

/** The commit that is measured, with a plus sign if files differ from it; undefined outside a Git checkout. */
export function describeCommit(): string | undefined {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const isChanged = git('status', '--porcelain', '--', '../src', '../package-lock.json') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD').trim()}${isChanged ? '+' : ''}`;
  } catch {
    return undefined; // no Git, or not a checkout
  }
}
