/** The user name that an event is found under. Source: AWS CloudTrail User Guide, CloudTrail userIdentity element; LookupEvents. */
import type { AuditEvent } from '#audit/event.ts';

/** Of a user the name, of a session its name, `root`; undefined of others. */
export function usernameOf({ userIdentity }: Pick<AuditEvent, 'userIdentity'>): string | undefined {
  const { type, userName, arn } = userIdentity;
  switch (type) {
    case 'Root':
      return 'root';
    case 'IAMUser':
      return typeof userName === 'string' ? userName : undefined;
    case 'AssumedRole':
    case 'FederatedUser':
      return typeof arn === 'string' ? arn.slice(arn.lastIndexOf('/') + 1) : undefined;
    default:
      return undefined;
  }
}
