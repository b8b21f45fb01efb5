/** The shapes that the members of a policy document may have. Each refusal is a MalformedPolicyDocumentException. */
import { malformedPolicy } from '#model/errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/** `what` begins a sentence. */
export function asObject(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedPolicy(`${what} must be an object.`);
  }
  return value as Json; // a parsed JSON object
}

/** A single value stands for a list of it; undefined for an empty one. */
export function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function asTexts(value: unknown, what: string): readonly string[] {
  const texts = asList(value);
  if (!texts.every((text) => typeof text === 'string')) {
    throw malformedPolicy(`${what} must be a string or a list of strings.`);
  }
  return texts;
}

export function requireMembers(object: Json, known: readonly string[], what: string): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformedPolicy(`${what} has the unknown element ${brief(unknown)}.`);
}

/** A name from the document as an error may repeat it. */
export function brief(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
