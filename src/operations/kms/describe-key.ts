/** Shows a key. Source: AWS KMS API Reference, DescribeKey. */
import { operation, readingErrors } from '#call/operation.ts';
import { inAnyState } from '#keys/states.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { keyMetadata } from './key-metadata.ts';

export const describeKey = operation({
  name: 'DescribeKey',
  keys: { key: { source: { from: 'identifier', member: 'KeyId' }, states: inAnyState, crossAccount: true } },
  input: structure({ KeyId: shapes.keyId, GrantTokens: optional(shapes.grantTokens) }),
  output: structure({ KeyMetadata: shapes.keyMetadata }),
  errors: readingErrors,
  run: ({ keys: { key } }) => ({ KeyMetadata: keyMetadata(key) }),
});
