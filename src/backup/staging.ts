/** What a restore works in until everything is proven: a folder in the data directory. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Vault } from '#custody/vault.ts';

export interface RestoreReport {
  readonly records: number;
  readonly materials: number;
}

export interface RestoreListener {
  onProgress(done: number, of: number): void;
  /** Everything is proven; what is put into the store now comes to its place with all of it. */
  onRestored(vault: Vault, report: RestoreReport): Promise<void>;
}

const prefix = 'restoring-';

export function makeStaging(directory: string): string {
  return mkdtempSync(join(directory, prefix));
}

/** Removes it, and what is left of those of restores that were killed. */
export function removeStaging(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(prefix)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}
