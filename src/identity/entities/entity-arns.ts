/** Users, roles and groups by their ARNs. Source: IAM User Guide, IAM identifiers. */

import type { Realm } from '#identity/names.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import { invalidInput, noSuchEntity } from '#model/iam-errors.ts';
import type { Reader } from '#storage/store.ts';
import { type EntityKind, findEntity, type RecordOf } from './entities.ts';

export interface EntityArn {
  readonly partition: string;
  readonly accountId: AccountId;
  readonly kind: EntityKind;
  readonly path: string;
  readonly name: string;
}

/** Undefined for what is no ARN of a user, role or group. */
export function parseEntityArn(arn: string): EntityArn | undefined {
  const [, partition = '', account = '', kind, path = '', name = ''] =
    /^arn:(aws[a-z-]*):iam::(\d{12}):(user|role|group)(\/(?:[!-.0-~]+\/)*)([\w+=,.@-]+)$/.exec(arn) ?? [];
  const accountId = parseAccountId(account);
  if (accountId === undefined) return undefined;
  return { partition, accountId, kind: kind as EntityKind, path, name }; // one of the pattern's three
}

export type KnownEntity = {
  readonly [K in EntityKind]: { readonly kind: K; readonly record: RecordOf<K> };
}[EntityKind];

/** Names in ARNs are compared by case, path included. Throws InvalidInput and NoSuchEntity. */
export async function requireEntityByArn(reader: Reader, realm: Realm, arn: string): Promise<KnownEntity> {
  const parsed = parseEntityArn(arn);
  if (parsed === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  const { partition, accountId, kind, path, name } = parsed;
  const isHere = partition === realm.partition && accountId === realm.accountId;
  const record = isHere ? await findEntity(reader, kind, accountId, name) : undefined;
  if (record?.path !== path || record.name !== name) throw noSuchEntity(`The entity ${arn} cannot be found.`);
  return { kind, record } as KnownEntity; // read by its kind
}
