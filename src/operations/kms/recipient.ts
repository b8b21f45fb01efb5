/**
 * How an answer gives out a secret: in clear, or where the request has a Recipient, for the attested environment alone.
 * Source: AWS KMS Developer Guide, Cryptographic attestation support in AWS KMS.
 */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { sealFor } from '#crypto/attestation/enveloped-data.ts';
import type { Attestation } from '#crypto/attestation/verify.ts';

/** One of the two is there. A secret that is not given out in clear has been wiped. */
export interface GivenOut {
  readonly inClear?: SecretBytes;
  readonly CiphertextForRecipient?: Uint8Array;
}

export function giveOut(attestation: Attestation | undefined, secret: SecretBytes): GivenOut {
  if (attestation === undefined) return { inClear: secret };
  using sealed = secret;
  return { CiphertextForRecipient: sealFor(attestation.publicKey, sealed) };
}
