/**
 * Text of a policy that may hold wildcards and variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the
 * escapes `${*}`, `${?}`, `${$}`. Source: IAM User Guide, IAM policy elements: Variables and tags.
 */
import { isMultivalued, isReadable } from './condition-keys.ts';
import type { PolicyKind } from './document.ts';
import { compileGlob, type GlobPiece, matchesGlob } from './glob.ts';
import type { RequestContext } from './request.ts';

export type Piece = GlobPiece | Variable;

export interface Variable {
  /** In lower case. */
  readonly variable: string;
  readonly fallback: string | undefined;
}

/** The document that a text comes from. */
export interface Scope {
  readonly kind: PolicyKind;
  readonly hasVariables: boolean;
}

export interface TextForm {
  readonly hasWildcards: boolean;
  readonly ignoresCase: boolean;
}

/** Whether a text of the request fits. Undefined: a variable has no value, so there is nothing to compare with. */
export type TextMatcher = (text: string, context: RequestContext) => boolean | undefined;

interface Syntax {
  readonly hasVariables: boolean;
  readonly hasWildcards: boolean;
}

/** Undefined if a variable is not well formed. */
export function parseTemplate(text: string, syntax: Syntax): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    if (syntax.hasVariables && text.startsWith('${', at)) {
      const variable = parseVariable(text, at);
      if (variable === undefined) return undefined;
      pieces.push(variable.piece);
      at = variable.end;
    } else {
      const character = text.charAt(at++);
      const isWild = syntax.hasWildcards && (character === '*' || character === '?');
      if (isWild) pieces.push({ wild: character });
      else at = pushText(pieces, text, { at: at - 1, syntax });
    }
  }
  return pieces;
}

/** Takes the text up to the next thing that could be special, and says where that is. */
function pushText(pieces: Piece[], text: string, from: { readonly at: number; readonly syntax: Syntax }): number {
  let end = from.at + 1;
  for (; end < text.length; end++) {
    const character = text.charAt(end);
    if (character === '$' && from.syntax.hasVariables) break;
    if (from.syntax.hasWildcards && (character === '*' || character === '?')) break;
  }
  pieces.push({ text: text.slice(from.at, end) });
  return end;
}

function parseVariable(text: string, at: number): { readonly piece: Piece; readonly end: number } | undefined {
  const escaped = text.charAt(at + 2);
  if ('*?$'.includes(escaped) && text.charAt(at + 3) === '}') return { piece: { text: escaped }, end: at + 4 };
  let keyEnd = at + 2;
  while (keyEnd < text.length && text.charAt(keyEnd) !== '}' && text.charAt(keyEnd) !== ',') keyEnd++;
  const variable = text.slice(at + 2, keyEnd).toLowerCase();
  if (variable === '') return undefined;
  if (text.charAt(keyEnd) === '}') return { piece: { variable, fallback: undefined }, end: keyEnd + 1 };
  const close = text.indexOf("'}", keyEnd + 3);
  if (!text.startsWith(", '", keyEnd) || close < 0) return undefined;
  return { piece: { variable, fallback: text.slice(keyEnd + 3, close) }, end: close + 2 };
}

/** A text that is not well formed fits nothing, as if one of its variables had no value. */
export function compileText(text: string, scope: Scope, form: TextForm): TextMatcher {
  const pieces = parseTemplate(text, { hasVariables: scope.hasVariables, hasWildcards: form.hasWildcards });
  if (pieces === undefined) return () => undefined;
  if (!form.ignoresCase) return compileTemplate(pieces, scope);
  const matches = compileTemplate(pieces.map(inLowerCase), scope);
  return (value, context) => matches(value.toLowerCase(), { get: (key) => context.get(key)?.map(toLowerCase) });
}

const toLowerCase = (text: string): string => text.toLowerCase();

function inLowerCase(piece: Piece): Piece {
  if ('text' in piece) return { text: piece.text.toLowerCase() };
  return 'wild' in piece ? piece : { variable: piece.variable, fallback: piece.fallback?.toLowerCase() };
}

export function compileTemplate(pieces: readonly Piece[], scope: Scope): TextMatcher {
  if (!isFixed(pieces)) {
    return (text, context) => {
      const resolved = resolve(pieces, scope, context);
      return resolved && matchesGlob(compileGlob(resolved), text);
    };
  }
  const glob = compileGlob(pieces);
  const [only] = glob.segments;
  if (glob.segments.length === 1 && only.gaps.size === 0) return (text) => text === only.text;
  if (glob.minLength === 0) return () => true;
  return (text) => matchesGlob(glob, text);
}

function isFixed(pieces: readonly Piece[]): pieces is readonly GlobPiece[] {
  return pieces.every((piece) => !('variable' in piece));
}

/** With every variable replaced by its value, which is plain text: a star in it is a star. */
function resolve(pieces: readonly Piece[], scope: Scope, context: RequestContext): GlobPiece[] | undefined {
  const resolved: GlobPiece[] = [];
  for (const piece of pieces) {
    if ('variable' in piece) {
      const text = readVariable(piece, scope, context);
      if (text === undefined) return undefined;
      resolved.push({ text });
    } else {
      resolved.push(piece);
    }
  }
  return resolved;
}

function readVariable({ variable, fallback }: Variable, scope: Scope, context: RequestContext): string | undefined {
  if (isMultivalued(variable)) return undefined;
  const values = isReadable(variable, scope.kind) ? context.get(variable) : undefined;
  if (values === undefined || values.length === 0) return fallback;
  return values.length === 1 ? values[0] : undefined; // two tags that differ in case: which one is meant is not known
}
