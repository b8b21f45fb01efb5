/**
 * Which keys of a request's context a statement looks at: those of its conditions, and the variables in its values and
 * resources. Not needed to decide; asked by whoever explains a decision. Source: IAM User Guide, Condition, Variables.
 */
import type { PolicyDocument, Statement } from './document.ts';

/** Names as they were written. */
export interface ContextKeys {
  /** Of the conditions, variables in their values included. */
  readonly inConditions: readonly string[];
  /** Variables in Resource and NotResource. */
  readonly inResources: readonly string[];
}

export function contextKeysOf({ conditions, resources }: Statement, hasVariables: boolean): ContextKeys {
  const variables = (texts: readonly string[]) => (hasVariables ? texts.flatMap(variablesIn) : []);
  const inConditions = conditions.flatMap(({ operator, key, values }) => {
    // Only texts and ARNs may have variables; elsewhere `${…}` is a value like any other.
    return /string|arn/i.test(operator) ? [key, ...variables(values)] : [key];
  });
  return { inConditions, inResources: variables(resources?.patterns ?? []) };
}

/** All of a document, each once, however its case is written. */
export function contextKeysOfDocuments(documents: readonly PolicyDocument[]): readonly string[] {
  const keys = documents.flatMap(({ statements, hasVariables }) =>
    statements.flatMap((statement) => {
      const { inConditions, inResources } = contextKeysOf(statement, hasVariables);
      return [...inResources, ...inConditions];
    }),
  );
  return eachOnce(keys);
}

/** The first spelling of each. */
export function eachOnce(keys: readonly string[]): readonly string[] {
  const byName = new Map<string, string>();
  for (const key of keys) if (!byName.has(key.toLowerCase())) byName.set(key.toLowerCase(), key);
  return [...byName.values()];
}

/** `${*}`, `${?}` and `${$}` are no variables. */
function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{([^},*?$][^},]*)/g)].map(([, name = '']) => name);
}
