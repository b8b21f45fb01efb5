/** What one policy says to one request. What follows from several of them is decide.ts's to say. */
import { splitArn } from './arn-pattern.ts';
import type { CompiledPolicy, StatementName } from './compile.ts';
import type { Strength } from './principals.ts';
import type { PolicyRequest } from './request.ts';

/** A statement that applies to the request. */
export interface Match {
  readonly statement: StatementName;
  /** Always `direct` for a policy without principals: it is attached to the caller. */
  readonly strength: Strength;
}

export interface Evaluation {
  readonly allows: readonly Match[];
  readonly denies: readonly Match[];
}

/** All statements that apply, in their order. */
export function evaluate(policy: CompiledPolicy, { caller, action, resource, context }: PolicyRequest): Evaluation {
  const allows: Match[] = [];
  const denies: Match[] = [];
  const statements = policy.statementsFor(action);
  const target = { parts: statements.length === 0 ? undefined : splitArn(resource), context };
  for (const { name, effect, strengthFor, isAboutResource, holds } of statements) {
    const strength = strengthFor === undefined ? 'direct' : strengthFor(caller);
    if (strength === undefined || !isAboutResource(target) || !holds(context)) continue;
    (effect === 'Allow' ? allows : denies).push({ statement: name, strength });
  }
  return { allows, denies };
}
