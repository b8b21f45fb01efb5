/**
 * What decided about a request, for additionalEventData: callers are told less, those who read the trail all of it, as far as it
 * is of their account.
 */
import type { Permission } from '#authorization/policy/verdict.ts';
import type { AuditEntry } from '#call/audit.ts';
import type { AccountId } from '#model/arn.ts';
import { roleAccountOf } from './resources.ts';

const known = new WeakMap<Permission, string>();

/**
 * A member of additionalEventData, as JSON with its name; empty where there is none. For the trail of one of several accounts, what it
 * may know.
 */
export function decisionOf(entry: AuditEntry, recipient?: AccountId): string {
  const { permissions, refusal, caller, webIdentity } = entry;
  // Which access keys there are is not told to whoever reads the trail that the requests of nobody are in.
  if (caller === undefined && webIdentity === undefined) return '';
  if (refusal?.reason !== undefined) return reasonOf(refusal.reason);
  if (permissions === undefined) return '';
  let decisions = '';
  for (const slot in permissions) {
    const permission = permissions[slot];
    const json = permission && (recipient === undefined ? jsonOf(permission) : jsonFor(recipient, entry, slot));
    if (json !== undefined) decisions += `${decisions === '' ? '' : ','}"${slot}":${json}`;
  }
  return decisions === '' ? '' : `"permittedBy":{${decisions}}`;
}

function jsonOf(permission: Permission): string {
  const found = known.get(permission);
  if (found !== undefined) return found;
  const { by, keyStatement, identityStatement, grantId } = permission;
  const json = JSON.stringify({ by, keyStatement, identityStatement, grantId });
  known.set(permission, json);
  return json;
}

/** The policies of an account are nothing to another. */
function jsonFor(recipient: AccountId, entry: AuditEntry, slot: string): string | undefined {
  const { permissions, keys, caller } = entry;
  const { by, keyStatement, identityStatement, grantId } = permissions?.[slot] ?? {};
  const owner = keys?.[slot]?.place.accountId ?? roleAccountOf(entry) ?? caller?.accountId;
  const [isOwner, isCaller] = [owner === recipient, caller?.accountId === recipient];
  if (!isOwner && !isCaller) return undefined;
  return JSON.stringify({ by, ...(isOwner && { keyStatement }), ...(isCaller && { identityStatement }), grantId });
}

/**
 * Verdicts come as JSON already; other reasons are texts. A verdict across accounts is not told, because there would be none if
 * what was asked for did not exist.
 */
function reasonOf(reason: string): string {
  if (!reason.startsWith('{')) return `"refusedBecause":${JSON.stringify(reason)}`;
  const { isAllowed: _, isCrossAccount, ...verdict } = JSON.parse(reason);
  return isCrossAccount ? '' : `"refusedBecause":${JSON.stringify(verdict)}`;
}
