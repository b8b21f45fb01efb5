/** New temporary credentials. Source: STS API Reference, Credentials, PackedPolicySize. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { randomText } from '#identity/entities/entities.ts';
import type { Identities } from '#identity/identities.ts';
import { mostTokenBytes, type Session, sealSession } from '#identity/sessions/sessions.ts';
import { packedPolicyTooLarge } from '#model/sts-errors.ts';

/** A session before it begins. */
export type Plan = Omit<Session, 'secret' | 'issuedAtMs' | 'expiresAtMs'>;

/** Members of the answer. Throws PackedPolicyTooLarge where policies, tags and the rest do not fit into a token. */
export function newSession(identities: Identities, plan: Plan, durationSeconds: number) {
  // aws:TokenIssueTime has whole seconds, and so has Expiration on the wire.
  const issuedAtMs = Math.floor(identities.vault.clock.now() / 1000) * 1000;
  const expiresAtMs = issuedAtMs + durationSeconds * 1000;
  const accessKeyId = `ASIA${randomText(16)}`;
  const secret = randomBytes(30).toString('base64');
  const { token, bytes } = sealSession(identities, accessKeyId, { ...plan, issuedAtMs, expiresAtMs, secret });
  // Diverges: packed-policy-size
  const percent = Math.ceil((bytes * 100) / mostTokenBytes);
  if (percent > 100) throw packedPolicyTooLarge(percent);
  const isPacked = plan.policies !== undefined || plan.tags.length > 0;
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: new SecretBytes(Buffer.from(secret)),
      SessionToken: token,
      Expiration: expiresAtMs,
    },
    ...(isPacked ? { PackedPolicySize: percent } : {}),
  };
}
