/**
 * What a server does by the clock: removes imported material that has expired, destroys keys whose window has ended, rotates
 * those whose date has come, and the domain key every day.
 */
import { destroyDueKeys } from './deletion.ts';
import { removeExpiredMaterials } from './expiry.ts';
import type { Keyring } from './keyring.ts';
import { rotateDueKeys } from './rotation.ts';

const intervalMs = 30_000;
/** What a failure of the machine, not of the process, may take along of the uses of keys. */
const usageIntervalMs = 5000;

type LogFailure = (task: string, error: unknown) => void;
/** Takes what a task has done, where it had something to do. */
type LogDone = (task: string, done: unknown) => void;

export interface Housekeeping {
  /** Waits for the round under way. */
  stop(): Promise<void>;
}

/** Starts at once: what fell due while no server ran is done first. Failures go to `logFailure`; the next round retries. */
export function startHousekeeping(
  keyring: Keyring,
  logFailure: LogFailure,
  logDone: LogDone = () => undefined,
): Housekeeping {
  const rhythms = [
    every(intervalMs, () => inOrder(tasksOf(keyring), logFailure, logDone)),
    every(usageIntervalMs, () => inOrder([['store uses of keys', () => keyring.usage.store()]], logFailure)),
  ];
  return {
    async stop() {
      for (const { stop } of rhythms) await stop();
    },
  };
}

/** `round` must not reject. */
function every(milliseconds: number, round: () => Promise<void>): Housekeeping {
  let last = round();
  const timer = setInterval(() => {
    last = last.then(round);
  }, milliseconds);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return last;
    },
  };
}

function tasksOf(keyring: Keyring): readonly Task[] {
  const { domainKeys } = keyring.vault;
  return [
    ['finish a domain key rotation', () => domainKeys.resume()],
    ['remove expired key material', () => removeExpiredMaterials(keyring)],
    ['destroy keys', () => destroyDueKeys(keyring)],
    ['rotate keys', () => rotateDueKeys(keyring)],
    ['rotate the domain key', async () => (domainKeys.isRotationDue ? domainKeys.rotate() : undefined)],
  ];
}

type Task = readonly [name: string, run: () => Promise<unknown>];

async function inOrder(tasks: readonly Task[], logFailure: LogFailure, logDone?: LogDone): Promise<void> {
  for (const [task, run] of tasks) {
    try {
      const done = await run();
      if (Array.isArray(done) ? done.length > 0 : done !== undefined) logDone?.(task, done);
    } catch (error) {
      logFailure(task, error);
    }
  }
}
