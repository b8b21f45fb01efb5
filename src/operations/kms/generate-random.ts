/** Gives random bytes. Source: AWS KMS API Reference, GenerateRandom. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { asksInGeneral, operation } from '#call/operation.ts';
import { randomBytes } from '#crypto/random.ts';
import { invalid, noCustomKeyStores } from '#model/errors.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { giveOut } from './recipient.ts';

export const generateRandom = operation({
  name: 'GenerateRandom',
  keys: {},
  input: structure({
    NumberOfBytes: optional(shapes.numberOfBytes),
    CustomKeyStoreId: optional(shapes.customKeyStoreId),
    Recipient: optional(shapes.recipient),
  }),
  output: structure({
    Plaintext: optional(shapes.plaintext),
    CiphertextForRecipient: optional(shapes.ciphertext),
  }),
  errors: ['KMSInternalException', 'UnsupportedOperationException'],
  asks: asksInGeneral,
  run({ input, attestation }) {
    if (input.CustomKeyStoreId !== undefined) throw noCustomKeyStores();
    if (input.NumberOfBytes === undefined) throw invalid('NumberOfBytes is required.');
    const { inClear, CiphertextForRecipient } = giveOut(attestation, new SecretBytes(randomBytes(input.NumberOfBytes)));
    return { Plaintext: inClear, CiphertextForRecipient };
  },
});
