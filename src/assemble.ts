/** The one place that names concrete adapters and wires them together. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openTrail, type TrailPlace } from '#audit/open-trail.ts';
import { keyEventsInto, ServiceEvents } from '#audit/service-events.ts';
import type { Trail } from '#audit/trail.ts';
import { readBackupHeader } from '#backup/header.ts';
import { decryptBackup, loadRecords, proveMaterials } from '#backup/restore-backup.ts';
import { makeStaging, type RestoreListener, type RestoreReport, removeStaging } from '#backup/staging.ts';
import { shareCache } from '#base/cache-shares.ts';
import { type Clock, systemClock } from '#base/clock.ts';
import { readSecretFile } from '#base/secret-file.ts';
import { CustodyError, type RootOfTrust } from '#custody/custody.ts';
import { createKeyFile, openKeyFile } from '#custody/key-file/key-file.ts';
import { newPassphraseRecord, openPassphrase } from '#custody/passphrase/passphrase.ts';
import { makeVault, type Vault } from '#custody/vault.ts';
import { clientFilesIn } from '#identity/client-files.ts';
import { type Identities, openIdentities } from '#identity/identities.ts';
import { type Keyring, type KeyringSettings, openKeyring } from '#keys/keyring.ts';
import { KeyUsage } from '#keys/usage.ts';
import { FileJournal } from '#storage/file/file-journal.ts';
import { type DirectoryLock, findHolder, type Holder, lockDirectory } from '#storage/sqlite/directory-lock.ts';
import { databaseFile } from '#storage/sqlite/inspect.ts';
import { placeDatabase, requireNoStore } from '#storage/sqlite/placement.ts';
import { openSqliteReader, openSqliteStore } from '#storage/sqlite/sqlite-store.ts';
import { type RootRecord, type Store, StoreError } from '#storage/store.ts';
import type { StoreCheck } from '#storage/store-check.ts';

/** The process that holds a data directory at this moment, if there is one. */
export const holderOf: (directory: string) => Holder | undefined = findHolder;

/** Where the root of trust comes from: a passphrase where its file is named, a key file otherwise. */
export interface RootSettings {
  /** The data directory's root.key unless given. */
  readonly keyFile?: string | undefined;
  readonly passphraseFile?: string | undefined;
}

export interface DataSettings {
  readonly directory: string;
  readonly root: RootSettings;
  /** What is served, where it is not the same for all. */
  readonly keys?: KeyringSettings;
  /** Where the anchor of the audit trail lies, outside of the data directory; undefined or `off` for nowhere. */
  readonly auditAnchors?: string | undefined;
  /** How much memory may be used to remember keys, principals and the like; a default unless given. */
  readonly cacheMib?: number | undefined;
  /** What this process is about to do, for whoever finds the directory in use. */
  readonly command: string;
  /** False where a store that is not there is an error. */
  readonly mayCreate: boolean;
}

/** A data directory that this process holds and has opened. */
export interface Data {
  readonly lock: DirectoryLock;
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly identities: Identities;
  readonly trail: Trail;
  readonly serviceEvents: ServiceEvents;
  /** Of what opening a large store has left out. */
  readonly storeCheck: StoreCheck;
  close(): Promise<void>;
}

