/**
 * Whether the environment that a request names as its recipient is attested. It comes before the question of permission,
 * whose conditions look at what the document says. Source: AWS KMS API Reference, RecipientInfo.
 */
import type { Awaitable } from '#base/after.ts';
import { AttestationError } from '#crypto/attestation/attestation-error.ts';
import type { Attestation, AttestationVerifier } from '#crypto/attestation/verify.ts';
import { inLane } from '#crypto/heavy.ts';
import { invalidAttestation } from '#model/errors.ts';
import { requireMember } from '#model/schema.ts';
import type { Attested, Located } from './stages.ts';

/** Throws ValidationException for a document that is not genuine. */
export function attest(located: Located, verifier: AttestationVerifier): Awaitable<Attested> {
  const recipient = located.input['Recipient'];
  if (recipient === undefined) return { ...located, attestation: undefined };
  const lane = { name: located.place.accountId, hasWaited: false };
  const attestation = inLane(lane, () => attestationOf(Object(recipient), verifier));
  return attestation.then((genuine) => ({ ...located, attestation: genuine }));
}

async function attestationOf(
  recipient: Readonly<Record<string, unknown>>,
  verifier: AttestationVerifier,
): Promise<Attestation> {
  requireMember('recipient.keyEncryptionAlgorithm', recipient['KeyEncryptionAlgorithm']); // there is only one
  const document = requireMember('recipient.attestationDocument', recipient['AttestationDocument']);
  try {
    return await verifier.verify(Object(document));
  } catch (error) {
    if (error instanceof AttestationError) throw invalidAttestation(error.message);
    throw error;
  }
}
