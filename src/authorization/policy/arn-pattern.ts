/**
 * ARNs compared part by part: a wildcard never reaches over one of the first five colons. Source: IAM User Guide, Amazon
 * Resource Name (ARN) condition operators, and IAM JSON policy elements: Resource.
 */
import type { RequestContext } from './request.ts';
import { compileTemplate, type Piece, parseTemplate, type Scope, type TextMatcher } from './template.ts';

const partCount = 6;

/** The parts of an ARN; the last one may hold more colons. Undefined for a text with fewer. */
export function splitArn(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  let at = 0;
  while (parts.length < partCount - 1) {
    const colon = text.indexOf(':', at);
    if (colon < 0) return undefined;
    parts.push(text.slice(at, colon));
    at = colon + 1;
  }
  parts.push(text.slice(at));
  return parts;
}

/** As TextMatcher, for the parts of an ARN. Undefined parts fit nothing. */
export type ArnMatcher = (parts: readonly string[] | undefined, context: RequestContext) => boolean | undefined;

/** A pattern with fewer parts than an ARN fits nothing. */
export function compileArnPattern(pattern: string, scope: Scope): ArnMatcher {
  const pieces = parseTemplate(pattern, { hasVariables: scope.hasVariables, hasWildcards: true });
  const matchers = pieces && splitPieces(pieces).map((part) => compileTemplate(part, scope));
  if (matchers === undefined) return () => undefined;
  return (parts, context) => {
    const fits = parts !== undefined && matchers.length === partCount;
    return fitsAll(matchers, fits ? parts : [], context) && fits;
  };
}

/** All parts are looked at even after one that does not fit, since a variable without value must come to light. */
function fitsAll(matchers: readonly TextMatcher[], parts: readonly string[], context: RequestContext) {
  let fits = true;
  for (let index = 0; index < matchers.length; index++) {
    const fitsPart = matchers[index]?.(parts[index] ?? '', context);
    if (fitsPart === undefined) return undefined;
    fits &&= fitsPart;
  }
  return fits;
}

/** Splits at the first five colons that are text; those within a variable's name do not count. */
function splitPieces(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  let part: Piece[] = [];
  const parts = [part];
  for (const piece of pieces) {
    if (!('text' in piece)) {
      part.push(piece);
      continue;
    }
    let at = 0;
    for (let colon = piece.text.indexOf(':'); colon >= 0 && parts.length < partCount; ) {
      part.push({ text: piece.text.slice(at, colon) });
      part = [];
      parts.push(part);
      at = colon + 1;
      colon = piece.text.indexOf(':', at);
    }
    part.push({ text: piece.text.slice(at) });
  }
  return parts;
}
