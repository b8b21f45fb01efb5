/** Signs and verifies with any algorithm. Source: AWS KMS API Reference, Sign and Verify. */
import type { KeyObject } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { type MessageType, type SigningAlgorithm, signingAlgorithms } from './algorithms.ts';
import type { Method } from './method.ts';

export type { MessageType, SigningAlgorithm } from './algorithms.ts';

export interface Signing {
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  /** The message, its digest or its μ, by the message type. */
  readonly message: SecretBytes | Uint8Array;
}

/** What an algorithm takes as a message of a type. */
export interface MessageRule {
  /** The exact length, where it is fixed. */
  readonly bytes?: number;
}

/** What the algorithm takes as a message of this type, or undefined where it has no use for the type. */
export function messageRule(algorithm: SigningAlgorithm, messageType: MessageType): MessageRule | undefined {
  return signingAlgorithms.get(algorithm)?.[messageType];
}

/**
 * The signature. Message type and length are as `messageRule` says, and the key fits the algorithm. A secret message must
 * not be wiped before the promise is settled.
 */
export function signMessage(signing: Signing, privateKey: KeyObject): Buffer | Promise<Buffer> {
  const message = bytesOf(signing);
  return methodFor(signing, message).sign(message, privateKey);
}

/** Whether that is a signature of the message. Never throws for a malformed one. */
export function verifySignature(
  signing: Signing & { readonly signature: Uint8Array },
  publicKey: KeyObject,
): boolean | Promise<boolean> {
  const message = bytesOf(signing);
  return methodFor(signing, message).verify(message, publicKey, signing.signature);
}

function bytesOf({ message }: Signing): Uint8Array {
  return message instanceof SecretBytes ? message.reveal() : message;
}

function methodFor({ algorithm, messageType }: Signing, message: Uint8Array): Method {
  const method = signingAlgorithms.get(algorithm)?.[messageType];
  if (method === undefined) throw new TypeError(`${algorithm} takes no ${messageType}`);
  if (method.bytes !== undefined && method.bytes !== message.length)
    throw new RangeError(`${algorithm} takes ${messageType} of ${method.bytes} bytes`);
  return method;
}
