/** Removes delivered files by the day, as a lifecycle rule of a bucket does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAbsence } from '#audit/segments.ts';
import { dayMs } from '#base/clock.ts';
import { dayOfFolder } from './names.ts';
import type { Batch, State } from './state.ts';
import { outboxFolder, type Workplace } from './workplace.ts';

/** What has yet to be uploaded stays, and so do log files that no digest file has yet. */
export function removeOldFiles(workplace: Workplace, { chains }: State, beforeMs: number): void {
  const pending = Object.values(chains).flatMap((chain) => chain.pending.map(({ atMs }) => atMs));
  const oldestPending = pending.reduce((oldest, atMs) => Math.min(oldest, atMs), Number.POSITIVE_INFINITY);
  const keepFromMs = Math.min(beforeMs, oldestUpload(workplace), oldestPending);
  for (const account of workplace.foldersIn(workplace.directory)) {
    if (/^\d{12}$/.test(account)) removeIn(workplace, join(workplace.directory, account), keepFromMs);
  }
}

function removeIn(workplace: Workplace, folder: string, keepFromMs: number): void {
  for (const name of workplace.foldersIn(folder)) {
    const path = join(folder, name);
    const day = dayOfFolder(path);
    if (day === undefined) removeIn(workplace, path, keepFromMs);
    else if (day + dayMs <= keepFromMs) workplace.removeFolder(path);
  }
}

function oldestUpload({ directory }: Workplace): number {
  try {
    const [first] = readdirSync(join(directory, outboxFolder)).sort();
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const batch: Batch = JSON.parse(readFileSync(join(directory, outboxFolder, first), 'utf8')); // ours
    return batch.atMs;
  } catch (error) {
    if (isAbsence(error)) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
