/**
 * Whether someone may do something, and why: what `keywright explain` answers. The evaluator is the one that decides requests;
 * what a request would bring (its address, its time, whether it comes over TLS) is assumed, and said to be. Nothing is done,
 * and nothing is made.
 */
import { bindsControl } from '#authorization/decide.ts';
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
import { hasIdleTime, keyContextOf } from './key-context.ts';
import type { KeyAccess, Operation } from './operation.ts';

export interface ExplainWish {
  /** The ARN of a root user, user, role or session of a role. */
  readonly principal: string;
  /** `kms:Decrypt`, in whatever case. */
  readonly action: string;
  /** A key id, key ARN, alias name or alias ARN; absent for actions that are not about a key. */
  readonly key?: string | undefined;
  /** An ARN, such as an alias's, on which IAM policies are asked alone. */
  readonly resource?: string | undefined;
  readonly region: Region;
  readonly isTls: boolean;
  readonly encryptionContext: ReadonlyMap<string, string>;
  /** Condition keys of the request, in lower case, over those that follow from all this: `aws:sourceip`. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

export interface Explanation {
  readonly isAllowed: boolean;
  readonly principal: string;
  readonly action: string;
  /** The ARN of the key or resource; `*` where there is none. */
  readonly resource: string;
  readonly verdict: Verdict;
  /** Every statement that applies, whatever it led to. */
  readonly statements: readonly MatchedStatement[];
  /** Condition keys that statements look at and the request does not have. */
  readonly missingKeys: readonly string[];
  /** What a request might have otherwise, as condition keys. */
  readonly assumed: Readonly<Record<string, string>>;
  /** What else has to be so, where this is not all. */
  readonly note: string | undefined;
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
  const { principal: arn, region } = wish;
  const caller = await findPrincipal(known.identities, arn, partitionOf(region));
  if (caller === undefined) {
    throw new ExplainError(
      `There is no root user, user or role ${arn}. Federated users cannot be asked about: nobody keeps their sessions.`,
    );
  }
  const asked = { ...findAction(wish.action, known.operations), wish, caller, known };
  const isAboutKey = asked.access !== undefined && wish.resource === undefined;
  return isAboutKey ? explainOnKey(asked) : explainAlone(asked);
}

interface Asked {
  readonly wish: ExplainWish;
  /** As it is spelt. */
  readonly action: string;
  readonly operation: Operation;
  readonly access: KeyAccess | undefined;
  readonly caller: Principal;
  readonly known: Known;
}

function explainAlone(asked: Asked): Explanation {
  const { wish, action, caller } = asked;
  const whole = `arn:${partitionOf(wish.region)}:kms:${wish.region}:${caller.accountId}:*`;
  const context = contextFor(asked, undefined);
  const simulation = simulate({ principal: caller, action, resource: wish.resource ?? whole, context });
  return explanation(asked, { resource: wish.resource ?? '*', context, simulation });
}

async function explainOnKey(asked: Asked): Promise<Explanation> {
  const { wish, action, operation, access, caller, known } = asked;
  if (access === undefined || wish.key === undefined) throw new ExplainError(`${action} is about a key: give --key.`);
  const key = await findKey(asked, wish.key);
  const { keyring, identities } = known;
  const idleSinceMs = hasIdleTime(operation) ? await keyring.usage.idleSince(key) : undefined;
  const context = contextFor(asked, key, idleSinceMs);
  const resourceControl = await identities.principals.guardrails(key.place.accountId, 'resource-control');
  const policed = {
    accountId: key.place.accountId,
    policy: policyOf(key.record),
    isCrossAccountCapable: access.crossAccount === true,
    grants: await grantsFor({ keyring, key, wish: { caller, action }, access, input: inputFor(wish, access) }),
    resourceControl: bindsControl(action, key.record) ? resourceControl : undefined,
  };
  const simulation = simulate({ principal: caller, action, resource: key.arn, context, key: policed });
  return explanation(asked, { resource: key.arn, context, simulation, note: whatElse(action, operation) });
}

