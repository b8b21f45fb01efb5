/**
 * The policy language once more, as slow and as plain as it can be: it walks the parsed JSON for every request and
 * compiles nothing. Written from the IAM User Guide and the AWS KMS Developer Guide, apart from src/authorization/policy
 * and without a line of it, so that a mistake must be made twice to go unseen. It expects well-formed documents.
 */
type Many<T> = T | T[];

export interface NaivePolicy {
  Version?: string;
  Statement: Many<NaiveStatement>;
}

export interface NaiveStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: NaivePrincipal;
  NotPrincipal?: NaivePrincipal;
  Action?: Many<string>;
  NotAction?: Many<string>;
  Resource?: Many<string>;
  NotResource?: Many<string>;
  Condition?: Record<string, Record<string, Many<string | number | boolean>>>;
}

export type NaivePrincipal = '*' | { AWS?: Many<string>; Service?: Many<string> };

export interface NaiveCaller {
  kind: 'root' | 'user' | 'role-session' | 'federated-user' | 'service';
  account?: string;
  /** Every name but the account, the closest first: ARN and unique id of the caller itself. */
  own: string[];
  /** ARN and unique id of the role or user behind a session. */
  behind: string[];
  bounded: boolean;
}

export interface NaiveRequest {
  caller: NaiveCaller;
  action: string;
  resource: string;
  /** Pairs as the request spells them; a key may come twice, in two spellings. */
  context: [key: string, values: string[]][];
}

export type Kind = 'key' | 'identity';
export type Strength = 'direct' | 'role' | 'account';
export type Found = { effect: 'Allow' | 'Deny'; index: number; strength: Strength }[];

const list = <T>(x: Many<T> | undefined): T[] => (x === undefined ? [] : Array.isArray(x) ? x : [x]);
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

// --- one policy ----------------------------------------------------------------------------------------------------

export function naiveEvaluate(policy: NaivePolicy, kind: Kind, request: NaiveRequest): Found {
  const found: Found = [];
  list(policy.Statement).forEach((statement, index) => {
    const strength = kind === 'identity' ? 'direct' : whoIsMeant(statement, request.caller);
    if (strength === null) return;
    if (!actionFits(statement, request.action)) return;
    const view = new View(policy, kind, request);
    if (!resourceFits(statement, request.resource, view)) return;
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      for (const [key, values] of Object.entries(keys)) {
        if (!conditionHolds(operator, key, list(values).map(String), statement.Effect, view)) return;
      }
    }
    found.push({ effect: statement.Effect, index, strength });
  });
  return found;
}

