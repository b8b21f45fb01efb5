/**
 * The Condition element: operators, their keys, the values of these. Source: IAM User Guide, IAM JSON policy elements:
 * Condition; AWS KMS Developer Guide, Condition keys for AWS KMS.
 */
import { malformedPolicy } from '#model/errors.ts';
import { singleValuedKind } from './condition-keys.ts';
import type { Condition } from './document.ts';
import { type OperatorName, parseOperatorName } from './operators.ts';
import { asList, asObject, brief } from './shape.ts';
import { parseTemplate, type Scope } from './template.ts';

// Diverges: condition-values
export function parseConditions(value: unknown, scope: Scope): readonly Condition[] {
  if (value === undefined) return [];
  return Object.entries(asObject(value, 'A Condition')).flatMap(([operator, keys]) => {
    const name = parseOperatorName(operator);
    if (name === undefined) throw malformedPolicy(`A Condition has the unknown operator ${brief(operator)}.`);
    return Object.entries(asObject(keys, 'A Condition operator')).map(([key, values]) => {
      checkKey(key, name, scope);
      return { operator, key, values: asList(values).map((one) => parseValue(one, key, scope)) };
    });
  });
}

function checkKey(key: string, { set }: OperatorName, { kind }: Scope): void {
  if (!/^[^:]+:./s.test(key)) throw malformedPolicy(`A Condition has the key ${brief(key)}, which names no service.`);
  const single = singleValuedKind(key.toLowerCase());
  if (kind === 'key' && set === 'all' && single !== undefined) {
    // AWS KMS Developer Guide, kms:EncryptionContext:context-key
    throw malformedPolicy(
      `OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified ${single} or with an unspecified ${single}. To fix, remove ForAllValues.`,
    );
  }
}

/** `true` and `"true"` are the same. */
function parseValue(value: unknown, key: string, { hasVariables }: Scope): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw malformedPolicy(`The values of the condition key ${brief(key)} must be strings, numbers or booleans.`);
  }
  const text = String(value);
  if (parseTemplate(text, { hasVariables, hasWildcards: false }) === undefined) {
    throw malformedPolicy(`The condition key ${brief(key)} has a value with a malformed policy variable.`);
  }
  return text;
}
