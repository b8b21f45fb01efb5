/**
 * Session tokens: all that a session is, sealed, so that nothing has to be kept of it and a token survives restarts and
 * restored backups. The caller's policies are not in it, but whom to look up. Source: IAM User Guide, Temporary security
 * credentials; clients must take tokens as opaque.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { utf8 } from '#base/bytes.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import type { Identities } from '#identity/identities.ts';
import type { AccountId } from '#model/arn.ts';
import type { SessionFacts } from '#model/principal.ts';
import type { PolicyReference, TagPairs } from '#storage/store.ts';

export interface Session extends SessionFacts {
  readonly accountId: AccountId;
  /** Whose rights it has: `root`, or the unique id of a user or role. */
  readonly holder: string;
  /** The RoleSessionName of a role's session, the Name of a federated user's. */
  readonly name?: string;
  readonly tags: TagPairs;
  /** Absent if the session was made without any. */
  readonly policies?: SessionPolicies;
  /** The secret access key. */
  readonly secret: string;
}

export interface SessionPolicies {
  readonly inline?: string;
  readonly managed: readonly PolicyReference[];
}

/** What a token may have at most, in bytes before it becomes text: it travels in a header of every request. */
export const mostTokenBytes = 6144;

/** The session token; its `bytes` say how much of `mostTokenBytes` it takes. */
export function sealSession(
  { sessionKey }: Identities,
  accessKeyId: string,
  session: Session,
): { readonly token: string; readonly bytes: number } {
  using packed = new SecretBytes(deflateRawSync(utf8(JSON.stringify(session))));
  const sealed = sessionKey.wrap(packed, ['session', accessKeyId]);
  return { token: sealed.toString('base64url'), bytes: sealed.length };
}

/** The session of a token, expired or not; undefined where we never made this token for this access key. */
export function openSession({ sessionKey }: Identities, accessKeyId: string, token: string): Session | undefined {
  const sealed = Buffer.from(token, 'base64url');
  if (sealed.toString('base64url') !== token) return undefined; // there is one spelling of a token
  using packed = sessionKey.unwrap(sealed, ['session', accessKeyId]);
  return packed === undefined ? undefined : JSON.parse(inflateRawSync(packed.reveal()).toString('utf8'));
}
