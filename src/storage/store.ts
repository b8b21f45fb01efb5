/**
 * What is kept, and what any place that keeps it must promise.
 * A store is an ordered set of JSON records, one collection per kind of thing. Everything secret in a record is wrapped
 * before it comes here (custody/), so no adapter ever sees key material in clear. The interface is asynchronous even
 * where an adapter is not, because the others cannot be.
 */

/** Bytes wrapped under a domain key: base64 of the wrapped form, and which domain key opens it. */
export interface Wrapped {
  readonly domainKeyId: string;
  readonly bytes: string;
}

/** How the root of trust of this store is made; never anything that would open it. */
export interface RootRecord {
  readonly kind: 'key-file' | 'passphrase';
  /** Adapter's own parameters: a salt, a work factor. */
  readonly parameters: Readonly<Record<string, string | number>>;
}

export interface DomainKeyRecord {
  readonly domainKeyId: string;
  /** New material is wrapped under the active one; a retiring one still opens what has not been re-wrapped yet. */
  readonly state: 'active' | 'retiring';
  readonly createdAtMs: number;
  /** Base64, wrapped by the root of trust. */
  readonly wrappedByRoot: string;
}

/** A key of the service's own, such as the one that seals pagination markers. */
export interface ServiceKeyRecord {
  readonly name: string;
  readonly wrapped: Wrapped;
}

export interface AccountRecord {
  readonly accountId: string;
  readonly createdAtMs: number;
}

export interface AccessKeyRecord {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Whose it is: for now, always the account's root user. */
  readonly principal: 'root';
  readonly createdAtMs: number;
  readonly wrapped: Wrapped;
}

/** A deletion date exists exactly when a deletion is pending. */
export type KeyStateRecord =
  | { readonly name: 'Enabled' }
  | { readonly name: 'Disabled' }
  | { readonly name: 'PendingDeletion'; readonly deletionDateMs: number };

export interface KeyRecord {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly description: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: 'AWS_KMS';
  readonly state: KeyStateRecord;
  readonly currentMaterialId: string;
  /** The key policy, as it was sent. */
  readonly policy: string;
  /** Pairs in the order in which they were first set. */
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** One backing key. The key's own record never holds material, so no change of metadata can write it. */
export interface MaterialRecord {
  readonly keyId: string;
  readonly materialId: string;
  readonly spec: string;
  readonly createdAtMs: number;
  readonly wrapped: Wrapped;
}

export interface AliasRecord {
  readonly name: `alias/${string}`;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The collections, each with what identifies a record in it. */
export interface Collections {
  /** ['root'] */
  root: RootRecord;
  /** [domain key id] */
  domainKeys: DomainKeyRecord;
  /** [name] */
  serviceKeys: ServiceKeyRecord;
  /** [account id] */
  accounts: AccountRecord;
  /** [access key id] */
  accessKeys: AccessKeyRecord;
  /** [account id, region, key id] */
  keys: KeyRecord;
  /** [account id, region, key id, material id] */
  materials: MaterialRecord;
  /** [account id, region, alias name] */
  aliases: AliasRecord;
  /** Index: [account id, region, key id, alias name] */
  aliasesOfKey: Pick<AliasRecord, 'name'>;
  /** Index: [deletion date as 15 digits of milliseconds, account id, region, key id] */
  deletions: { readonly accountId: string; readonly region: string; readonly keyId: string };
}

export type CollectionName = keyof Collections;

/** Every collection, in the order in which a backup writes and restores them. */
export const collectionNames: readonly CollectionName[] = [
  'root',
  'domainKeys',
  'serviceKeys',
  'accounts',
  'accessKeys',
  'keys',
  'materials',
  'aliases',
  'aliasesOfKey',
  'deletions',
];

/** The parts that identify a record, at least one: printable ASCII each, compared byte by byte from the first part on. */
export type RecordKey = readonly string[];

export interface Entry<C extends CollectionName> {
  readonly key: RecordKey;
  readonly record: Collections[C];
}

/** A range of records in the order of their keys. */
export interface Range {
  /** Only records whose keys begin with these whole parts. */
  readonly within: RecordKey;
  /** Only records that come after this key, which is itself within. */
  readonly after?: RecordKey | undefined;
  readonly limit: number;
}

export interface Reader {
  /** The record, or undefined where there is none. */
  get<C extends CollectionName>(collection: C, key: RecordKey): Promise<Collections[C] | undefined>;
  list<C extends CollectionName>(collection: C, range: Range): Promise<readonly Entry<C>[]>;
}

/** Reads see the transaction's own writes. */
export interface Transaction extends Reader {
  put<C extends CollectionName>(collection: C, key: RecordKey, record: Collections[C]): void;
  /** Deleting what is not there is no error. */
  delete(collection: CollectionName, key: RecordKey): void;
}

export interface WriteOptions {
  /** Also wipe deleted records from the medium, as far as it allows, before the write is acknowledged. */
  readonly scrub?: boolean;
}

export interface Store extends Reader {
  /**
   * Runs `work` as one transaction; transactions run one after another. When the promise is fulfilled, all of its
   * writes are durable; when it is rejected (with whatever `work` threw, or a StoreError), none has happened.
   */
  write<T>(work: (transaction: Transaction) => Promise<T>, options?: WriteOptions): Promise<T>;
  /** All records at one moment, in the order of collectionNames. Writes may go on meanwhile and are not seen. */
  snapshot(): AsyncIterable<Entry<CollectionName> & { readonly collection: CollectionName }>;
  /** Waits for writes under way and lets go. May be called twice. */
  close(): Promise<void>;
}

/** The store cannot be opened or used; the text says what to do, and nothing has been changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

const separator = '\u001f';

/** One text for a record's key, ordered as the parts are. Throws on a part that could be confused with another. */
export function encodeRecordKey(key: RecordKey): string {
  for (const part of key) {
    if (!/^[\x20-\x7e]*$/.test(part)) throw new StoreError('A record key may hold printable ASCII only.');
  }
  return key.join(separator);
}

export function decodeRecordKey(text: string): RecordKey {
  return text.split(separator);
}

/** The bounds of a range as texts: keys are greater than `after`, and not greater than `last`. */
export function rangeBounds(range: Range): { readonly after: string; readonly last: string } {
  const prefix = encodeRecordKey(range.within);
  const first = prefix === '' ? '' : prefix + separator;
  // No part holds a character beyond '~', so `last` is greater than every key within.
  return { after: range.after === undefined ? first : encodeRecordKey(range.after), last: `${first}\u007f` };
}
