/** On what and of what the figures are: without it they compare with nothing. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

export interface ProcessorTime {
  /** Of all cores, since the machine started. */
  readonly totalSeconds: number;
  /** That which was used, or given to another machine on the same processors. */
  readonly usedSeconds: number;
}

/** Undefined where it is not known. */
export function processorTime(): ProcessorTime | undefined {
  try {
    // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal, in hundredths of a second.
    const line = /^cpu +([\d ]+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
    const ticks = line.split(' ').slice(0, 8).map(Number);
    const total = ticks.reduce((sum, count) => sum + count, 0);
    const [, , , idle = 0, waiting = 0] = ticks;
    return { totalSeconds: total / 100, usedSeconds: (total - idle - waiting) / 100 };
  } catch {
    return undefined; // not Linux
  }
}
