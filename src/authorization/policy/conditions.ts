/**
 * Conditions made into closures. Source: IAM User Guide, IAM JSON policy elements: Condition; Set operators for multi-valued
 * context keys. What AWS leaves open is decided so that doubt refuses: it keeps an Allow from applying and lets a Deny apply.
 */
import { isReadable } from './condition-keys.ts';
import type { Condition, Effect } from './document.ts';
import { type OperatorName, parseOperatorName } from './operators.ts';
import type { RequestContext } from './request.ts';
import type { Scope } from './template.ts';
import { parseBool } from './values.ts';

export type Predicate = (context: RequestContext) => boolean;

/** What a condition stands in. */
export interface ConditionScope extends Scope {
  readonly effect: Effect;
}

export function compileConditions(conditions: readonly Condition[], scope: ConditionScope): Predicate {
  const predicates = conditions.map((condition) => compileCondition(condition, scope));
  const [first, second] = predicates;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  return (context) => predicates.every((holds) => holds(context));
}

function compileCondition(
  { operator: operatorText, key: keyText, values }: Condition,
  scope: ConditionScope,
): Predicate {
  const name = parseOperatorName(operatorText);
  // Such a document is not accepted; one may have been stored by a version that knew more operators.
  if (name === undefined) return () => scope.effect === 'Deny';
  const key = keyText.toLowerCase();
  const read = isReadable(key, scope.kind) ? (context: RequestContext) => context.get(key) : () => undefined;
  if (name.operator === null) return compileNull(values, read);

  const { operator } = name;
  const matchers = values.map((value) => operator.compile(value, scope));
  const [first, second] = matchers;
  const matchesAny =
    first !== undefined && second === undefined
      ? first
      : (value: string, context: RequestContext) => matchers.some((matches) => matches(value, context));
  const holds = operator.isNegated
    ? (value: string, context: RequestContext) => !matchesAny(value, context)
    : matchesAny;
  const absent = whenAbsent(name, operator.isNegated);
  const over = quantifierOf(name, scope.effect);

  return (context) => {
    const found = read(context);
    if (found === undefined || found.length === 0) return absent;
    const only = found.length === 1 ? found[0] : undefined;
    if (only !== undefined && (only !== '' || name.set === undefined)) return holds(only, context);
    if (name.set !== undefined && found.every((value) => value === '')) return name.set === 'all'; // a null data set
    return over === 'every'
      ? found.every((value) => holds(value, context))
      : found.some((value) => holds(value, context));
  };
}

/** IAM User Guide, Null condition operator: true means that the key must not be there. */
function compileNull(values: readonly string[], read: (context: RequestContext) => readonly string[] | undefined) {
  const wanted = values.map(parseBool);
  return (context: RequestContext) => wanted.includes((read(context)?.length ?? 0) === 0);
}

function whenAbsent({ set, ifExists }: OperatorName, isNegated: boolean): boolean {
  if (ifExists || set === 'all') return true;
  return set === undefined && isNegated; // ForAnyValue needs a value, whatever it asks of it
}

/** Several values under an operator that expects one: AWS says only that a set operator is required. */
function quantifierOf({ set }: OperatorName, effect: Effect): 'every' | 'some' {
  if (set !== undefined) return set === 'all' ? 'every' : 'some';
  return effect === 'Allow' ? 'every' : 'some';
}
