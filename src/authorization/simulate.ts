/**
 * A decision with all that led to it: the same verdict that a request would get, every statement that applies, and the
 * context keys whose values would have been needed. Nothing is remembered between questions, and grants count only where
 * they are given. Source: IAM User Guide, IAM policy simulation; IAM API Reference, SimulatePrincipalPolicy.
 */
import type { AccountId } from '#model/arn.ts';
import type { PolicyText, Principal } from '#model/principal.ts';
import { compiledText, guardrailsOf, ownPoliciesOf, sidesOf } from './own.ts';
import { splitArn } from './policy/arn-pattern.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import { consult } from './policy/consult.ts';
import { eachOnce } from './policy/context-keys.ts';
import { decideOnKey, decideWithoutKey, type GrantMatch } from './policy/decide.ts';
import type { Effect } from './policy/document.ts';
import { evaluate } from './policy/evaluate.ts';
import { consultGuardrails } from './policy/guardrails.ts';
import type { PolicyRequest, RequestContext } from './policy/request.ts';
import type { Decider, PolicyType, Verdict } from './policy/verdict.ts';

export interface Question {
  readonly principal: Principal;
  /** `kms:Decrypt` */
  readonly action: string;
  /** An ARN. Anything else, `*` too, fits only statements on all resources. */
  readonly resource: string;
  /** The context keys of the request, in lower case; a Map will do. */
  readonly context: RequestContext;
  /** For a key whose policy is to be asked; without it the caller's own policies decide alone. */
  readonly key?: QuestionedKey | undefined;
}

export interface QuestionedKey {
  readonly accountId: AccountId;
  readonly policy: CompiledPolicy;
  readonly isCrossAccountCapable: boolean;
  /** Those that cover the request in all but policies. */
  readonly grants?: readonly GrantMatch[];
  /** Resource control policies of the key's account. */
  readonly resourceControl?: readonly PolicyText[] | undefined;
}

/** A statement that applies to the request. */
export interface MatchedStatement extends Decider {
  readonly type: PolicyType;
  readonly effect: Effect;
  /** Of an inline policy: what it is in. */
  readonly holder: PolicyText['holder'];
}

export interface Simulation {
  readonly verdict: Verdict;
  /** In the order of the policies and of the statements in each. */
  readonly matches: readonly MatchedStatement[];
  /**
   * Keys that the context lacks and that statements about this action and resource look at, as they write them. Such a
   * statement may or may not be among the matches: what it says of an absent key is decided, not guessed.
   */
  readonly missingKeys: readonly string[];
  /** Undefined where there is no permissions boundary. */
  readonly allowedByBoundary: boolean | undefined;
  /** Undefined where no service control policies bind the account. */
  readonly allowedByOrganization: boolean | undefined;
}

export function simulate(question: Question): Simulation {
  const { principal, action, resource, context, key } = question;
  const request = { caller: principal, action, resource, context };
  const asked = askedPolicies(question);
  const { boundary } = ownPoliciesOf(principal);
  const inBoundary = boundary && consult([boundary], request);
  const binding = guardrailsOf(principal);
  const organization = binding && consultGuardrails(binding, request);
  return {
    verdict: key === undefined ? decideAlone(request) : decideWith(request, key),
    matches: asked.flatMap((one) => matchesOf(one, request)),
    missingKeys: eachOnce(asked.flatMap(({ policy }) => missingIn(policy, request))),
    allowedByBoundary: inBoundary && inBoundary.allow !== undefined,
    allowedByOrganization: organization && organization.denied === undefined && organization.lacking === undefined,
  };
}

type Asking = PolicyRequest & { readonly caller: Principal };

function decideAlone(request: Asking): Verdict {
  return decideWithoutKey({ ...request, ...sidesOf(request.caller) });
}

function decideWith(request: Asking, { accountId, policy, ...key }: QuestionedKey): Verdict {
  return decideOnKey({
    ...request,
    ...sidesOf(request.caller, key.resourceControl),
    keyAccountId: accountId,
    keyPolicy: policy,
    isCrossAccountCapable: key.isCrossAccountCapable,
    grants: () => key.grants ?? [],
  });
}

interface AskedPolicy {
  readonly type: PolicyType;
  readonly name: string;
  readonly holder: PolicyText['holder'];
  readonly policy: CompiledPolicy;
}

/** Every policy that has a say, as far as it is given. */
function askedPolicies({ principal, key }: Question): readonly AskedPolicy[] {
  const { identity, boundary, session = [], serviceControl = [] } = principal.policies;
  const own = (type: PolicyType, texts: readonly PolicyText[], kind: 'identity' | 'resource-guardrail' = 'identity') =>
    texts.map((text) => ({ ...compiledText(text, kind), type, holder: text.holder }));
  const ofKey = key && {
    type: 'resource-based policy' as const,
    name: 'key policy',
    holder: undefined,
    policy: key.policy,
  };
  return [
    ...own('identity-based policy', identity),
    ...(ofKey === undefined ? [] : [ofKey]),
    ...own('permissions boundary', boundary === undefined ? [] : [boundary]),
    ...own('session policy', session),
    ...own('service control policy', serviceControl),
    ...own('resource control policy', key?.resourceControl ?? [], 'resource-guardrail'),
  ];
}

function matchesOf({ type, name, holder, policy }: AskedPolicy, request: PolicyRequest): readonly MatchedStatement[] {
  const { allows, denies } = evaluate(policy, request);
  const found = [
    ...allows.map(({ statement }) => ({ ...statement, effect: 'Allow' as const })),
    ...denies.map(({ statement }) => ({ ...statement, effect: 'Deny' as const })),
  ];
  return found.sort((a, b) => a.index - b.index).map((one) => ({ ...one, policy: name, type, holder }));
}

/** Of a statement whose resource has a variable without value, nobody can say whether it is about the resource. */
function missingIn(policy: CompiledPolicy, { caller, action, resource, context }: PolicyRequest): readonly string[] {
  const isMissing = (key: string) => (context.get(key.toLowerCase())?.length ?? 0) === 0;
  const target = { parts: splitArn(resource), context };
  return policy.statementsFor(action).flatMap(({ strengthFor, isAboutResource, contextKeys }) => {
    if (strengthFor !== undefined && strengthFor(caller) === undefined) return [];
    const inResources = contextKeys.inResources.filter(isMissing);
    if (inResources.length === 0 && !isAboutResource(target)) return [];
    return [...inResources, ...contextKeys.inConditions.filter(isMissing)];
  });
}
