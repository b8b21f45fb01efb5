/**
 * The folder that delivered files are made and kept in:
 *
 *     state.json             how far delivery has come (state.ts)
 *     drafts/                files that are being made
 *     outbox/000000000001    files that have yet to be uploaded (outbox.ts)
 *     111122223333/AWSLogs/… what has been delivered, for each account
 *     ….json.gz.meta         the metadata of the file beside it
 *
 * Every change to the medium goes through here.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDurably } from '#base/durable-file.ts';
import type { AuditSeal } from '#crypto/audit-seal.ts';

/** After the name of a file: its metadata, as a JSON object of strings. */
export const metadataEnding = '.meta';
/** What keys end with. */
export const keyEnding = '.json.gz';
export const outboxFolder = 'outbox';
const draftFolder = 'drafts';
const stateFile = 'state.json';

/** The path of a file that has been delivered. The key must have been checked. */
export function pathOfKey(directory: string, accountId: string, key: string): string {
  return join(directory, accountId, key);
}

export interface WorkplaceSettings {
  readonly beforeChange?: (() => void) | undefined;
  /** What vouches for the state. */
  readonly seal?: AuditSeal | undefined;
}

export class Workplace {
  readonly directory: string;
  readonly #beforeChange: () => void;
  readonly #seal: AuditSeal | undefined;
  /** Folders whose entries have changed since they were last synchronised. */
  readonly #changed = new Set<string>();

  /** A test may have `beforeChange` throw, as a process that is killed there, and do without a seal. */
  constructor(directory: string, { beforeChange = () => undefined, seal }: WorkplaceSettings = {}) {
    this.directory = directory;
    this.#beforeChange = beforeChange;
    this.#seal = seal;
  }

  /** Throws for a state that nobody has vouched for: what it says is delivered and signed. */
  readState(): unknown {
    const path = join(this.directory, stateFile);
    if (!existsSync(path)) return undefined;
    const [text = '', mac = ''] = readFileSync(path, 'utf8').split('\n');
    if (this.#seal === undefined || this.#seal.isOf(text, mac)) return JSON.parse(text);
    throw new Error(
      `${path} has been altered. Nothing is delivered until it is put back, or removed to begin new chains.`,
    );
  }

  /** Everything that was published before is on the medium before this is. */
  writeState(state: unknown): void {
    this.#syncFolders();
    this.#makeFolder(this.directory);
    this.#syncFolders();
    this.#beforeChange();
    const text = JSON.stringify(state);
    writeDurably(join(this.directory, stateFile), `${text}\n${this.#seal?.mac(text) ?? ''}\n`);
  }

  /** Throws away what an attempt before has left. */
  clearDrafts(): void {
    this.#beforeChange();
    rmSync(join(this.directory, draftFolder), { recursive: true, force: true });
    mkdirSync(join(this.directory, draftFolder), { recursive: true, mode: 0o700 });
  }

  append(draft: string, bytes: Uint8Array): void {
    this.#beforeChange();
    appendFileSync(join(this.directory, draftFolder, draft), bytes, { mode: 0o600 });
  }

  /** Gives a draft its place among the delivered files of an account. */
  publish(draft: string, accountId: string, key: string): void {
    const from = join(this.directory, draftFolder, draft);
    const to = pathOfKey(this.directory, accountId, key);
    syncPath(from);
    this.#makeFolder(dirname(to));
    this.#beforeChange();
    renameSync(from, to);
    this.#changed.add(dirname(to));
  }

  /** A whole file, with its metadata there before it is. */
  place(accountId: string, key: string, bytes: Uint8Array, metadata: Readonly<Record<string, string>>): void {
    const path = pathOfKey(this.directory, accountId, key);
    this.#put(`${path}${metadataEnding}`, JSON.stringify(metadata));
    this.#put(path, bytes);
  }

  /** A list of files to upload, under a number that grows. */
  placeBatch(number: number, content: unknown): void {
    this.#put(join(this.directory, outboxFolder, String(number).padStart(12, '0')), JSON.stringify(content));
  }

  removeFolder(path: string): void {
    this.#beforeChange();
    rmSync(path, { recursive: true, force: true });
  }

  /** The folders in a folder, in order; none where it is not there. */
  foldersIn(path: string): readonly string[] {
    if (!existsSync(path)) return [];
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  }

  #put(path: string, content: string | Uint8Array): void {
    const draft = join(this.directory, draftFolder, 'whole');
    this.#makeFolder(dirname(path));
    this.#beforeChange();
    writeFileSync(draft, content, { mode: 0o600, flush: true });
    this.#beforeChange();
    renameSync(draft, path);
    this.#changed.add(dirname(path));
  }

  #makeFolder(path: string): void {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (made === undefined) return;
    // The name of each new folder is an entry of the one above it.
    for (let folder = path; folder.length >= made.length; folder = dirname(folder)) this.#changed.add(dirname(folder));
  }

  #syncFolders(): void {
    for (const folder of this.#changed) syncPath(folder);
    this.#changed.clear();
  }
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
