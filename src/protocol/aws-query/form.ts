/**
 * Requests of the AWS Query protocol: parameters with dotted names, in a form body or a query string, and what they say as
 * the JSON that the shapes of model/schema.ts decode. Source: Smithy, AWS Query protocol; IAM User Guide, Making query
 * requests.
 */
import { malformedQuery, serialization } from '#model/errors.ts';
import type { ListShape, Members, Shape, StructureShape } from '#model/schema.ts';

/** A parameter's value, or what lies below its name: `Tags.member.1.Key` lies below `Tags`. */
export type Node = string | ReadonlyMap<string, Node>;

export type Parameters = ReadonlyMap<string, Node>;

/** No request of IAM or STS has as many. */
const mostParameters = 2000;
/** Nor a name as long, or as deep: `ContextEntries.member.1.ContextKeyValues.member.1` has six parts. */
const longestName = 256;
const mostParts = 12;

/**
 * In a body a plus sign is a space; in a query string it is itself, as the signature has it. Throws MalformedQueryString for
 * what is no form, and for names that are there twice or at odds with one another.
 */
export function parseForm(text: string, from: 'body' | 'query'): Parameters {
  const pairs = (from === 'body' ? text.replaceAll('+', ' ') : text).split('&').filter((pair) => pair !== '');
  if (pairs.length > mostParameters) throw malformedQuery();
  const root = new Map<string, Node>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name.length > longestName) throw malformedQuery();
    const path = name.split('.', mostParts + 1);
    if (path.length > mostParts) throw malformedQuery();
    place(root, path, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return root;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformedQuery();
  }
}

function place(root: Map<string, Node>, path: readonly string[], value: string): void {
  let at = root;
  for (const part of path.slice(0, -1)) {
    const below = at.get(part) ?? new Map<string, Node>();
    if (typeof below === 'string') throw malformedQuery();
    at.set(part, below);
    at = below as Map<string, Node>; // made here
  }
  const last = path.at(-1) ?? '';
  if (at.has(last)) throw malformedQuery();
  at.set(last, value);
}

/** What the parameters say to a shape, as JSON. Throws SerializationException where a value cannot be of its type. */
export function formToJson(shape: Shape<unknown>, node: Node): unknown {
  switch (shape.kind) {
    case 'structure':
      return structureToJson(shape as StructureShape<Members>, node); // by its kind
    case 'list':
      return listToJson(shape as ListShape<unknown>, node);
    case 'integer':
      return numberOf(textOf(node));
    case 'boolean':
      return booleanOf(textOf(node));
    case 'timestamp':
      return secondsOf(textOf(node));
    case 'map':
      throw serialization('A map was not expected.');
    default:
      return textOf(node);
  }
}

function structureToJson({ members }: StructureShape<Members>, node: Node): Readonly<Record<string, unknown>> {
  if (typeof node === 'string') throw serialization('A structure was expected, and a value found.');
  const json: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(members)) {
    const below = node.get(name);
    if (below !== undefined) json[name] = formToJson('optional' in member ? member.optional : member, below);
  }
  return json;
}

/** A list without elements is a parameter without a value. */
function listToJson({ element }: ListShape<unknown>, node: Node): readonly unknown[] {
  if (node === '') return [];
  const members = typeof node === 'string' ? undefined : node.get('member');
  if (members === undefined || typeof members === 'string') throw serialization('A list was expected.');
  const positions = [...members.keys()];
  if (!positions.every((position) => /^[1-9]\d{0,5}$/.test(position))) throw serialization('A list was expected.');
  const ordered = positions.toSorted((a, b) => Number(a) - Number(b));
  return ordered.map((position) => formToJson(element, members.get(position) ?? ''));
}

function textOf(node: Node): string {
  if (typeof node !== 'string') throw serialization('A value was expected, and a structure found.');
  return node;
}

function numberOf(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw serialization('A whole number was expected.');
  return Number(text);
}

function booleanOf(text: string): boolean {
  if (!/^(?:true|false)$/i.test(text)) throw serialization('true or false was expected.');
  return text.toLowerCase() === 'true';
}

/** ISO 8601, or seconds since the epoch. */
function secondsOf(text: string): number {
  const milliseconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(milliseconds)) throw serialization('A date was expected.');
  return milliseconds / 1000;
}
