/** What decided about a request, for additionalEventData: callers are told less, those who read the trail all of it. */
import type { Permission } from '#authorization/policy/verdict.ts';
import type { AuditEntry } from '#call/audit.ts';

const known = new WeakMap<Permission, string>();

/** Members of additionalEventData, each as JSON with its name. */
export function decisionOf({ permissions, refusal }: AuditEntry): readonly string[] {
  if (refusal?.reason !== undefined) return [`"refusedBecause":${asJson(refusal.reason)}`];
  if (permissions === undefined) return [];
  const decisions = Object.entries(permissions).map(([slot, permission]) => `"${slot}":${jsonOf(permission)}`);
  return decisions.length === 0 ? [] : [`"permittedBy":{${decisions.join(',')}}`];
}

function jsonOf(permission: Permission): string {
  const found = known.get(permission);
  if (found !== undefined) return found;
  const { by, keyStatement, identityStatement, grantId } = permission;
  const json = JSON.stringify({ by, keyStatement, identityStatement, grantId });
  known.set(permission, json);
  return json;
}

/** Verdicts come as JSON already; other reasons are texts. */
function asJson(reason: string): string {
  return reason.startsWith('{') ? reason : JSON.stringify(reason);
}
