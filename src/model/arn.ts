/**
 * The grammar of the names that KMS gives its things: accounts, Regions, key ids, alias names, ARNs.
 * Source: AWS KMS Developer Guide, Key identifiers (KeyId); IAM User Guide, Amazon Resource Names.
 */

import { Lru } from '#base/lru.ts';

export type AccountId = string & { readonly accountId: unique symbol };
export type Region = string & { readonly region: unique symbol };
/** A lower-case UUID, or `mrk-` and 32 lower-case hexadecimal digits. */
export type KeyId = string & { readonly keyId: unique symbol };
/** `alias/…`, prefix included. */
export type AliasName = `alias/${string}`;
export type KeyArn = `arn:${string}:kms:${string}:${string}:key/${string}`;
export type AliasArn = `arn:${string}:kms:${string}:${string}:alias/${string}`;

/** What belongs to one account in one Region; keys and aliases live in exactly one such place. */
export interface Place {
  readonly accountId: AccountId;
  readonly region: Region;
}

export function parseAccountId(text: string): AccountId | undefined {
  return /^\d{12}$/.test(text) ? (text as AccountId) : undefined;
}

export function parseRegion(text: string): Region | undefined {
  return text.length <= 32 && /^([a-z]+-){2,3}\d+$/.test(text) ? (text as Region) : undefined;
}

export function parseKeyId(text: string): KeyId | undefined {
  const isKeyId = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/.test(text);
  return isKeyId ? (text as KeyId) : undefined;
}

const partitions: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

/** The partition that AWS puts a Region of this name into. */
export function partitionOf(region: Region): string {
  const known = partitionByRegion.get(region);
  if (known !== undefined) return known;
  const partition = partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
  partitionByRegion.set(region, partition);
  return partition;
}

const iamRegions: ReadonlyMap<string, string> = new Map([
  ['aws-cn', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1'],
  ['aws-iso', 'us-iso-east-1'],
  ['aws-iso-b', 'us-isob-east-1'],
  ['aws-iso-e', 'eu-isoe-west-1'],
  ['aws-iso-f', 'us-isof-south-1'],
  ['aws-eusc', 'eusc-de-east-1'],
]);

/** The Region that calls of IAM count as made in. Source: AWS General Reference, IAM endpoints. */
export function iamRegion(partition: string): Region {
  return (iamRegions.get(partition) ?? 'us-east-1') as Region; // names of Regions
}

/** Every request asks several times; there are more names of Regions than AWS has, but not more than this at a time. */
const partitionByRegion = new Lru<string>(256);

export function keyArn(place: Place, keyId: KeyId): KeyArn {
  return `arn:${partitionOf(place.region)}:kms:${place.region}:${place.accountId}:key/${keyId}`;
}

export function aliasArn(place: Place, name: AliasName): AliasArn {
  return `arn:${partitionOf(place.region)}:kms:${place.region}:${place.accountId}:${name}`;
}

export function rootArn(place: Place): string {
  return `arn:${partitionOf(place.region)}:iam::${place.accountId}:root`;
}

export interface KmsArn {
  readonly place: Place;
  /** `key/<id>` or `alias/<name>`, not yet checked any further. */
  readonly resource: string;
}

/** Takes a KMS ARN apart. Undefined unless partition, Region and account are well formed and fit each other. */
export function parseKmsArn(text: string): KmsArn | undefined {
  const [arn, partition, service, regionText, accountText, ...rest] = text.split(':');
  const region = parseRegion(regionText ?? '');
  const accountId = parseAccountId(accountText ?? '');
  if (arn !== 'arn' || service !== 'kms' || region === undefined || accountId === undefined) return undefined;
  if (partition !== partitionOf(region)) return undefined;
  return { place: { accountId, region }, resource: rest.join(':') };
}

/** What CreateAlias would take: a name that nobody could have given need not be looked for. */
export function isPossibleAlias(name: string): boolean {
  return name.length <= 256 && /^alias\/[a-zA-Z0-9/_-]+$/.test(name);
}

export function isAliasName(text: string): text is AliasName {
  return text.startsWith('alias/');
}

/** Of the form that names of services have in `<service>.<Region>.amazonaws.com`. */
export function isServiceName(text: string): boolean {
  return /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(text);
}
