/** Access keys. Source: IAM API Reference, CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys. */
import { type QueryCall, queryOperation } from '#call/query/operation.ts';
import {
  type AccessKeyRecord,
  createAccessKey,
  deleteAccessKey,
  type KeyOwner,
  listAccessKeys,
  setAccessKeyActive,
} from '#identity/access-keys.ts';
import { findEntity, type RecordOf } from '#identity/entities/entities.ts';
import type { Identities } from '#identity/identities.ts';
import { accountRootArn } from '#identity/names.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { invalidInput, noSuchAccessKey } from '#model/iam-errors.ts';
import { list, optional, structure } from '#model/schema.ts';
import { type AnyCall, askEntity, realmOf } from './ask.ts';
import * as shapes from './shapes.ts';
import { askSubject, type Subject, subjectOf } from './subject.ts';

interface OfSomeone {
  readonly UserName?: string | undefined;
}

const asks = (call: QueryCall<OfSomeone>, identities: Identities) => askSubject(call, identities, call.input.UserName);

export const accessKeyOperations = [
  queryOperation({
    name: 'CreateAccessKey',
    input: structure({ UserName: optional(shapes.userName) }),
    output: structure({ AccessKey: shapes.accessKey }),
    errors: ['LimitExceeded', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const subject = await subjectOf(call, identities, call.input.UserName);
      const { record, secret } = await createAccessKey(identities, ownerOf(call, subject));
      return { AccessKey: { ...shownAccessKey(record, nameOf(subject)), SecretAccessKey: secret } };
    },
  }),
  queryOperation({
    name: 'UpdateAccessKey',
    input: structure({
      UserName: optional(shapes.userName),
      AccessKeyId: shapes.accessKeyId,
      Status: shapes.status,
    }),
    errors: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const { UserName, AccessKeyId: accessKeyId, Status } = call.input;
      if (Status === 'Expired') throw invalidInput('The status of an access key can be set to Active or Inactive.');
      const subject = await subjectOf(call, identities, UserName);
      await setAccessKeyActive(identities, ownerOf(call, subject), { accessKeyId, isActive: Status === 'Active' });
      return {};
    },
  }),
  queryOperation({
    name: 'DeleteAccessKey',
    input: structure({ UserName: optional(shapes.userName), AccessKeyId: shapes.accessKeyId }),
    errors: ['DeleteConflict', 'LimitExceeded', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const subject = await subjectOf(call, identities, call.input.UserName);
      await deleteAccessKey(identities, ownerOf(call, subject), call.input.AccessKeyId);
      return {};
    },
  }),
  queryOperation({
    name: 'ListAccessKeys',
    input: structure({ UserName: optional(shapes.userName), ...shapes.pageWish }),
    output: structure({ AccessKeyMetadata: list(shapes.accessKeyMetadata), ...shapes.pageEnd }),
    errors: ['NoSuchEntity'],
    asks,
    async run(call, identities) {
      const subject = await subjectOf(call, identities, call.input.UserName);
      const records = await listAccessKeys(identities.vault.store, ownerOf(call, subject));
      const { items, ...page } = await readIamPageOf(
        identities,
        ['ListAccessKeys', call.place.accountId, subject.principal],
        call.input,
        records.map((record) => [record.accessKeyId, record]),
      );
      return { AccessKeyMetadata: items.map(({ item }) => shownAccessKey(item, nameOf(subject))), ...page };
    },
  }),
  queryOperation({
    name: 'GetAccessKeyLastUsed',
    input: structure({ AccessKeyId: shapes.accessKeyId }),
    output: structure({
      UserName: optional(shapes.userName),
      AccessKeyLastUsed: optional(
        structure({ LastUsedDate: optional(shapes.date), ServiceName: shapes.text, Region: shapes.text }),
      ),
    }),
    errors: ['NoSuchEntity'],
    async asks(call, identities) {
      const holder = await holderOf(call, identities, call.input.AccessKeyId);
      if (holder === undefined) return [{ resource: '*' }];
      if (holder === 'root') return [{ resource: accountRootArn(realmOf(call)) }];
      return [await askEntity(call, identities, { kind: 'user', name: holder.name })];
    },
    async run(call, identities) {
      const holder = await holderOf(call, identities, call.input.AccessKeyId);
      if (holder === undefined) throw noSuchAccessKey(call.input.AccessKeyId);
      // Diverges: last-used
      const AccessKeyLastUsed = { ServiceName: 'N/A', Region: 'N/A' };
      return { UserName: holder === 'root' ? undefined : holder.name, AccessKeyLastUsed };
    },
  }),
];

function ownerOf({ place }: AnyCall, { principal }: Subject): KeyOwner {
  return { accountId: place.accountId, principal };
}

function nameOf(subject: Subject): string | undefined {
  return subject.kind === 'root' ? undefined : subject.user.name;
}

function shownAccessKey({ accessKeyId, isInactive, createdAtMs }: AccessKeyRecord, UserName: string | undefined) {
  const Status = isInactive === true ? ('Inactive' as const) : ('Active' as const);
  return { UserName, AccessKeyId: accessKeyId, Status, CreateDate: createdAtMs };
}

/** Whose access key of the caller's account it is; undefined for one that the account does not have. */
async function holderOf(
  { place: { accountId } }: AnyCall,
  { vault: { store } }: Identities,
  accessKeyId: string,
): Promise<RecordOf<'user'> | 'root' | undefined> {
  const record = await store.get('accessKeys', [accessKeyId]);
  if (record?.accountId !== accountId) return undefined;
  if (record.principal === 'root') return 'root';
  const named = await store.get('principals', [record.principal]);
  return named && findEntity(store, 'user', accountId, named.name);
}
