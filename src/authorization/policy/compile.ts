/**
 * A policy document made ready to be asked. This is done once a document; evaluate.ts then looks only at the statements
 * that are about the action, and compares sets and closures.
 */
import { compileConditions, type Predicate } from './conditions.ts';
import { type ContextKeys, contextKeysOf } from './context-keys.ts';
import type { Effect, PolicyDocument, PolicyKind, Statement } from './document.ts';
import { compilePrincipals, type PrincipalMatcher } from './principals.ts';
import { type ActionMatcher, compileActions, compileResources, type ResourceMatcher } from './targets.ts';

/** Which statement it was. */
export interface StatementName {
  readonly sid: string | undefined;
  /** Its place in the document, from 0. */
  readonly index: number;
}

export interface CompiledStatement {
  readonly name: StatementName;
  readonly effect: Effect;
  /** Undefined where the policy is attached to the caller and so means it. */
  readonly strengthFor: PrincipalMatcher | undefined;
  readonly isAboutAction: ActionMatcher;
  readonly isAboutResource: ResourceMatcher;
  readonly holds: Predicate;
  /** Whether it applies follows from the caller and the resource alone, whatever else is in the request. */
  readonly isUnconditional: boolean;
  /** For whoever explains a decision. */
  readonly contextKeys: ContextKeys;
}

export interface CompiledPolicy {
  readonly kind: PolicyKind;
  /** The statements about an action, in their order. Finds those of a known action without looking at the others. */
  statementsFor(action: string): readonly CompiledStatement[];
}

export interface CompileOptions {
  /** The actions that are worth remembering, as requests spell them: `kms:Encrypt`. Others work, and cost more. */
  readonly knownActions: ReadonlySet<string>;
  /** What compilePrincipals says of it. By default every ARN stands for itself. */
  readonly uniqueIds?: ReadonlyMap<string, string>;
}

export function compilePolicy(document: PolicyDocument, options: CompileOptions): CompiledPolicy {
  const uniqueIds = options.uniqueIds ?? new Map<string, string>();
  const statements = document.statements.map((statement, index) =>
    compileStatement(statement, { index, document, uniqueIds }),
  );
  const byAction = new Map<string, readonly CompiledStatement[]>();
  return {
    kind: document.kind,
    statementsFor(action) {
      const remembered = byAction.get(action);
      if (remembered !== undefined) return remembered;
      const lowerCase = action.toLowerCase();
      const found = statements.filter((statement) => statement.isAboutAction(lowerCase));
      if (options.knownActions.has(action)) byAction.set(action, found);
      return found;
    },
  };
}

interface Place {
  readonly index: number;
  readonly document: PolicyDocument;
  readonly uniqueIds: ReadonlyMap<string, string>;
}

function compileStatement(statement: Statement, { index, document, uniqueIds }: Place): CompiledStatement {
  const { kind, hasVariables } = document;
  const { sid, effect, principals, actions, resources, conditions } = statement;
  return {
    name: { sid, index },
    effect,
    strengthFor: principals && compilePrincipals(principals, uniqueIds),
    isAboutAction: compileActions(actions),
    isAboutResource: compileResources(resources, { kind, hasVariables }),
    holds: compileConditions(conditions, { kind, hasVariables, effect }),
    isUnconditional: conditions.length === 0 && !resources?.patterns.some((pattern) => pattern.includes('${')),
    contextKeys: contextKeysOf(statement, hasVariables),
  };
}
