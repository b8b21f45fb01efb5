/** What several policies of one type say together: one statement that denies is enough, and else one that allows. */
import type { CompiledPolicy } from './compile.ts';
import { evaluate } from './evaluate.ts';
import type { PolicyRequest } from './request.ts';
import type { Decider } from './verdict.ts';

export interface NamedPolicy {
  /** For whoever is told why: an ARN, or the name of an inline policy. */
  readonly name: string;
  readonly policy: CompiledPolicy;
}

export interface Consultation {
  /** The first statement that denies. */
  readonly deny: Decider | undefined;
  /** The first statement that allows. */
  readonly allow: Decider | undefined;
}

export function consult(policies: readonly NamedPolicy[], request: PolicyRequest): Consultation {
  let allow: Decider | undefined;
  for (const { name, policy } of policies) {
    const { allows, denies } = evaluate(policy, request);
    if (denies[0] !== undefined) return { deny: { policy: name, ...denies[0].statement }, allow: undefined };
    if (allow === undefined && allows[0] !== undefined) allow = { policy: name, ...allows[0].statement };
  }
  return { deny: undefined, allow };
}
