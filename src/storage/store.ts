/**
 * What is kept, and what any place that keeps it must promise.
 * A store is an ordered set of JSON records, one collection per kind of thing. Everything secret in a record is wrapped
 * before it comes here (custody/), so no adapter ever sees key material in clear. The interface is asynchronous even
 * where an adapter is not, because the others cannot be.
 */

import type {
  AccessKeyRecord,
  AccountRecord,
  GroupRecord,
  GuardrailRecord,
  OpenIdProviderRecord,
  PolicyRecord,
  PrincipalName,
  RoleRecord,
  UserRecord,
} from './identity-records.ts';
import type {
  AliasRecord,
  DomainKeyRecord,
  ExpiryRecord,
  GrantRecord,
  KeyName,
  KeyRecord,
  KeyUseRecord,
  MaterialRecord,
  NoticeRecord,
  QuotaSettingsRecord,
  RootRecord,
  ServiceEventRecord,
  ServiceKeyRecord,
  TrailRecord,
} from './records.ts';

export type * from './identity-records.ts';
export type * from './records.ts';

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
  deletions: KeyName;
  /** Index: [date of the next rotation as 15 digits of milliseconds, account id, region, key id] */
  rotations: KeyName;
  /** Index: [date of the expiry or of a notice of it as 15 digits of milliseconds, account id, region, key id, material id] */
  expiries: ExpiryRecord;
  /** [account id, region, key id, grant id] */
  grants: GrantRecord;
  /** Index: [account id, region, key id, grantee as GrantRecord has it, grant id] */
  grantsOfGrantee: Nothing;
  /** Index: [region, retiring principal as GrantRecord has it, account id, key id, grant id] */
  grantsOfRetirer: Nothing;
  /** Index: [account id, region, key id, name, digest of all that the grant says] */
  grantNames: { readonly grantId: string };
  /** [account id, region, key id] */
  grantCounts: { readonly count: number };
  /** [account id, name in lower case] */
  users: UserRecord;
  /** [account id, name in lower case] */
  roles: RoleRecord;
  /** [account id, name in lower case] */
  groups: GroupRecord;
  /** [account id, name in lower case] */
  policies: PolicyRecord;
  /** [account id, URL without its scheme] */
  openIdProviders: OpenIdProviderRecord;
  /** [account id, 'service-control' or 'resource-control', name] */
  guardrails: GuardrailRecord;
  /** Index: [unique id of a user or role] */
  principals: PrincipalName;
  /** Index: [unique id of a user, access key id] */
  accessKeysOf: Nothing;
  /** Index: [account id, group in lower case, user in lower case] */
  groupMembers: Nothing;
  /** Index: [account id, policy as PolicyReference, use, user, role or group in lower case] */
  policyUses: Nothing;
  /** [account id, region, key id]: its last use */
  keyUses: KeyUseRecord;
  /** [account id, region]: how many customer managed keys there are; absent where nobody has counted them yet */
  keyCounts: { readonly count: number };
  /** ['since'] */
  usageTracking: { readonly sinceMs: number };
  /** [when, as 15 digits of milliseconds, id] */
  notices: NoticeRecord;
  /** ['trail'] */
  trail: TrailRecord;
  /** [when, as 15 digits of milliseconds, event id]: service events that are not in the trail yet */
  serviceEvents: ServiceEventRecord;
  /** ['settings'] */
  quotas: QuotaSettingsRecord;
}

/** What an index holds whose keys say it all. */
export type Nothing = Readonly<Record<string, never>>;

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
  'rotations',
  'grants',
  'grantsOfGrantee',
  'grantsOfRetirer',
  'grantNames',
  'grantCounts',
  'users',
  'roles',
  'groups',
  'policies',
  'openIdProviders',
  'guardrails',
  'principals',
  'accessKeysOf',
  'groupMembers',
  'policyUses',
  'keyUses',
  'keyCounts',
  'usageTracking',
  'notices',
  'expiries',
  'trail',
  'serviceEvents',
  'quotas',
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
