/**
 * The delivered files in their folder. A key is the path below the folder of its account; nothing else is reachable, and what is
 * there is served as it is, altered or not: whether it is, is for its digest file to say.
 */
import type { Dirent, Stats } from 'node:fs';
import { constants, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from '#audit/segments.ts';
import { sha256Hex } from '#crypto/digest.ts';
import type { AccountId } from '#model/arn.ts';
import type { DeliveredFile, DeliveredFiles } from './delivered-files.ts';
import { keyEnding, metadataEnding, pathOfKey } from './workplace.ts';

type Range = Parameters<DeliveredFiles['list']>[1];

export class DeliveredFolder implements DeliveredFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async list(accountId: AccountId, range: Range): Promise<readonly DeliveredFile[]> {
    const found: DeliveredFile[] = [];
    await this.#walk(accountId, '', { range, found });
    return found;
  }

  async find(accountId: AccountId, key: string): Promise<DeliveredFile | undefined> {
    const path = await this.#pathOf(accountId, key);
    if (path === undefined) return undefined;
    const stats = await unlessAbsent(stat(path));
    return stats?.isFile() ? fileOf(key, stats, await readMetadata(path)) : undefined;
  }

  async read(
    accountId: AccountId,
    key: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<Uint8Array | undefined> {
    const path = await this.#pathOf(accountId, key);
    if (path === undefined) return undefined;
    const file = await unlessAbsent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    if (file === undefined) return undefined;
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return undefined;
      const bytes = Buffer.alloc(Math.max(0, Math.min(to + 1, stats.size) - from));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Looks only into folders that can have something of the range, in the order of keys. */
  async #walk(accountId: AccountId, folder: string, { range, found }: { range: Range; found: DeliveredFile[] }) {
    const { prefix, after, limit } = range;
    const entries = await unlessAbsent(readdir(join(this.#directory, accountId, folder), { withFileTypes: true }));
    for (const name of (entries ?? []).flatMap(nameOf).sort(byCodeUnit)) {
      if (found.length >= limit) return;
      const key = `${folder}${name}`;
      if (key.endsWith('/')) {
        const mayHold = (key.startsWith(prefix) || prefix.startsWith(key)) && (key > after || after.startsWith(key));
        if (mayHold) await this.#walk(accountId, key, { range, found });
      } else if (key.startsWith(prefix) && key > after) {
        const stats = await unlessAbsent(stat(pathOfKey(this.#directory, accountId, key)));
        if (stats !== undefined) found.push(fileOf(key, stats, {}));
      }
    }
  }

  /** Undefined for what is no key of ours, and where the path leads elsewhere. */
  async #pathOf(accountId: AccountId, key: string): Promise<string | undefined> {
    if (!isKey(key)) return undefined;
    const root = await unlessAbsent(realpath(join(this.#directory, accountId)));
    if (root === undefined) return undefined;
    const path = join(root, key);
    return (await unlessAbsent(realpath(path))) === path ? path : undefined;
  }
}

const segmentForm = /^[\w.!*'()-]+$/;

function isKey(key: string): boolean {
  const segments = key.split('/');
  return key.endsWith(keyEnding) && segments.every((one) => segmentForm.test(one) && one !== '.' && one !== '..');
}

/** Of a folder with a slash at its end, by which it sorts as its keys do; none for what is not to be seen. */
function nameOf(entry: Dirent): readonly string[] {
  if (entry.isDirectory()) return [`${entry.name}/`];
  return entry.isFile() && entry.name.endsWith(keyEnding) && segmentForm.test(entry.name) ? [entry.name] : [];
}

/** All names are ASCII. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

// Diverges: object-etags
function fileOf(key: string, { size, mtimeMs }: Stats, metadata: DeliveredFile['metadata']): DeliveredFile {
  const etag = `${sha256Hex(`${key}\n${size}\n${mtimeMs}`).slice(0, 32)}-1`; // as of an upload in one part
  return { key, bytes: size, lastModifiedMs: Math.floor(mtimeMs), etag, metadata };
}

async function readMetadata(path: string): Promise<DeliveredFile['metadata']> {
  const text = await unlessAbsent(readFile(`${path}${metadataEnding}`, 'utf8'));
  if (text === undefined) return {};
  try {
    const entries = Object.entries(Object(JSON.parse(text)));
    // Nothing but what a header may hold.
    const isSound = ([name, value]: [string, unknown]) => /^[\w-]+$/.test(name) && /^[\x20-\x7e]*$/.test(String(value));
    return Object.fromEntries(entries.filter(isSound).map(([name, value]) => [name, String(value)]));
  } catch {
    return {}; // altered by hand: then the file has no signature
  }
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (isAbsence(error) || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
