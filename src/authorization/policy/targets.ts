/**
 * What a statement is about: its actions and resources. Source: IAM User Guide, IAM JSON policy elements: Action,
 * NotAction, Resource, NotResource.
 */
import { compileArnPattern } from './arn-pattern.ts';
import type { Patterns } from './document.ts';
import { type Glob, matchesGlob, parseGlob } from './glob.ts';
import type { RequestContext } from './request.ts';
import type { Scope } from './template.ts';

/** Whether the statement is about an action, given in lower case. */
export type ActionMatcher = (action: string) => boolean;

/** AWS KMS Developer Guide, Key policies: a statement without Action or Resource is kept and never applies. */
export function compileActions(actions: Patterns | undefined): ActionMatcher {
  if (actions === undefined || isEmpty(actions)) return () => false;
  const names = new Set<string>();
  const globs: Glob[] = [];
  for (const pattern of actions.patterns.map((text) => text.toLowerCase())) {
    if (/[*?]/.test(pattern)) globs.push(parseGlob(pattern));
    else names.add(pattern);
  }
  const { isExcept } = actions;
  return (action) => (names.has(action) || globs.some((glob) => matchesGlob(glob, action))) !== isExcept;
}

export interface Resource {
  /** Undefined for a resource that is no ARN; only `*` fits it. */
  readonly parts: readonly string[] | undefined;
  readonly context: RequestContext;
}

export type ResourceMatcher = (resource: Resource) => boolean;

export function compileResources(resources: Patterns | undefined, scope: Scope): ResourceMatcher {
  if (resources === undefined || isEmpty(resources)) return () => false;
  const { isExcept, patterns } = resources;
  if (patterns.includes('*') && !isExcept) return () => true;
  const matchers = patterns.map((pattern) => (pattern === '*' ? () => true : compileArnPattern(pattern, scope)));
  if (!isExcept) return ({ parts, context }) => matchers.some((matches) => matches(parts, context) === true);
  // An entry of NotResource whose variable has no value stands for no resource: what else is excepted, none can say.
  return ({ parts, context }) => matchers.every((matches) => matches(parts, context) === false);
}

/** As a missing element; NotAction and NotResource of nothing must not mean everything. */
function isEmpty({ patterns }: Patterns): boolean {
  return patterns.length === 0;
}
