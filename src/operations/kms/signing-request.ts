/** What Sign and Verify have in common: a message, and whether key and algorithm take it. */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { type MessageType, messageRule, type Signing, type SigningAlgorithm } from '#crypto/signing/signing.ts';
import { requireAlgorithm } from '#keys/material.ts';
import type { UsableKey } from '#keys/require.ts';
import { invalidDigest, invalidMessageType } from '#model/errors.ts';

export interface SigningRequest {
  readonly Message: SecretBytes;
  readonly MessageType?: MessageType | undefined;
  readonly SigningAlgorithm: SigningAlgorithm;
}

/**
 * What is to be signed or verified. Throws InvalidKeyUsageException for an algorithm that is not the key's, and
 * ValidationException for a message that is not the algorithm's.
 */
export function requireSigning(key: UsableKey, { Message, MessageType, SigningAlgorithm }: SigningRequest): Signing {
  requireAlgorithm(key, SigningAlgorithm);
  const messageType = MessageType ?? 'RAW';
  const rule = messageRule(SigningAlgorithm, messageType);
  if (rule === undefined) throw invalidMessageType(messageType, SigningAlgorithm);
  if (rule.bytes !== undefined && rule.bytes !== Message.length) throw invalidDigest(SigningAlgorithm);
  return { algorithm: SigningAlgorithm, messageType, message: Message };
}
