/** The ARNs of those who act in accounts. Source: IAM User Guide, IAM identifiers. */
import type { AccountId } from '#model/arn.ts';
import type { PolicyReference } from '#storage/store.ts';

/** Where ARNs belong: `aws`, `aws-cn`, …, and an account. */
export interface Realm {
  readonly partition: string;
  readonly accountId: AccountId;
}

export type NamedKind = 'user' | 'role' | 'group' | 'policy';

/** `arn:aws:iam::111122223333:role/team/App`. The path begins and ends with a slash. */
export function entityArn(
  { partition, accountId }: Realm,
  kind: NamedKind,
  { path, name }: { readonly path: string; readonly name: string },
): string {
  return `arn:${partition}:iam::${accountId}:${kind}${path}${name}`;
}

export function accountRootArn({ partition, accountId }: Realm): string {
  return `arn:${partition}:iam::${accountId}:root`;
}

/** Without the role's path. */
export function assumedRoleArn({ partition, accountId }: Realm, roleName: string, sessionName: string): string {
  return `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

export function federatedUserArn({ partition, accountId }: Realm, name: string): string {
  return `arn:${partition}:sts::${accountId}:federated-user/${name}`;
}

export function policyReference(accountId: string, path: string, name: string): PolicyReference {
  return `${accountId}:policy${path}${name}`;
}

export function policyArn(partition: string, reference: PolicyReference): string {
  return `arn:${partition}:iam::${reference}`;
}

/** What an ARN says of a managed policy; undefined where it is not the ARN of one. */
export function parsePolicyArn(
  arn: string,
): { readonly reference: PolicyReference; readonly owner: string; readonly name: string } | undefined {
  const [, reference, owner, name] =
    /^arn:aws[a-z-]*:iam::((aws|\d{12}):policy\/(?:[!-.0-~]+\/)*([\w+=,.@-]+))$/.exec(arn) ?? [];
  return reference === undefined || owner === undefined || name === undefined ? undefined : { reference, owner, name };
}
