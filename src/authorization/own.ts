/** The caller's own policies, compiled once for each of their states. */
import type { PolicyText, Principal } from '#model/principal.ts';
import { knownActions } from './known-actions.ts';
import { compilePolicy } from './policy/compile.ts';
import type { NamedPolicy } from './policy/consult.ts';
import type { PolicyKind } from './policy/document.ts';
import type { Guardrails } from './policy/guardrails.ts';
import type { OwnPolicies } from './policy/own-policies.ts';
import { parsePolicyDocument } from './policy/parse.ts';

const compiled = new WeakMap<PolicyText, NamedPolicy>();

/** One that cannot be read any more is our own fault: nothing may be decided without it. */
export function compiledText(text: PolicyText, kind: Exclude<PolicyKind, 'key'>): NamedPolicy {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const { name, document } = text;
  try {
    const made = { name, policy: compilePolicy(parsePolicyDocument(document, kind), { knownActions }) };
    compiled.set(text, made);
    return made;
  } catch (error) {
    throw new Error(`The stored policy ${name} cannot be read.`, { cause: error });
  }
}

const own = new WeakMap<Principal, OwnPolicies>();

export function ownPoliciesOf(caller: Principal): OwnPolicies {
  const known = own.get(caller);
  if (known !== undefined) return known;
  const { identity, boundary, session } = caller.policies;
  const made = {
    identity: identity.map((text) => compiledText(text, 'identity')),
    ...(boundary === undefined ? {} : { boundary: compiledText(boundary, 'identity') }),
    ...(session === undefined ? {} : { session: session.map((text) => compiledText(text, 'identity')) }),
  };
  own.set(caller, made);
  return made;
}

const guardrails = new WeakMap<Principal, Guardrails>();

/** What binds the caller's account; undefined where nothing does. */
export function guardrailsOf(caller: Principal): Guardrails | undefined {
  const { serviceControl } = caller.policies;
  if (serviceControl === undefined) return undefined;
  const known = guardrails.get(caller);
  if (known !== undefined) return known;
  const made = { serviceControl: [serviceControl.map((text) => compiledText(text, 'identity'))] };
  guardrails.set(caller, made);
  return made;
}

/**
 * What the caller's own side and the guardrails of both accounts say, in the form in which a decision takes it.
 * `resourceControl` are the resource control policies of the resource's account, where they bind.
 */
export function sidesOf(caller: Principal, resourceControl?: readonly PolicyText[]) {
  const control = resourceControl?.map((text) => compiledText(text, 'resource-guardrail'));
  const guardrails = { ...guardrailsOf(caller), ...(control === undefined ? {} : { resourceControl: control }) };
  return { own: ownPoliciesOf(caller), guardrails };
}
