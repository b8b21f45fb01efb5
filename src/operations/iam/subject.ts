/** Whom an operation on users is about: the one it names, or else whoever calls. Source: IAM API Reference, GetUser. */
import type { Ask } from '#call/query/operation.ts';
import { findEntity, type RecordOf, requireEntity } from '#identity/entities/entities.ts';
import type { Identities } from '#identity/identities.ts';
import { accountRootArn } from '#identity/names.ts';
import { invalid } from '#model/errors.ts';
import { noSuchUser } from '#model/iam-errors.ts';
import { type AnyCall, askEntity, realmOf } from './ask.ts';

/** A user, or the account's root user. */
export type Subject =
  | { readonly kind: 'root'; readonly principal: 'root' }
  | { readonly kind: 'user'; readonly principal: string; readonly user: RecordOf<'user'> };

/** Throws NoSuchEntity, and a ValidationException where no user is named and the caller is none. */
export async function subjectOf(call: AnyCall, { vault }: Identities, userName: string | undefined): Promise<Subject> {
  const { caller, place } = call;
  if (userName !== undefined) return asSubject(await requireEntity(vault.store, 'user', place.accountId, userName));
  if (caller.kind === 'root') return { kind: 'root', principal: 'root' };
  if (caller.kind !== 'user') throw invalid('Must specify userName when calling with non-User credentials');
  // By id: the caller may have been renamed since it was looked up.
  const named = await vault.store.get('principals', [caller.uniqueId]);
  const user = named && (await findEntity(vault.store, 'user', place.accountId, named.name));
  if (user === undefined) throw noSuchUser(caller.userName ?? caller.uniqueId);
  return asSubject(user);
}

function asSubject(user: RecordOf<'user'>): Subject {
  return { kind: 'user', principal: user.userId, user };
}

/** What an operation on the subject asks. */
export async function askSubject(
  call: AnyCall,
  identities: Identities,
  userName: string | undefined,
): Promise<readonly Ask[]> {
  if (userName !== undefined) return [await askEntity(call, identities, { kind: 'user', name: userName })];
  const subject = await subjectOf(call, identities, undefined);
  if (subject.kind === 'root') return [{ resource: accountRootArn(realmOf(call)) }];
  return [await askEntity(call, identities, { kind: 'user', name: subject.user.name })];
}
