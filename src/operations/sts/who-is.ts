/** Questions of identity. Source: STS API Reference, GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage. */
import { queryOperation } from '#call/query/operation.ts';
import { invalid } from '#model/errors.ts';
import { optional, string, structure } from '#model/schema.ts';
import { invalidAuthorizationMessage } from '#model/sts-errors.ts';
import * as shapes from './shapes.ts';

/** Needs no permission, and cannot be denied. */
export const getCallerIdentity = queryOperation({
  name: 'GetCallerIdentity',
  input: structure({}),
  output: structure({ UserId: optional(shapes.text), Account: optional(shapes.text), Arn: optional(shapes.arn) }),
  errors: [],
  run: ({ caller: { userId, accountId, arn } }) => ({ UserId: userId, Account: accountId, Arn: arn }),
});

// Diverges: access-key-info
export const getAccessKeyInfo = queryOperation({
  name: 'GetAccessKeyInfo',
  input: structure({ AccessKeyId: shapes.accessKeyId }),
  output: structure({ Account: optional(shapes.text) }),
  errors: [],
  asks: () => [{ resource: '*' }],
  async run({ input: { AccessKeyId }, caller }, { vault }) {
    const record = await vault.store.get('accessKeys', [AccessKeyId]);
    if (record?.accountId !== caller.accountId) throw invalid('The access key is not known to this account.');
    return { Account: record.accountId };
  },
});

/** Refusals come without an encoded message, so nobody can have one to decode. */
// Diverges: authorization-messages
export const decodeAuthorizationMessage = queryOperation({
  name: 'DecodeAuthorizationMessage',
  input: structure({ EncodedMessage: string({ min: 1, max: 10_240, sensitive: true }) }),
  output: structure({ DecodedMessage: optional(shapes.text) }),
  errors: ['InvalidAuthorizationMessageException'],
  asks: () => [{ resource: '*' }],
  run() {
    throw invalidAuthorizationMessage();
  },
});
