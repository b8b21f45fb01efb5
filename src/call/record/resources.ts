/**
 * The resources of a request's records, and whose they are. Source: AWS KMS Developer Guide, Logging AWS KMS API calls with AWS
 * CloudTrail; AWS CloudTrail User Guide, CloudTrail record contents.
 */
import type { AuditEntry } from '#call/audit.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { type AccountId, aliasArn, isAliasName, parseAccountId, parseKmsArn, partitionOf } from '#model/arn.ts';

const known = new WeakMap<object, string>();

/** The elements of `resources`, as JSON. */
export function resourcesOf(entry: AuditEntry): string {
  if (entry.service === 's3') return objectsOf(entry);
  if (entry.service === 'sts') return roleOf(entry);
  const { keys, input = {}, refusal, place } = entry;
  if (keys === undefined && refusal === undefined) return '';
  const found = visibleKeys(entry);
  const { AliasName: alias } = input;
  const [key] = found;
  if (refusal === undefined && alias === undefined && found.length === 1 && key !== undefined) return keyJson(key);
  const aliases =
    typeof alias === 'string' && isAliasName(alias) && place !== undefined
      ? [resource(place.accountId, 'AWS::KMS::Key', aliasArn(place, alias))]
      : [];
  const named = refusal === undefined ? [] : namedBy(entry, found);
  return [...aliases, ...found.map(keyJson), ...named].join(',');
}

/** The accounts, other than the caller's, whose keys or roles have been used. */
export function foreignOwnersOf(entry: AuditEntry): readonly AccountId[] {
  const { caller, service, refusal } = entry;
  if (caller === undefined) return [];
  if (service === 'kms' && !hasForeignKey(entry.keys, caller.accountId)) return noOwners;
  const owners = new Set<AccountId>();
  for (const { place } of visibleKeys(entry)) owners.add(place.accountId);
  const roleAccount = service === 'sts' && refusal === undefined ? roleAccountOf(entry) : undefined;
  if (roleAccount !== undefined) owners.add(roleAccount);
  owners.delete(caller.accountId);
  return [...owners];
}

const noOwners: readonly AccountId[] = [];

function hasForeignKey(keys: AuditEntry['keys'], own: AccountId): boolean {
  for (const slot in keys) if (keys[slot] !== undefined && keys[slot].place.accountId !== own) return true;
  return false;
}

const noKeys: readonly LocatedKey[] = [];

/**
 * The keys that the trail of the caller's account may speak of: its own, and those of others that the caller was let use. Whether
 * there are any more of the others' is not for it to know.
 */
function visibleKeys(entry: AuditEntry): readonly LocatedKey[] {
  const { keys, caller, permissions, refusal } = entry;
  if (keys === undefined) return noKeys;
  const mayUse = permissions !== undefined && refusal?.name !== 'AccessDeniedException';
  const visible: LocatedKey[] = [];
  for (const slot in keys) {
    const key = keys[slot];
    if (key === undefined || visible.some(({ arn }) => arn === key.arn)) continue;
    if (mayUse || key.place.accountId === caller?.accountId) visible.push(key);
  }
  return visible;
}

const possibleName = /^(?:key|alias)\/[\w/-]{1,256}$/;
const namingMembers = ['KeyId', 'TargetKeyId', 'SourceKeyId', 'DestinationKeyId'];

/** What a request that was refused named by ARN, as it named it: so it is found by whoever looks for it. */
function namedBy({ input = {} }: AuditEntry, found: readonly LocatedKey[]): readonly string[] {
  return namingMembers.flatMap((member) => {
    const arn = input[member];
    const named = typeof arn === 'string' ? parseKmsArn(arn) : undefined;
    if (named === undefined || !possibleName.test(named.resource)) return [];
    const { accountId } = named.place;
    const isThere = found.some(({ place }) => place.accountId === accountId);
    return isThere ? [] : [resource(accountId, 'AWS::KMS::Key', String(arn))];
  });
}

function keyJson({ record, place, arn }: LocatedKey): string {
  const json = known.get(record);
  if (json !== undefined) return json;
  const made = resource(place.accountId, 'AWS::KMS::Key', arn);
  known.set(record, made);
  return made;
}

/** The role that a session was asked of. */
function roleOf(entry: AuditEntry): string {
  const accountId = roleAccountOf(entry);
  return accountId === undefined ? '' : resource(accountId, 'AWS::IAM::Role', String(entry.input?.['RoleArn']));
}

/** Undefined where the request asks for no role. */
export function roleAccountOf({ input = {} }: AuditEntry): AccountId | undefined {
  const { RoleArn: arn } = input;
  const [, , service, , accountId = ''] = typeof arn === 'string' ? arn.split(':') : [];
  return service === 'iam' ? parseAccountId(accountId) : undefined;
}

/** Amazon S3 User Guide, CloudTrail log file entries: the object, and the bucket with whose it is. */
function objectsOf({ input = {}, place, caller }: AuditEntry): string {
  const { Bucket: bucket, Key: key } = input;
  if (typeof bucket !== 'string') return '';
  const arn = `arn:${place === undefined ? 'aws' : partitionOf(place.region)}:s3:::${bucket}`;
  const ofBucket = resource(caller?.accountId, 'AWS::S3::Bucket', arn);
  if (typeof key !== 'string') return ofBucket;
  return `${resource(undefined, 'AWS::S3::Object', `${arn}/${key}`)},${ofBucket}`;
}

function resource(accountId: AccountId | undefined, type: string, ARN: string): string {
  return JSON.stringify({ accountId, type, ARN });
}
