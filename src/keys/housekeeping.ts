/** What a server does by the clock: destroys keys whose window has ended, rotates those whose date has come, and the domain key every day. */
import { destroyDueKeys } from './deletion.ts';
import type { Keyring } from './keyring.ts';
import { rotateDueKeys } from './rotation.ts';

const intervalMs = 30_000;

export interface Housekeeping {
  /** Waits for the round under way. */
  stop(): Promise<void>;
}

/** Starts at once: what fell due while no server ran is done first. Failures go to `logFailure`; the next round retries. */
export function startHousekeeping(keyring: Keyring, logFailure: (task: string, error: unknown) => void): Housekeeping {
  let round = keepHouse(keyring, logFailure);
  const timer = setInterval(() => {
    round = round.then(() => keepHouse(keyring, logFailure));
  }, intervalMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return round;
    },
  };
}

async function keepHouse(keyring: Keyring, logFailure: (task: string, error: unknown) => void): Promise<void> {
  const { domainKeys } = keyring.vault;
  const tasks: [string, () => Promise<unknown>][] = [
    ['finish a domain key rotation', () => domainKeys.resume()],
    ['destroy keys', () => destroyDueKeys(keyring)],
    ['rotate keys', () => rotateDueKeys(keyring)],
    ['rotate the domain key', async () => (domainKeys.isRotationDue ? domainKeys.rotate() : undefined)],
  ];
  for (const [task, run] of tasks) {
    try {
      await run();
    } catch (error) {
      logFailure(task, error);
    }
  }
}
