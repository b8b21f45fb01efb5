/**
 * The people, keys and policies of the cases in the authorization dossier, and the table form that the cases are written
 * in. Account A owns the key K; the operation is Decrypt and the caller is of A unless a case says otherwise.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompiledPolicy, compilePolicy } from '#authorization/policy/compile.ts';
import type { NamedPolicy } from '#authorization/policy/consult.ts';
import { decideOnKey, decideWithoutKey, type GrantMatch } from '#authorization/policy/decide.ts';
import type { PolicyKind } from '#authorization/policy/document.ts';
import { parsePolicyDocument } from '#authorization/policy/parse.ts';
import type { Verdict } from '#authorization/policy/verdict.ts';
import { parseAccountId } from '#model/arn.ts';
import type { Caller, FederatedUserCaller, RoleSessionCaller, UserCaller } from '#model/principal.ts';

function account(text: string) {
  const id = parseAccountId(text);
  assert(id);
  return id;
}

export const A = account('111122223333');
export const B = account('444455556666');
export const keyArn = `arn:aws:kms:us-west-2:${A}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

export function user(name: string, accountId = A): UserCaller {
  const uniqueId = `AIDA${accountId}${name.toUpperCase()}`;
  return { kind: 'user', accountId, arn: `arn:aws:iam::${accountId}:user/${name}`, uniqueId, hasBoundary: false };
}

/** A session of the role A:role/team/App. */
export function session(name: string, uniqueId = 'AROAFIRSTAPP'): RoleSessionCaller {
  const arn = `arn:aws:sts::${A}:assumed-role/App/${name}`;
  return { kind: 'role-session', accountId: A, arn, role: { arn: role, uniqueId }, hasBoundary: false };
}

export const role = `arn:aws:iam::${A}:role/team/App`;
export const alice = user('Alice');
export const bob = user('Bob');
export const xOfB = user('X', B);
export const root = (accountId = A): Caller => ({ kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` });
export const federated: FederatedUserCaller = {
  kind: 'federated-user',
  accountId: A,
  arn: `arn:aws:sts::${A}:federated-user/Alice`,
  user: { arn: alice.arn, uniqueId: alice.uniqueId },
  hasBoundary: false,
};

type Json = Readonly<Record<string, unknown>>;

/** Statements of the kinds that the cases are about. Later members replace those before. */
export const allow = (more: Json = {}): Json => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more });
export const deny = (more: Json = {}): Json => allow({ Effect: 'Deny', ...more });
export const to = (...names: readonly string[]) => ({ Principal: { AWS: names } });
export const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
export const delegation = allow(to(`arn:aws:iam::${A}:root`));

/** One case and one thing asked in it. */
export interface Case {
  /** The number in the dossier. */
  readonly case: number;
  readonly title: string;
  readonly expect: string;
  readonly caller?: Caller;
  readonly action?: string;
  /** Statements of the key policy. Undefined: the question is not about a key. */
  readonly key?: readonly Json[];
  readonly identity?: readonly Json[];
  readonly boundary?: readonly Json[];
  readonly session?: readonly Json[];
  readonly serviceControl?: readonly Json[];
  readonly resourceControl?: readonly Json[];
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly resource?: string;
  readonly grants?: readonly GrantMatch[];
  readonly version?: string;
  /** Unique ids that the principals had when the key policy was written. */
  readonly uniqueIds?: ReadonlyMap<string, string>;
}

const crossAccount = /:(Encrypt|Decrypt|DescribeKey|GetKeyRotationStatus|ReEncrypt|CreateGrant)/;

export function policy(kind: PolicyKind, statements: readonly Json[], one: Partial<Case> = {}): CompiledPolicy {
  const { version = '2012-10-17', uniqueIds = new Map() } = one;
  const head = version === '' ? {} : { Version: version };
  const text = JSON.stringify({ ...head, Statement: statements });
  return compilePolicy(parsePolicyDocument(text, kind), { knownActions: new Set(), uniqueIds });
}

export function verdictOn(one: Case): Verdict {
  const own: Caller = one.caller ?? alice;
  const caller = one.boundary && own.kind === 'user' ? { ...own, hasBoundary: true } : own;
  const named = (kind: PolicyKind, statements: readonly Json[] | undefined): NamedPolicy | undefined =>
    statements && { name: 'p', policy: policy(kind, statements, one) };
  const listOf = (value: NamedPolicy | undefined) => (value === undefined ? [] : [value]);
  const boundary = named('identity', one.boundary);
  const scp = named('identity', one.serviceControl);
  const rcp = named('resource-guardrail', one.resourceControl);
  const wish = {
    caller,
    action: one.action ?? 'kms:Decrypt',
    resource: one.resource ?? keyArn,
    context: contextOf(caller, one.context ?? {}),
    own: {
      identity: listOf(named('identity', one.identity)),
      ...(boundary && { boundary }),
      ...(one.session && { session: listOf(named('identity', one.session)) }),
    },
    guardrails: { ...(scp && { serviceControl: [[scp]] }), resourceControl: listOf(rcp) },
  };
  if (one.key === undefined) return decideWithoutKey(wish);
  return decideOnKey({
    ...wish,
    keyAccountId: A,
    keyPolicy: policy('key', one.key, one),
    isCrossAccountCapable: crossAccount.test(wish.action),
    grants: () => one.grants ?? [],
  });
}

/** What the context says of the caller, and then what the case says. */
function contextOf(caller: Caller, more: NonNullable<Case['context']>): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  if ('accountId' in caller) {
    context.set('kms:calleraccount', [caller.accountId]);
    context.set('aws:principalarn', [caller.kind === 'role-session' ? caller.role.arn : caller.arn]);
  }
  if (caller.kind === 'user') context.set('aws:username', [caller.arn.slice(caller.arn.lastIndexOf('/') + 1)]);
  for (const [key, value] of Object.entries(more)) context.set(key.toLowerCase(), [value].flat());
  return context;
}

export function inWords(verdict: Verdict): string {
  if (verdict.isAllowed) return verdict.by;
  return `${verdict.isExplicit ? 'explicit deny' : 'no'} ${verdict.because}`;
}

/** A test for each sentence; several cases may share one. */
export function testCases(cases: readonly Case[]): void {
  for (const title of new Set(cases.map((one) => one.title))) {
    test(title, () => {
      for (const one of cases.filter((other) => other.title === title)) {
        assert.equal(inWords(verdictOn(one)), one.expect, `case ${one.case}: ${JSON.stringify(one)}`);
      }
    });
  }
}
