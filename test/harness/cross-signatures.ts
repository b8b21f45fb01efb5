/** Signatures of the service and a counterpart, over every algorithm and message type that a key has. */
import { randomBytes } from 'node:crypto';
import { type MessageType, messageRule, type SigningAlgorithm } from '#crypto/signing/signing.ts';
import { specRow } from '#crypto/specs.ts';
import { standIn } from './counterpart.ts';
import { altered, type Cross, read, write } from './cross.ts';

const messageTypes: readonly MessageType[] = ['RAW', 'DIGEST', 'EXTERNAL_MU'];
const wrongSignature = 'KMSInvalidSignatureException';

export function typesOf(algorithm: SigningAlgorithm): readonly MessageType[] {
  return messageTypes.filter((type) => messageRule(algorithm, type) !== undefined);
}

export function algorithmsOf(spec: string): readonly SigningAlgorithm[] {
  return (specRow(spec).algorithms.SIGN_VERIFY ?? []) as readonly SigningAlgorithm[]; // a row's algorithms are of its usage
}

interface Scheme {
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
}

/** Each signature made with any message type is verified by the other side with all of them. */
export async function crossSignatures(cross: Cross, spec: string, algorithm: SigningAlgorithm): Promise<void> {
  for (const messageType of typesOf(algorithm)) await crossOne(cross, spec, { algorithm, messageType });
}

async function crossOne(cross: Cross, spec: string, scheme: Scheme): Promise<void> {
  const { kms, tool } = cross;
  const [mine, stranger] = [await cross.theirs(spec), await cross.ours(spec)];
  const KeyId = await mine.keyFor('SIGN_VERIFY');
  const publicKey = await cross.publicKey(KeyId);
  const strangersKey = await stranger.keyFor('SIGN_VERIFY');
  const message = randomBytes(1000);
  const toSign = ({ algorithm, messageType }: Scheme, text: Uint8Array = message) => {
    return { algorithm, messageType, message: standIn(algorithm, messageType, publicKey, text) };
  };
  const same = typesOf(scheme.algorithm).map((messageType) => ({ ...scheme, messageType }));
  const others = algorithmsOf(spec)
    .filter((algorithm) => algorithm !== scheme.algorithm)
    .flatMap((algorithm) => {
      const types = typesOf(algorithm);
      const [messageType] = types.includes(scheme.messageType) ? [scheme.messageType] : types;
      return messageType === undefined ? [] : [{ algorithm, messageType }];
    });

  const ours = read((await kms.ok('Sign', { KeyId, ...inApi(toSign(scheme)) })).Signature);
  for (const one of same) cross.takesOurs(await tool.verify(toSign(one), publicKey, ours), nameOf(spec, one));
  const signed = toSign(scheme);
  const refused = [
    [signed, publicKey, altered(ours)],
    [toSign(scheme, altered(message)), publicKey, ours],
    [signed, stranger.publicKey, ours],
    ...others.filter((one) => cross.tool.knows(one.algorithm)).map((one) => [toSign(one), publicKey, ours] as const),
  ] as const;
  for (const [one, key, signature] of refused) {
    cross.refusesOurs(await tool.verify(one, key, signature), `${nameOf(spec, scheme)} as ${nameOf(spec, one)}`);
  }

  const theirs = await tool.sign(signed, mine.privateKey);
  const ask = (one: Scheme, text: Uint8Array = message) => ({
    KeyId,
    ...inApi(toSign(one, text)),
    Signature: write(theirs),
  });
  for (const one of same) await cross.takesTheirs('Verify', ask(one));
  const asked = ask(scheme);
  const wrong = [
    { ...asked, Signature: write(altered(theirs)) },
    { ...asked, Signature: write(theirs.subarray(0, -1)) },
    ask(scheme, altered(message)),
    { ...asked, KeyId: strangersKey },
    ...others.map((one) => ask(one)),
  ];
  for (const one of wrong) await cross.refusesTheirs('Verify', one, wrongSignature);
  await crossMisuse(cross, asked);
}

/** What is refused whatever the signature is. */
async function crossMisuse(cross: Cross, asked: ReturnType<typeof inApi> & { readonly Signature: string }) {
  const { SigningAlgorithm, MessageType, Message } = asked;
  const foreign = SigningAlgorithm === 'SM2DSA' ? 'ECDSA_SHA_256' : 'SM2DSA';
  const notForIt = { ...asked, SigningAlgorithm: foreign };
  await cross.refusesTheirs('Verify', notForIt, 'InvalidKeyUsageException');
  await cross.refusesTheirs('Verify', { ...asked, KeyId: await cross.wrappingKey() }, 'InvalidKeyUsageException');
  const unfit = messageTypes.filter((type) => !typesOf(SigningAlgorithm).includes(type));
  const invalid = [
    { ...asked, Message: '' },
    { ...asked, Signature: '' },
    ...unfit.map((one) => ({ ...asked, MessageType: one })),
    ...(MessageType === 'RAW' ? [] : [{ ...asked, Message: write(read(Message).subarray(1)) }]),
  ];
  for (const one of invalid) await cross.refusesTheirs('Verify', one, 'ValidationException');
}

function inApi({ algorithm, messageType, message }: Scheme & { readonly message: Uint8Array }) {
  return { SigningAlgorithm: algorithm, MessageType: messageType, Message: write(message) };
}

const nameOf = (spec: string, { algorithm, messageType }: Scheme) => `${algorithm} ${messageType} of ${spec}`;
