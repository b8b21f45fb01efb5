/** Judges signature vectors by our own functions: each case in every form that its algorithm takes. */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type MessageType, type SigningAlgorithm, verifySignature } from '#crypto/signing/signing.ts';
import { vectorFile } from '#test/harness/vectors.ts';

export interface SignatureCase {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** Cases of one public key, which is a SubjectPublicKeyInfo in hexadecimal. */
export interface SignatureGroup<C = SignatureCase> {
  readonly publicKeyDer: string;
  readonly tests: readonly C[];
}

export interface SignatureFile<G = SignatureGroup> {
  readonly numberOfTests: number;
  readonly testGroups: readonly G[];
}

/** What of a message each message type takes. */
export type Forms = Readonly<Partial<Record<MessageType, (message: Buffer) => Buffer>>>;

export const whole = (message: Buffer): Buffer => message;

export function messageOrDigest(hash: 'sha256' | 'sha384' | 'sha512'): Forms {
  return { RAW: whole, DIGEST: (message) => createHash(hash).update(message).digest() };
}

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

export function publicKeyOf({ publicKeyDer }: { readonly publicKeyDer: string }): KeyObject {
  return createPublicKey({ key: hex(publicKeyDer), format: 'der', type: 'spki' });
}

/** The parsed file, or undefined, said in one line, where it is not on this machine. */
export function wycheproof<G = SignatureGroup>(name: string): SignatureFile<G> | undefined {
  const file = vectorFile(`wycheproof/${name}_test.json`);
  return file === undefined ? undefined : JSON.parse(file);
}

/** What Wycheproof calls acceptable we refuse: there is one encoding of a signature here. */
const verdicts: ReadonlyMap<string, boolean> = new Map([
  ['valid', true],
  ['invalid', false],
  ['acceptable', false],
]);

/** Asserts that we decide as the case says, in each of its forms. */
export async function judge(
  algorithm: SigningAlgorithm,
  forms: Forms,
  publicKey: KeyObject,
  one: SignatureCase,
): Promise<void> {
  const expected = verdicts.get(one.result);
  assert(expected !== undefined, `case ${one.tcId} has an unknown verdict`);
  for (const [messageType, form] of Object.entries(forms) as [MessageType, (message: Buffer) => Buffer][]) {
    const signing = { algorithm, messageType, message: form(hex(one.msg)) };
    const isValid = await verifySignature({ ...signing, signature: hex(one.sig) }, publicKey);
    assert.equal(isValid, expected, `${algorithm} ${messageType}: case ${one.tcId}`);
  }
}

export interface Tally {
  readonly valid: number;
  readonly invalid: number;
  readonly acceptable: number;
}

/** Judges every case, and counts them by their verdicts. */
export async function judgeAll(
  algorithm: SigningAlgorithm,
  forms: Forms,
  groups: readonly SignatureGroup[],
): Promise<Tally> {
  const tally = { valid: 0, invalid: 0, acceptable: 0 };
  for (const group of groups) {
    const publicKey = publicKeyOf(group);
    for (const one of group.tests) {
      await judge(algorithm, forms, publicKey, one);
      tally[one.result]++;
    }
  }
  return tally;
}
