/** Waiting for a moment in which requests do not need the machine, with work that can be put off. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Trail } from './trail.ts';

/** No moment is quiet in which so many records come in a second. */
const busyPerSecond = 1000;
const lookMs = 100;

/** Resolves when few records come, or when `mayWait` says that it has been waited for long enough: it is asked ten times a second. */
export async function untilQuiet(trail: Pick<Trail, 'head'>, mayWait: () => boolean): Promise<void> {
  while (mayWait()) {
    const { last } = trail.head;
    await delay(lookMs);
    if (trail.head.last - last < (busyPerSecond * lookMs) / 1000) return;
  }
}