/** Throws StoreError or CustodyError, with the data untouched. */
export async function openData(settings: DataSettings, clock: Clock = systemClock): Promise<Data> {
  const { directory, command } = settings;
  if (settings.mayCreate) mkdirSync(directory, { recursive: true, mode: 0o700 });
  else if (!existsSync(join(directory, databaseFile))) throw noStore(directory);
  const lock = lockDirectory(directory, { pid: process.pid, since: new Date(clock.now()).toISOString(), command });
  try {
    requireDatabaseIfUsed(directory);
    const store = openSqliteStore(directory);
    try {
      const vault = await openVault(store, settings, clock);
      const trail = await openTrail(vault, trailPlaceOf(settings));
      const serviceEvents = await ServiceEvents.open(store, trail);
      const journal = new FileJournal(join(directory, 'usage.log'));
      const keyring = await openKeyring(vault, settings.keys, { journal, events: keyEventsInto(serviceEvents) });
      trail.listen({ writing: () => keyring.usage.note() });
      const identities = await openIdentities(vault);
      const close = async () => {
        try {
          await keyring.usage.close();
          await serviceEvents.close();
        } finally {
          await trail.close();
          await store.close();
          lock.release();
        }
      };
      return { lock, vault, keyring, identities, trail, serviceEvents, storeCheck: store.check, close };
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * A data directory that another process of this server holds, to be read alone: writing rejects with WrittenElsewhere, and uses of
 * keys are relayed. Throws StoreError or CustodyError.
 */
export async function openReader(
  settings: Omit<DataSettings, 'command' | 'mayCreate'>,
  relayUses: (lines: string) => void,
): Promise<Pick<Data, 'vault' | 'keyring' | 'identities'>> {
  const store = openSqliteReader(settings.directory);
  const vault = await openVault(store, { ...settings, command: 'serve', mayCreate: false }, systemClock);
  const keyring = await openKeyring(vault, settings.keys, { usage: KeyUsage.relayed(vault, relayUses) });
  return { vault, keyring, identities: await openIdentities(vault) };
}

/**
 * Holds a data directory and its hierarchy of keys for as long as `work` takes, without serving from it: its audit trail may not be
 * what it was. Throws StoreError or CustodyError.
 */
export async function withVault<T>(settings: DataSettings, work: (vault: Vault) => Promise<T>): Promise<T> {
  const { directory, command } = settings;
  if (!existsSync(join(directory, databaseFile))) throw noStore(directory);
  const lock = lockDirectory(directory, {
    pid: process.pid,
    since: new Date(systemClock.now()).toISOString(),
    command,
  });
  try {
    const store = openSqliteStore(directory);
    try {
      return await work(await openVault(store, settings, systemClock));
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

/** Where the audit trail of a data directory lies. */
export function trailPlaceOf(settings: Pick<DataSettings, 'directory' | 'auditAnchors'>): TrailPlace {
  const anchors = settings.auditAnchors === 'off' ? undefined : settings.auditAnchors;
  return { directory: join(settings.directory, 'audit'), anchors };
}

/** The files for clients are written last, so where their config is, a store was complete. Throws StoreError. */
function requireDatabaseIfUsed(directory: string): void {
  const database = join(directory, databaseFile);
  const isEmpty = !existsSync(database) || statSync(database).size === 0;
  if (!isEmpty || !existsSync(clientFilesIn(directory).config)) return;
  throw new StoreError(
    `${directory} was in use, and its database is missing or empty. Put ${databaseFile} back, or restore a backup with "keywright restore"; to begin anew, choose another directory.`,
  );
}

/** Opens a store's hierarchy of keys with the root of trust that the settings name. */
export async function openVault(store: Store, settings: DataSettings, clock: Clock): Promise<Vault> {
  const kept = await store.get('root', ['root']);
  if (kept === undefined && !settings.mayCreate) throw noStore(settings.directory);
  const root = await openRoot(kept, settings);
  if (kept === undefined) await store.write(async (transaction) => transaction.put('root', ['root'], root.record));
  return makeVault({ store, root, clock }, shareCache(settings.cacheMib));
}

function noStore(directory: string): StoreError {
  return new StoreError(`There is no Keywright store in ${directory}. "keywright serve" makes one.`);
}

/** The root of trust that a store was made with, or, for a new store, the one that the settings ask for. */
export async function openRoot(
  kept: RootRecord | undefined,
  { directory, root }: Pick<DataSettings, 'directory' | 'root'>,
): Promise<RootOfTrust> {
  const kind = root.passphraseFile === undefined ? 'key-file' : 'passphrase';
  if (kept !== undefined && kept.kind !== kind) {
    const option = kept.kind === 'passphrase' ? '--root-passphrase-file' : '--root-key-file';
    throw new CustodyError(
      `The root of trust of this store is a ${kept.kind}: give ${option}. Nothing has been changed.`,
    );
  }
  if (root.passphraseFile !== undefined) {
    using passphrase = readSecretFile(root.passphraseFile);
    return openPassphrase(passphrase, kept ?? newPassphraseRecord());
  }
  const keyFile = root.keyFile ?? join(directory, 'root.key');
  if (kept === undefined) createKeyFile(keyFile);
  return openKeyFile(keyFile);
}

/**
 * Restores a backup into a directory that has no store yet. Throws BackupError, StoreError or CustodyError; the store
 * is in its place only once every key material has been proven to decrypt.
 */
export async function restoreData(
  file: string,
  settings: Omit<DataSettings, 'mayCreate'>,
  { onProgress, onRestored }: RestoreListener,
): Promise<RestoreReport> {
  const { directory } = settings;
  const clock = systemClock;
  const header = await readBackupHeader(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const since = new Date(clock.now()).toISOString();
  const lock = lockDirectory(directory, { pid: process.pid, since, command: settings.command });
  try {
    requireNoStore(directory);
    removeStaging(directory);
    const staging = makeStaging(directory);
    const root = await openRoot(header.root, settings);
    const content = join(staging, 'content');
    await decryptBackup(file, root, content);
    const store = openSqliteStore(staging);
    try {
      const { records, probes } = await loadRecords(content, store);
      const vault = await makeVault({ store, root, clock });
      await proveMaterials(vault, probes, (done) => onProgress(done, probes.length));
      await onRestored(vault, { records, materials: probes.length });
      await store.close();
      placeDatabase(staging, directory);
      return { records, materials: probes.length };
    } finally {
      await store.close();
    }
  } finally {
    removeStaging(directory);
    lock.release();
  }
}
