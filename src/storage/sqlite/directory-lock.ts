/**
 * Sees to it that one process works on a data directory. The lock is an open transaction on a database of its own, so
 * the operating system gives it back whatever way the process ends; a note beside it says who holds it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '#storage/store.ts';

/** Who holds a data directory, for people and for commands that want to talk to it. */
export interface Holder {
  readonly pid: number;
  readonly since: string;
  /** What the process is doing there: "serve", "restore" … */
  readonly command: string;
  /** Where a server listens; absent until it does. */
  readonly url?: string;
  /** Where a server takes commands from this machine. */
  readonly controlSocket?: string;
}

const noteFile = 'holder.json';

export interface DirectoryLock {
  /** Replaces the note about the holder. */
  note(holder: Holder): void;
  release(): void;
}

/** Throws StoreError, naming the holder, where another process has the directory. */
export function lockDirectory(directory: string, holder: Holder): DirectoryLock {
  const database = new DatabaseSync(join(directory, 'lock.db'), { open: false });
  try {
    database.open();
    database.exec('PRAGMA busy_timeout = 500; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    if (database.isOpen) database.close();
    if (!isBusy(error))
      throw new StoreError(`The data directory ${directory} cannot be locked: ${messageOf(error)}.`, { cause: error });
    const who = readHolder(directory);
    const name = who === undefined ? 'another process' : `process ${who.pid} (${who.command}, since ${who.since})`;
    throw new StoreError(`The data directory ${directory} is in use by ${name}.`, { cause: error });
  }
  const note = (who: Holder) => writeFileSync(join(directory, noteFile), `${JSON.stringify(who)}\n`, { mode: 0o600 });
  note(holder);
  return {
    note,
    release() {
      rmSync(join(directory, noteFile), { force: true });
      database.close();
    },
  };
}

/** The process that has the directory at this moment, if there is one. */
export function findHolder(directory: string): Holder | undefined {
  const holder = readHolder(directory);
  if (holder === undefined) return undefined;
  try {
    const database = new DatabaseSync(join(directory, 'lock.db'));
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      return undefined; // the note was left behind by a process that is gone
    } catch {
      return holder; // locked: somebody is alive
    } finally {
      database.close();
    }
  } catch {
    return undefined; // there is no lock to hold
  }
}

/** SQLite's result code SQLITE_BUSY: somebody else has the lock. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

function readHolder(directory: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, noteFile), 'utf8'));
  } catch {
    return undefined; // no note, or one cut short: nobody can be named
  }
}