/** The request's values, as a policy of some kind may see them. */
class View {
  policy: NaivePolicy;
  kind: Kind;
  request: NaiveRequest;
  constructor(policy: NaivePolicy, kind: Kind, request: NaiveRequest) {
    this.policy = policy;
    this.kind = kind;
    this.request = request;
  }
  values(key: string): string[] | null {
    if (this.kind === 'key' && (same(key, 'kms:ResourceAliases') || /^aws:ResourceTag\//i.test(key))) return null;
    const all = this.request.context.filter(([name]) => same(name, key)).flatMap(([, values]) => values);
    return all.length === 0 ? null : all;
  }
}

function whoIsMeant(statement: NaiveStatement, caller: NaiveCaller): Strength | null {
  if (statement.NotPrincipal !== undefined) {
    if (caller.bounded) return 'direct';
    const listed = namesIn(statement.NotPrincipal);
    if (listed.includes('*')) return null;
    if (caller.kind === 'service') return caller.own.some((name) => listed.includes(name)) ? null : 'direct';
    const needed = [
      [caller.account],
      ...(caller.own.length > 0 ? [caller.own] : []),
      ...(caller.behind.length > 0 ? [caller.behind] : []),
    ];
    return needed.every((names) => names.some((name) => listed.includes(name ?? '-'))) ? null : 'direct';
  }
  const listed = namesIn(statement.Principal);
  if (listed.includes('*') || caller.own.some((name) => listed.includes(name))) return 'direct';
  if (caller.behind.some((name) => listed.includes(name))) return 'role';
  return caller.account !== undefined && listed.includes(caller.account) ? 'account' : null;
}

function namesIn(principal: NaivePrincipal | undefined): string[] {
  if (principal === '*' || principal === undefined) return list(principal);
  return [...list(principal.AWS), ...list(principal.Service)].map((name: string) => {
    const root = /^arn:aws:iam::(\d+):root$/.exec(name);
    return root ? (root[1] ?? '') : name;
  });
}

// --- patterns ------------------------------------------------------------------------------------------------------

/** One character, or a wildcard. */
type Token = { char: string } | '*' | '?';

function tokens(text: string): Token[] {
  return [...text].map((char) => (char === '*' || char === '?' ? char : { char }));
}

function chars(text: string): Token[] {
  return [...text].map((char) => ({ char }));
}

function glob(pattern: Token[], text: string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return glob(rest, text) || (text.length > 0 && glob(pattern, text.slice(1)));
  return text.length > 0 && (first === '?' || first.char === text[0]) && glob(rest, text.slice(1));
}

/** A text of the policy with its variables replaced. Null if one of them has no value. */
function substitute(text: string, view: View): Token[] | null {
  if (view.policy.Version !== '2012-10-17') return tokens(text);
  let result: Token[] | null = [];
  let rest = text;
  while (rest !== '') {
    const variable = /^\$\{([^},]+?)(?:, '(.*?)')?\}/s.exec(rest);
    if (variable === null) {
      result?.push(...tokens([...rest][0] ?? ''));
      rest = rest.slice(([...rest][0] ?? '').length);
      continue;
    }
    rest = rest.slice(variable[0].length);
    const name = variable[1] ?? '';
    const isMany = ['kms:EncryptionContextKeys', 'kms:GrantOperations', 'kms:ResourceAliases', 'aws:TagKeys'].some(
      (key) => same(key, name),
    );
    const values = view.values(name);
    let value: string | undefined;
    if (['*', '?', '$'].includes(name)) value = name;
    else if (isMany || (values !== null && values.length > 1)) value = undefined;
    else value = values?.[0] ?? variable[2];
    result = value === undefined || result === null ? null : [...result, ...chars(value)];
  }
  return result;
}

function split6(pattern: Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of pattern) {
    if (typeof token === 'object' && token.char === ':' && parts.length < 6) parts.push([]);
    else parts[parts.length - 1]?.push(token);
  }
  return parts;
}

/** ARN against pattern. In our tests no variable's value brings in a colon before the sixth part. */
function arnFits(pattern: Token[], arn: string): boolean {
  const parts = split6(chars(arn)).map((part) => part.map((token) => (token as { char: string }).char));
  const patterns = split6(pattern);
  return parts.length === 6 && patterns.length === 6 && patterns.every((part, index) => glob(part, parts[index] ?? []));
}

function actionFits(statement: NaiveStatement, action: string): boolean {
  const patterns = list(statement.Action ?? statement.NotAction);
  if (patterns.length === 0) return false;
  const fits = patterns.some((one) => glob(tokens(one.toLowerCase()), [...action.toLowerCase()]));
  return statement.NotAction === undefined ? fits : !fits;
}

function resourceFits(statement: NaiveStatement, resource: string, view: View): boolean {
  const patterns = list(statement.Resource ?? statement.NotResource);
  if (patterns.length === 0) return false;
  const filled = patterns.map((one) => substitute(one, view));
  const fits = patterns.map((one, index) => one === '*' || arnFits(filled[index] ?? [], resource));
  if (statement.NotResource === undefined) return fits.some((one, index) => one && filled[index] !== null);
  return !filled.includes(null) && !fits.includes(true);
}

// --- conditions ----------------------------------------------------------------------------------------------------

