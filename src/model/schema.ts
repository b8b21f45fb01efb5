/**
 * Shapes of the AWS JSON 1.1 protocol as values: what a member is, what it may hold, and how it crosses the wire.
 * A shape decodes JSON into what operations work with and encodes their answers back. Two kinds of refusal, as AWS has
 * them: a wrong JSON type is a SerializationException at once; every broken constraint is noted, and all of them are
 * reported together in one ValidationException (kms-semantics: validation framework format).
 */
import { parseBase64, toBase64, utf8 } from '#base/bytes.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { serialization, validation } from './errors.ts';
import { broken, checkLength, echo, type Length, mostClauses, type Site } from './violations.ts';

/** Which of the protocol's types a shape is; tests compare it with the SDK's own model. */
export type ShapeKind = 'string' | 'integer' | 'boolean' | 'timestamp' | 'blob' | 'list' | 'map' | 'structure';

export interface Shape<T> {
  readonly kind: ShapeKind;
  /** Its values are shown to nobody but the caller. */
  readonly isSensitive?: true;
  /** JSON to value. Adds a clause to `clauses` for each broken constraint; throws SerializationException on a wrong type. */
  decode(json: unknown, path: string, clauses: string[]): T;
  /** Value to JSON. */
  encode(value: T): unknown;
}

export interface Optional<T> {
  readonly optional: Shape<T>;
}

type Member = Shape<unknown> | Optional<unknown>;
export type Members = Readonly<Record<string, Member>>;

export type ValueOf<M> = M extends Optional<infer T> ? T : M extends Shape<infer T> ? T : never;
export type Structure<M extends Members> = {
  readonly [K in keyof M as M[K] extends Optional<unknown> ? never : K]: ValueOf<M[K]>;
} & {
  readonly [K in keyof M as M[K] extends Optional<unknown> ? K : never]?: ValueOf<M[K]> | undefined;
};

export interface StructureShape<M extends Members> extends Shape<Structure<M>> {
  readonly kind: 'structure';
  readonly members: M;
}

export interface ListShape<T> extends Shape<readonly T[]> {
  readonly kind: 'list';
  readonly element: Shape<T>;
}

export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

// --- Strings ---------------------------------------------------------------------------------------------------------

interface Text extends Length {
  /** AWS's regular expression, shown to the caller. A pattern of Java's: the whole value must match; it may say `\p{L}`. */
  readonly pattern?: string;
  /** The value never enters an error text. */
  readonly sensitive?: boolean;
}

export function string(text: Text = {}): Shape<string> {
  const pattern = text.pattern === undefined ? undefined : new RegExp(`^(?:${text.pattern})$`, 'u');
  return {
    kind: 'string',
    ...(text.sensitive && { isSensitive: true }),
    decode(json, path, clauses) {
      if (typeof json !== 'string') throw wrongType('STRING_VALUE');
      const shown = text.sensitive ? 'Value' : `Value '${echo(json)}'`;
      checkLength(json.length, text, { shown, path, clauses });
      if (pattern !== undefined && !pattern.test(json)) {
        clauses.push(broken(shown, path, `Member must satisfy regular expression pattern: ${text.pattern}`));
      }
      return json;
    },
    encode: (value) => value,
  };
}

export interface EnumShape<V extends string> extends Shape<V> {
  readonly values: readonly V[];
}

export function enumeration<const V extends string>(values: readonly V[]): EnumShape<V> {
  const known = new Set<string>(values);
  return {
    kind: 'string',
    values,
    decode(json, path, clauses) {
      if (typeof json !== 'string') throw wrongType('STRING_VALUE');
      if (!known.has(json)) clauses.push(broken(`Value '${echo(json)}'`, path, enumConstraint(values)));
      return json as V; // proven by the set, or the whole request is refused for the clause
    },
    encode: (value) => value,
  };
}

