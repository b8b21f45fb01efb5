/**
 * JSON as a security boundary wants it: RFC 8259 text in valid UTF-8, without duplicate members, without lone
 * surrogates, and of bounded depth. JSON.parse alone keeps the last of two equal members, which lets a request mean one
 * thing to a proxy that checks it and another to us.
 */
import { isUtf8 } from 'node:buffer';

/** What is wrong with the text, in words that quote none of it. */
export class JsonError extends Error {}

/** No request of ours nests deeper than a handful of levels; policies nest a few more. */
const maxDepth = 32;

/** Parses the UTF-8 bytes of one JSON text. Throws JsonError. */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new JsonError('The text is not valid UTF-8.');
  return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}

/** Parses one JSON text. Throws JsonError. */
export function parseJson(text: string): unknown {
  const isPlain = !text.includes('\\') && countOf('{', text) + countOf('[', text) <= maxDepth;
  if (!isPlain) return parseAny(text);
  const value = parseNatively(text);
  // Each member that the text spells out has a colon, and so has one that JSON.parse has dropped for a later one of its name.
  if (colonsOf(value) !== countOf(':', text)) throw repeated();
  return value;
}

/** The same for a text that may nest deeply, and in which strings may be spelled otherwise than they read. */
function parseAny(text: string): unknown {
  const members = countMembers(text);
  const value = parseNatively(text);
  if (keptMembers(value) !== members) throw repeated();
  if (text.includes('\\u') && !isWellFormed(value)) throw new JsonError('A string has a lone surrogate.');
  return value;
}

function parseNatively(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError('The text is not valid JSON.'); // the parser's own message quotes the text, which may be secret
  }
}

const repeated = () => new JsonError('An object has two members of the same name.');

/** The colons that it takes to spell out a value without escapes. */
function colonsOf(value: unknown): number {
  if (typeof value === 'string') return countOf(':', value);
  if (typeof value !== 'object' || value === null) return 0;
  let colons = 0;
  if (Array.isArray(value)) {
    for (const element of value) colons += colonsOf(element);
    return colons;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) colons += 1 + countOf(':', name) + colonsOf(members[name]);
  return colons;
}

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}

/**
 * Counts the members that the text spells out and bounds its depth, before the text is parsed. In a valid text each
 * colon outside a string belongs to exactly one member.
 */
function countMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x3a: // :
        members++;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) throw new JsonError('The text nests too deeply.');
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
    }
  }
  return members;
}

/** The index of the quote that closes the string opened at `open`, or the end of an unclosed text. */
function endOfString(text: string, open: number): number {
  let quote = open;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
}

function keptMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children = Object.values(value);
  let members = Array.isArray(value) ? 0 : children.length;
  for (const child of children) members += keptMembers(child);
  return members;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, child]) => name.isWellFormed() && isWellFormed(child));
}
