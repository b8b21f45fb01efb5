/**
 * What credentials of some kinds cannot be used for, whatever policies say. Source: IAM User Guide, Compare AWS STS
 * credentials.
 */
import type { Principal } from '#model/principal.ts';

/** The operations of STS that the sessions of these operations may call; of IAM they may call none without MFA. */
const ofSts: ReadonlyMap<string, readonly string[]> = new Map([
  ['GetFederationToken', ['GetCallerIdentity']],
  ['GetSessionToken', ['AssumeRole', 'GetCallerIdentity']],
]);

export function mayCall({ session }: Principal, service: 'iam' | 'sts', operationName: string): boolean {
  const allowed = session && ofSts.get(session.by);
  return allowed === undefined || (service === 'sts' && allowed.includes(operationName));
}
