/** Roles as those who want to assume them name them. Source: IAM User Guide, IAM ARNs. */

import type { Realm } from '#identity/names.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import type { Reader, RoleRecord } from '#storage/store.ts';

export interface RoleArn {
  readonly realm: Realm;
  readonly path: string;
  readonly name: string;
}

/** Undefined for what is not the ARN of a role. */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const [, partition, account, path, name] =
    /^arn:(aws[a-z-]*):iam::(\d{12}):role(\/(?:[!-~]+\/)?)([\w+=,.@-]+)$/.exec(arn) ?? [];
  const accountId: AccountId | undefined = parseAccountId(account ?? '');
  if (partition === undefined || accountId === undefined || path === undefined || name === undefined) return undefined;
  return { realm: { partition, accountId }, path, name };
}

/** Names in ARNs are compared by case, path included. Undefined where there is no such role. */
export async function findRole(reader: Reader, { realm, path, name }: RoleArn): Promise<RoleRecord | undefined> {
  const record = await reader.get('roles', [realm.accountId, name.toLowerCase()]);
  return record?.name === name && record.path === path ? record : undefined;
}