function enumConstraint(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`;
}

// --- Numbers, booleans, times ----------------------------------------------------------------------------------------

export function integer(range: Length = {}): Shape<number> {
  return {
    kind: 'integer',
    decode(json, path, clauses) {
      if (typeof json !== 'number' || !Number.isInteger(json)) throw wrongType('NUMBER_VALUE');
      const bound = (words: string, limit: number) =>
        clauses.push(broken(`Value '${json}'`, path, `Member must have value ${words} than or equal to ${limit}`));
      if (range.min !== undefined && json < range.min) bound('greater', range.min);
      if (range.max !== undefined && json > range.max) bound('less', range.max);
      return json;
    },
    encode: (value) => value,
  };
}

export const boolean: Shape<boolean> = {
  kind: 'boolean',
  decode(json) {
    if (typeof json !== 'boolean') throw wrongType('TRUE_VALUE');
    return json;
  },
  encode: (value) => value,
};

/** On the wire seconds since the epoch, fractions allowed; inside, milliseconds. */
export const timestamp: Shape<number> = {
  kind: 'timestamp',
  decode(json) {
    if (typeof json !== 'number') throw wrongType('NUMBER_VALUE');
    return Math.round(json * 1000);
  },
  encode: (milliseconds) => milliseconds / 1000,
};

// --- Bytes -----------------------------------------------------------------------------------------------------------

export function blob(length: Length = {}): Shape<Uint8Array> {
  return {
    kind: 'blob',
    decode: (json, path, clauses) => decodeBytes(json, length, { shown: 'Value', path, clauses }),
    encode: toBase64,
  };
}

/** Bytes that travel in clear and nowhere else: a plaintext, a data key. */
export function secretBlob(length: Length = {}): Shape<SecretBytes> {
  return {
    kind: 'blob',
    decode: (json, path, clauses) => new SecretBytes(decodeBytes(json, length, { shown: 'Value', path, clauses })),
    encode: (secret) => toBase64(secret.reveal()),
  };
}

/** Text that travels in clear and nowhere else: a secret access key. */
export const secretString: Shape<SecretBytes> = {
  kind: 'string',
  isSensitive: true,
  decode(json) {
    if (typeof json !== 'string') throw wrongType('STRING_VALUE');
    return new SecretBytes(utf8(json));
  },
  encode: (secret) => Buffer.from(secret.reveal()).toString('utf8'),
};

function decodeBytes(json: unknown, length: Length, place: Site): Uint8Array {
  if (typeof json !== 'string') throw wrongType('STRING_VALUE');
  const bytes = parseBase64(json);
  if (bytes === undefined) throw serialization('A blob is not valid base64.');
  checkLength(bytes.length, length, place);
  return bytes;
}

// --- Containers ------------------------------------------------------------------------------------------------------

export function list<T>(element: Shape<T>, length: Length = {}): ListShape<T> {
  return {
    kind: 'list',
    element,
    decode(json, path, clauses) {
      if (!Array.isArray(json)) throw wrongType('START_ARRAY');
      checkLength(json.length, length, { shown: 'Value', path, clauses });
      if (length.max !== undefined && json.length > length.max) return [];
      if ('values' in element) return decodeEnumList(json, element as never, { shown: '', path, clauses });
      return json.map((item: unknown, index) => {
        if (clauses.length >= mostClauses) return item as never; // the request is refused already
        const at = `${path}.${index + 1}.member`;
        if (item === null) clauses.push(broken('Value null', at, 'Member must not be null'));
        return item === null ? (item as never) : element.decode(item, at, clauses);
      });
    },
    encode: (values) => values.map((value) => element.encode(value)),
  };
}

/** AWS reports a list of enumeration values as one clause for the whole list. */
function decodeEnumList(json: readonly unknown[], element: EnumShape<never>, place: Site): never[] {
  if (json.some((item) => typeof item !== 'string')) throw wrongType('STRING_VALUE');
  const known: ReadonlySet<unknown> = new Set(element.values);
  if (json.some((item) => !known.has(item))) {
    const constraint = `Member must satisfy constraint: [${enumConstraint(element.values)}]`;
    place.clauses.push(broken(`Value '[${echo(json.slice(0, mostClauses).join(', '))}]'`, place.path, constraint));
  }
  return json as never[]; // proven by the set, or the whole request is refused for the clause
}

/** A map of text to text: an encryption context. A Map, because a member may be called `__proto__`. */
export function textMap(): Shape<ReadonlyMap<string, string>> {
  return {
    kind: 'map',
    decode(json) {
      if (!isObject(json)) throw wrongType('START_OBJECT');
      const map = new Map<string, string>();
      for (const [name, value] of Object.entries(json)) {
        // Diverges: null-map-value
        if (typeof value !== 'string') throw wrongType('STRING_VALUE');
        map.set(name, value);
      }
      return map;
    },
    encode: (map) => Object.fromEntries(map),
  };
}

/** A map of text to numbers, such as the quotas of an account. For answers alone. */
export const numberMap: Shape<ReadonlyMap<string, number>> = {
  kind: 'map',
  decode() {
    throw wrongType('nothing');
  },
  encode: (map) => Object.fromEntries(map),
};

export function structure<M extends Members>(members: M): StructureShape<M> {
  const fields = Object.entries(members).map(([name, member]) => ({
    name,
    wireName: lowerFirst(name),
    isRequired: !('optional' in member),
    shape: ('optional' in member ? member.optional : member) as Shape<unknown>,
  }));
  return {
    kind: 'structure',
    members,
    decode(json, path, clauses) {
      if (!isObject(json)) throw wrongType('START_OBJECT');
      const decoded: Record<string, unknown> = {};
      for (const { name, wireName, isRequired, shape } of fields) {
        const value = Object.hasOwn(json, name) ? json[name] : undefined;
        if (value !== undefined && value !== null) {
          decoded[name] = shape.decode(value, path === '' ? wireName : `${path}.${wireName}`, clauses);
        } else if (isRequired) {
          const at = path === '' ? wireName : `${path}.${wireName}`;
          clauses.push(broken('Value null', at, 'Member must not be null'));
        }
      }
      return decoded as Structure<M>; // each member came from its own shape, or a clause refuses the request
    },
    encode(value) {
      const wire: Record<string, unknown> = {};
      const held: Readonly<Record<string, unknown>> = value;
      for (const { name, shape } of fields) {
        const member = held[name];
        if (member !== undefined) wire[name] = shape.encode(member);
      }
      return wire;
    },
  };
}

/** Decodes a request. Throws ValidationException with every broken constraint, or SerializationException. */
export function decodeInput<T>(shape: Shape<T>, json: unknown): T {
  const clauses: string[] = [];
  const value = shape.decode(json, '', clauses);
  if (clauses.length > 0) throw validation(clauses);
  return value;
}

/** A member that only some requests need. Throws ValidationException where it is missing. */
export function requireMember<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw validation([broken('Value null', lowerFirst(name), 'Member must not be null')]);
  return value;
}

const wrongType = (expected: string) => serialization(`${expected} was expected but not found.`);

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
