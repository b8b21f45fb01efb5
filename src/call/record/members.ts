/**
 * Members of requests and answers, as records show them: names begin with a small letter, times are texts, and what is secret or
 * no text (keys, plaintexts, ciphertexts, tokens) is not there. Source: AWS KMS Developer Guide, Logging AWS KMS API calls with
 * AWS CloudTrail, and the examples of log entries.
 */
import { SecretBytes } from '#base/secret-bytes.ts';
import type { Members, Shape } from '#model/schema.ts';

/** A value as JSON; undefined for what is not shown. */
type Writer = (value: unknown) => string | undefined;

interface Field {
  readonly name: string;
  /** `"keyId":` */
  readonly prefix: string;
  readonly write: Writer;
}

/** Puts the members of one structure into JSON; undefined for what is none. */
export type StructureWriter = (members: Readonly<Record<string, unknown>>) => string;

/** How a member is called. */
type Naming = (name: string) => string;

/** Tokens that are good for more than the next page of a list are of shapes that are never shown. */
const unshown: ReadonlySet<string> = new Set(['GrantTokens', 'ImportToken', 'NextToken', 'ContinuationToken']);

/** Prepares the writing of a structure, without the members that `except` names. */
export function structureWriter(members: Members, except: readonly string[] = [], naming = firstLowered) {
  const fields = fieldsOf(members, except, naming);
  return (values: Readonly<Record<string, unknown>>): string => {
    let json = '';
    for (const { name, prefix, write } of fields) {
      const value = values[name];
      if (value === undefined) continue;
      const written = write(value);
      if (written !== undefined) json += `${json === '' ? '' : ','}${prefix}${written}`;
    }
    return `{${json}}`;
  };
}

function fieldsOf(members: Members, except: readonly string[], naming: Naming): readonly Field[] {
  return Object.entries(members).flatMap(([name, member]) => {
    const shape = 'optional' in member ? member.optional : member;
    if (unshown.has(name) || except.includes(name) || !isShown(shape)) return [];
    return [{ name, prefix: `${JSON.stringify(naming(name))}:`, write: writerOf(shape) }];
  });
}

function isShown({ kind, isSensitive }: Shape<unknown>): boolean {
  return kind !== 'blob' && isSensitive !== true;
}

/** As CloudTrail has it: `AWSAccountId` becomes `aWSAccountId`. */
function firstLowered(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function writerOf(shape: Shape<unknown>): Writer {
  if ('members' in shape) {
    const write = structureWriter(shape.members as Members);
    return (value) => write(Object(value));
  }
  if ('element' in shape) {
    const element = shape.element as Shape<unknown>;
    const write = writerOf(element);
    if (!isShown(element)) return () => undefined;
    return (value) => (Array.isArray(value) ? `[${value.map((one) => write(one) ?? 'null').join(',')}]` : undefined);
  }
  switch (shape.kind) {
    case 'timestamp':
      return (value) => `"${dateText(Number(value))}"`;
    case 'map':
      return (value) => (value instanceof Map ? JSON.stringify(Object.fromEntries(value)) : undefined);
    case 'integer':
    case 'boolean':
      return String;
    default:
      // A secret that nothing marks as one would still not be shown.
      return (value) => (value instanceof SecretBytes ? undefined : JSON.stringify(value));
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Aug 10, 2022, 10:38:27 PM` */
export function dateText(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (count: number) => String(count).padStart(2, '0');
  const hours = date.getUTCHours();
  const time = `${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day}, ${time} ${hours < 12 ? 'AM' : 'PM'}`;
}
