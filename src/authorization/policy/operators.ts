/**
 * The condition operators, one record each. Source: IAM User Guide, IAM JSON policy elements: Condition operators.
 * Operator names are compared without case; Null is not here, since it compares no values (see conditions.ts).
 */
import { compileArnPattern, splitArn } from './arn-pattern.ts';
import { isInRange, parseAddress, parseRange } from './ip.ts';
import type { RequestContext } from './request.ts';
import { compileText, type Scope, type TextForm } from './template.ts';
import { parseBinary, parseBool, parseDate, parseNumber } from './values.ts';

/** Whether one value of the request and one value of the policy belong together. False if either is not of the type. */
export type Matcher = (value: string, context: RequestContext) => boolean;

export interface Operator {
  /** The condition holds for a value that no value of the policy matches. */
  readonly isNegated: boolean;
  /** Makes the matcher of one value of the policy. Does not throw: a value that cannot be read matches nothing. */
  compile(value: string, scope: Scope): Matcher;
}

const isEqual = <T>(value: T, bound: T): boolean => value === bound;
const isLess = (value: number, bound: number): boolean => value < bound;
const isAtMost = (value: number, bound: number): boolean => value <= bound;
const isMore = (value: number, bound: number): boolean => value > bound;
const isAtLeast = (value: number, bound: number): boolean => value >= bound;

const exact = text({ hasWildcards: false, ignoresCase: false });
const exactButCase = text({ hasWildcards: false, ignoresCase: true });
const like = text({ hasWildcards: true, ignoresCase: false });
const inRange = typed({ read: parseAddress, readBound: parseRange, holds: isInRange });

const operators: ReadonlyMap<string, Operator> = new Map([
  ['stringequals', exact],
  ['stringnotequals', not(exact)],
  ['stringequalsignorecase', exactButCase],
  ['stringnotequalsignorecase', not(exactButCase)],
  ['stringlike', like],
  ['stringnotlike', not(like)],
  ...ordered('numeric', parseNumber),
  ...ordered('date', parseDate),
  ['bool', typed({ read: parseBool, readBound: parseBool, holds: isEqual })],
  ['binaryequals', typed({ read: parseBinary, readBound: parseBinary, holds: isEqual })],
  ['ipaddress', inRange],
  ['notipaddress', not(inRange)],
  ['arnequals', arn()],
  ['arnlike', arn()],
  ['arnnotequals', not(arn())],
  ['arnnotlike', not(arn())],
]);

/** A condition operator with what may stand before and after it. */
export interface OperatorName {
  readonly set: 'all' | 'any' | undefined;
  readonly ifExists: boolean;
  /** `null` stands for Null. */
  readonly operator: Operator | null;
}

const forms = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/;

/** Undefined for a name that is no operator. Null takes neither a set operator nor IfExists. */
export function parseOperatorName(name: string): OperatorName | undefined {
  const [, setText, base = '', ifExistsText] = forms.exec(name.toLowerCase()) ?? [];
  const set = setText && (setText === 'forallvalues' ? 'all' : 'any');
  const ifExists = ifExistsText !== undefined;
  if (base === 'null') return set || ifExists ? undefined : { set: undefined, ifExists, operator: null };
  const operator = operators.get(base);
  return operator && { set: set || undefined, ifExists, operator };
}

function not(operator: Operator): Operator {
  return { ...operator, isNegated: true };
}

/** The six comparisons of a type whose values have an order. */
function ordered(type: string, read: (text: string) => number | undefined): readonly (readonly [string, Operator])[] {
  const equals = typed({ read, readBound: read, holds: isEqual });
  return [
    [`${type}equals`, equals],
    [`${type}notequals`, not(equals)],
    [`${type}lessthan`, typed({ read, readBound: read, holds: isLess })],
    [`${type}lessthanequals`, typed({ read, readBound: read, holds: isAtMost })],
    [`${type}greaterthan`, typed({ read, readBound: read, holds: isMore })],
    [`${type}greaterthanequals`, typed({ read, readBound: read, holds: isAtLeast })],
  ];
}

interface Type<V, B> {
  readonly read: (text: string) => V | undefined;
  readonly readBound: (text: string) => B | undefined;
  readonly holds: (value: V, bound: B) => boolean;
}

/** Types other than text. They have no variables. */
function typed<V, B>({ read, readBound, holds }: Type<V, B>): Operator {
  return {
    isNegated: false,
    compile(boundText) {
      const bound = readBound(boundText);
      if (bound === undefined) return () => false;
      return (text) => {
        const value = read(text);
        return value !== undefined && holds(value, bound);
      };
    },
  };
}

function text(form: TextForm): Operator {
  return {
    isNegated: false,
    compile(pattern, scope) {
      const matches = compileText(pattern, scope, form);
      return (value, context) => matches(value, context) === true;
    },
  };
}

function arn(): Operator {
  return {
    isNegated: false,
    compile(pattern, scope) {
      const matches = compileArnPattern(pattern, scope);
      return (value, context) => matches(splitArn(value), context) === true;
    },
  };
}
