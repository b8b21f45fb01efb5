/**
 * What records say of each operation: its parameters and its answer without secrets, and what else belongs to it. Source: AWS KMS
 * Developer Guide, the pages of examples of log entries.
 */
import { SecretBytes } from '#base/secret-bytes.ts';
import type { AuditEntry } from '#call/audit.ts';
import type { Members, Shape } from '#model/schema.ts';

export interface OperationFacts {
  readonly name: string;
  readonly isReadOnly: boolean;
  /** Whether it is about objects, not about the service's own things. */
  readonly isData: boolean;
  /** JSON; undefined for none. */
  readonly parameters: string | undefined;
  readonly response: string | undefined;
  /** Members of additionalEventData, each as JSON with its name. */
  readonly additional: readonly string[];
}

export function operationFacts(entry: AuditEntry): OperationFacts {
  const { operation, input } = entry;
  const name = operation?.name ?? 'Unknown';
  return {
    name,
    isReadOnly: /^(Get|List|Describe|Decrypt|Encrypt|Generate|ReEncrypt|Sign|Verify|Lookup|Head)/.test(name),
    isData: operation?.isData === true,
    parameters: operation && input && JSON.stringify(membersOf(operation.input.members, input)),
    response: undefined,
    additional: [],
  };
}

const unlogged: ReadonlySet<string> = new Set(['GrantTokens', 'GrantToken', 'ImportToken', 'NextToken', 'Marker']);

function membersOf(members: Members, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const logged: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(members)) {
    const value = values[name];
    const shape = 'optional' in member ? member.optional : member;
    if (value === undefined || unlogged.has(name) || shape.kind === 'blob' || value instanceof SecretBytes) continue;
    logged[`${name.charAt(0).toLowerCase()}${name.slice(1)}`] = loggedValue(shape, value);
  }
  return logged;
}

function loggedValue(shape: Shape<unknown>, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value) && 'element' in shape)
    return value.map((one) => loggedValue(shape.element as Shape<unknown>, one));
  if ('members' in shape) return membersOf(shape.members as Members, Object(value));
  return value;
}
