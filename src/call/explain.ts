/**
 * Whether someone may do something, and why: what `keywright explain` answers. The verdict is the one that a request would
 * get, and every statement that applies is named. Nothing is done, and nothing is made.
 */
import { policyOf } from '#authorization/key-policy.ts';
import type { RequestContext } from '#authorization/policy/request.ts';
import type { Verdict } from '#authorization/policy/verdict.ts';
import { type MatchedStatement, simulate } from '#authorization/simulate.ts';
import { findPrincipal } from '#identity/find-principal.ts';
import type { Identities } from '#identity/identities.ts';
import type { Keyring } from '#keys/keyring.ts';
import { locateKey } from '#keys/locate.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { partitionOf, type Region } from '#model/arn.ts';
import { invalidArn } from '#model/errors.ts';
import type { Principal } from '#model/principal.ts';
import { grantsFor } from './grants.ts';
import { keyContextOf } from './key-context.ts';
import type { KeyAccess, Operation } from './operation.ts';

export interface ExplainWish {
  /** The ARN of a root user, user, role or session of a role. */
  readonly principal: string;
  /** `kms:Decrypt` */
  readonly action: string;
  /** A key id, key ARN, alias name or alias ARN; absent for actions that are not about a key. */
  readonly key?: string | undefined;
  readonly region: Region;
  readonly encryptionContext: ReadonlyMap<string, string>;
  /** Condition keys of the request besides those that follow from all this, such as `aws:SourceIp`. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

export interface Explanation {
  readonly isAllowed: boolean;
  readonly principal: string;
  readonly action: string;
  /** The ARN of the key; `*` where there is none. */
  readonly resource: string;
  readonly verdict: Verdict;
  /** Every statement that applies, whatever it led to. */
  readonly statements: readonly MatchedStatement[];
  /** Condition keys that statements look at and the request does not have. */
  readonly missingKeys: readonly string[];
}

/** What was asked cannot be answered; the text says why. */
export class ExplainError extends Error {
  override readonly name = 'ExplainError';
}

interface Known {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly keyring: Keyring;
  readonly identities: Identities;
}

/** Throws ExplainError, or the ApiError of a key that is not there. */
export async function explain(wish: ExplainWish, known: Known): Promise<Explanation> {
  const { principal: arn, action, region } = wish;
  const caller = await findPrincipal(known.identities, arn, partitionOf(region));
  if (caller === undefined) throw new ExplainError(`There is no root user, user or role ${arn}.`);
  const { operation, access } = findAction(action, known.operations);
  const place = { accountId: caller.accountId, region };
  if (access === undefined) {
    const resource = `arn:${partitionOf(region)}:kms:${region}:${caller.accountId}:*`;
    const context = contextFor({ wish, operation, caller, access, key: undefined, known });
    return { ...about(wish, '*'), ...shown(simulate({ principal: caller, action, resource, context })) };
  }
  if (wish.key === undefined) throw new ExplainError(`${action} is about a key: give --key.`);
  const key = await locateKey(known.keyring, wish.key, {
    here: place,
    malformedArn: (text) => invalidArn(text, 'NotFoundException'),
    occasion: { viaService: undefined, isLook: true },
  });
  if (key === undefined) throw new ExplainError(`There is no key ${wish.key}.`);
  const context = contextFor({ wish, operation, caller, access, key, known });
  const input = inputFor(wish, access);
  const { keyring, identities } = known;
  const resourceControl = await identities.principals.guardrails(key.place.accountId, 'resource-control');
  const asked = {
    accountId: key.place.accountId,
    policy: policyOf(key.record),
    isCrossAccountCapable: access.crossAccount === true,
    grants: await grantsFor({ keyring, key, wish: { caller, action }, access, input }),
    resourceControl: key.record.managedFor === undefined ? resourceControl : undefined,
  };
  return {
    ...about(wish, key.arn),
    ...shown(simulate({ principal: caller, action, resource: key.arn, context, key: asked })),
  };
}

function about({ principal, action }: ExplainWish, resource: string) {
  return { principal, action, resource };
}

function shown({ verdict, matches, missingKeys }: ReturnType<typeof simulate>) {
  return { isAllowed: verdict.isAllowed, verdict, statements: matches, missingKeys };
}

/** The operation that asks for an action, and how it uses the key that is asked about. */
function findAction(
  action: string,
  operations: Known['operations'],
): { readonly operation: Operation; readonly access: KeyAccess | undefined } {
  for (const operation of operations.values()) {
    for (const [, access] of operation.slots) {
      if ((access.action ?? `kms:${operation.name}`) === action && access.isFilter !== true)
        return { operation, access };
    }
    if (action === `kms:${operation.name}`) return { operation, access: undefined };
  }
  throw new ExplainError(`There is no action ${action}: give one such as kms:Decrypt.`);
}

interface Asked {
  readonly wish: ExplainWish;
  readonly operation: Operation;
  readonly caller: Principal;
  readonly access: KeyAccess | undefined;
  readonly key: LocatedKey | undefined;
  readonly known: Known;
}

function contextFor({ wish, operation, caller, access, key, known }: Asked): RequestContext {
  const place = { accountId: caller.accountId, region: wish.region };
  const client = { address: '127.0.0.1', isTls: true, userAgent: undefined };
  const input = inputFor(wish, access);
  const nowMs = known.keyring.vault.clock.now();
  const usual = keyContextOf({ call: { operation, caller, place, client, input }, nowMs, access, key });
  return { get: (name) => wish.conditions.get(name) ?? usual.get(name) };
}

function inputFor(
  { encryptionContext }: ExplainWish,
  access: KeyAccess | undefined,
): Readonly<Record<string, unknown>> {
  return access?.encryption === undefined ? {} : { [access.encryption.context]: encryptionContext };
}