function whatElse(action: string, { name, slots, asks }: Operation): string | undefined {
  if (slots.some(([, { source }]) => source.from === 'related')) {
    return `${action} is asked of the primary and of the replica, each by its own policy: see --region.`;
  }
  if (name === 'ReplicateKey') {
    return `kms:CreateKey, and kms:TagResource where the replica gets tags, are asked in the replica's Region as well: IAM policies alone decide that, see --region and --condition kms:MultiRegionKeyType=REPLICA.`;
  }
  return asks === undefined
    ? undefined
    : `${action} is asked of the alias as well: IAM policies alone decide that, see --resource.`;
}

async function findKey({ wish, caller, known }: Asked, text: string): Promise<LocatedKey> {
  const key = await locateKey(known.keyring, text, {
    here: { accountId: caller.accountId, region: wish.region },
    malformedArn: (arn) => invalidArn(arn, 'NotFoundException'),
    occasion: { viaService: undefined, isLook: true },
  });
  if (key === undefined) throw new ExplainError(`There is no key ${text}.`);
  return key;
}

/** The operation that asks for an action, and how it uses the key that is asked about. Actions are compared without case. */
function findAction(wanted: string, operations: Known['operations']): Pick<Asked, 'action' | 'operation' | 'access'> {
  const isWanted = (action: string) => action.toLowerCase() === wanted.toLowerCase();
  if (isWanted('kms:RetireGrant')) {
    throw new ExplainError('Each grant says who may retire it: try RetireGrant itself, with --dry-run.');
  }
  for (const operation of operations.values()) {
    for (const [, access] of operation.slots) {
      const action = access.action ?? `kms:${operation.name}`;
      if (isWanted(action) && access.isFilter !== true) return { action, operation, access };
    }
    const action = `kms:${operation.name}`;
    const hasOwnActions = operation.slots.some(([, access]) => access.action !== undefined);
    if (isWanted(action) && !hasOwnActions) return { action, operation, access: undefined };
  }
  throw new ExplainError(
    `There is no action ${wanted} of KMS. Give one such as kms:Decrypt, or kms:ReEncryptFrom and kms:ReEncryptTo for ReEncrypt; for other services ask IAM's simulate-principal-policy.`,
  );
}

function contextFor(
  { wish, operation, caller, access, known }: Asked,
  key: LocatedKey | undefined,
  idleSinceMs?: number,
): RequestContext {
  const place = { accountId: caller.accountId, region: wish.region };
  const client = { address: '127.0.0.1', isTls: wish.isTls, userAgent: undefined };
  const input = inputFor(wish, access);
  const nowMs = known.keyring.vault.clock.now();
  const usual = keyContextOf({ call: { operation, caller, place, client, input }, nowMs, access, key, idleSinceMs });
  return { get: (name) => wish.conditions.get(name) ?? usual.get(name) };
}

function inputFor(
  { encryptionContext }: ExplainWish,
  access: KeyAccess | undefined,
): Readonly<Record<string, unknown>> {
  return access?.encryption === undefined ? {} : { [access.encryption.context]: encryptionContext };
}

/** What depends on the request alone, and nobody told us. */
const assumable = ['aws:SourceIp', 'aws:SecureTransport', 'aws:CurrentTime', 'aws:RequestedRegion'];

interface Answer {
  readonly resource: string;
  readonly context: RequestContext;
  readonly simulation: ReturnType<typeof simulate>;
  readonly note?: string | undefined;
}

function explanation({ wish, action }: Asked, { resource, context, simulation, note }: Answer): Explanation {
  const { verdict, matches, missingKeys } = simulation;
  const untold = assumable.filter((key) => !wish.conditions.has(key.toLowerCase()));
  const assumed = Object.fromEntries(untold.map((key) => [key, context.get(key.toLowerCase())?.[0] ?? '']));
  const about = { isAllowed: verdict.isAllowed, principal: wish.principal, action, resource };
  return { ...about, verdict, statements: matches, missingKeys, assumed, note };
}
