/**
 * The clauses of a ValidationException: one for each broken constraint, in the wording of AWS's framework
 * (kms-semantics: validation framework format).
 */

export interface Length {
  readonly min?: number;
  readonly max?: number;
}

/** Which value broke it: as it is shown, where it is, and where the clause goes. */
export interface Site {
  readonly shown: string;
  readonly path: string;
  readonly clauses: string[];
}

/** Bounds on an error text, which one mebibyte of mistakes could otherwise make a hundred times as long. */
// Diverges: validation-bounds
export const mostClauses = 100;
const mostEchoed = 1024;

export function echo(text: string): string {
  return text.length <= mostEchoed ? text : `${text.slice(0, mostEchoed)}…`;
}

export function checkLength(length: number, { min, max }: Length, { shown, path, clauses }: Site): void {
  if (min !== undefined && length < min) {
    clauses.push(broken(shown, path, `Member must have length greater than or equal to ${min}`));
  }
  if (max !== undefined && length > max) {
    clauses.push(broken(shown, path, `Member must have length less than or equal to ${max}`));
  }
}

export function broken(shown: string, path: string, constraint: string): string {
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}