function conditionHolds(operator: string, key: string, wanted: string[], effect: string, view: View): boolean {
  const parts = /^(?:(forallvalues|foranyvalue):)?(.*?)(ifexists)?$/.exec(operator.toLowerCase());
  const [, set, base = '', ifExists] = parts ?? [];
  const values = view.values(key);
  if (base === 'null') return wanted.some((one) => same(one, values === null ? 'true' : 'false'));
  const negated = /not/.test(base);
  const positive = base.replace('not', '');
  if (values === null) {
    if (ifExists !== undefined) return true;
    if (set !== undefined) return set === 'forallvalues';
    return negated;
  }
  const satisfies = (value: string) => {
    const anyMatches = wanted.some((one) => compare(positive, value, one, view));
    return negated ? !anyMatches : anyMatches;
  };
  if (set === 'forallvalues') return values.every((value) => value === '') || values.every(satisfies);
  if (set === 'foranyvalue') return !values.every((value) => value === '') && values.some(satisfies);
  return effect === 'Allow' ? values.every(satisfies) : values.some(satisfies);
}

function compare(operator: string, value: string, wanted: string, view: View): boolean {
  if (operator.startsWith('string') || operator.startsWith('arn')) {
    const pattern = substitute(wanted, view);
    if (pattern === null) return false;
    const plain = pattern.map((token) => (typeof token === 'object' ? token.char : token)).join('');
    if (operator === 'stringequals') return value === plain;
    if (operator === 'stringequalsignorecase') return same(value, plain);
    if (operator === 'stringlike') return glob(pattern, [...value]);
    if (operator === 'arnequals' || operator === 'arnlike') return arnFits(pattern, value);
  }
  if (operator.startsWith('numeric')) return ordered(operator.slice(7), number(value), number(wanted));
  if (operator.startsWith('date')) return ordered(operator.slice(4), date(value), date(wanted));
  if (operator === 'bool') {
    const [a, b] = [value.toLowerCase(), wanted.toLowerCase()];
    return a === b && (a === 'true' || a === 'false');
  }
  if (operator === 'binaryequals') return bytes(value) !== null && bytes(value) === bytes(wanted);
  if (operator === 'ipaddress') return inRange(value, wanted);
  throw new Error(`the naive model does not know ${operator}`);
}

function ordered(how: string, a: number | null, b: number | null): boolean {
  if (a === null || b === null) return false;
  if (how === 'equals') return a === b;
  if (how === 'lessthan') return a < b;
  if (how === 'lessthanequals') return a <= b;
  if (how === 'greaterthan') return a > b;
  if (how === 'greaterthanequals') return a >= b;
  throw new Error(`the naive model does not know ${how}`);
}

function number(text: string): number | null {
  return /^-?[0-9]+([.][0-9]+)?$/.test(text) ? Number.parseFloat(text) : null;
}

function date(text: string): number | null {
  if (/^[0-9]+([.][0-9]+)?$/.test(text) && !/^[0-9]{4}$/.test(text)) return Number.parseFloat(text);
  const isIso = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(text);
  const millis = isIso ? Date.parse(text) : Number.NaN;
  return Number.isNaN(millis) ? null : millis / 1000;
}

function bytes(text: string): string | null {
  return /^[A-Za-z0-9+/=]*$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64').toString('hex') : null;
}

/** The bits of an address as text, with the family in front. */
function bits(address: string): string | null {
  const v4 = /^(?:::ffff:)?(\d+)[.](\d+)[.](\d+)[.](\d+)$/i.exec(address);
  const toBits = (value: number, width: number) => value.toString(2).padStart(width, '0');
  if (v4 !== null)
    return `4${v4
      .slice(1)
      .map((byte) => toBits(Number(byte), 8))
      .join('')}`;
  if (!/^[0-9a-f]*:[0-9a-f:]*$/i.test(address)) return null;
  const [left = '', right] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = right === undefined ? 0 : 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array.from({ length: missing }, () => '0'), ...groups(right ?? '')];
  return `6${all.map((group) => toBits(Number.parseInt(group, 16), 16)).join('')}`;
}

function inRange(value: string, wanted: string): boolean {
  const [base = '', prefix] = wanted.split('/');
  const [a, b] = [bits(value), bits(base)];
  if (a === null || b === null || Number(prefix ?? 0) >= b.length) return false;
  const length = prefix === undefined ? b.length : Number(prefix) + 1;
  return a.slice(0, length) === b.slice(0, length);
}
