/** The AWS SDKs' own models of their services, and ours, in one form in which they can be compared. */
import assert from 'node:assert/strict';
import type { ListShape, Optional, Shape, StructureShape } from '#model/schema.ts';

/** How the SDK writes a structure down: [3, namespace, name, traits, member names, member types, required count]. */
type SdkStructure = readonly [3, string, string, unknown, readonly string[], readonly unknown[], number?];
type Kinds = { readonly [member: string]: string | Kinds };

/** Reduces an SDK type reference to our kinds. Throws on a type that it does not know, so nothing passes unseen. */
function sdkKind(reference: unknown): string | Kinds {
  const type = typeof reference === 'function' ? (reference as () => unknown)() : reference;
  if (Array.isArray(type)) {
    if (type.length === 2) return sdkKind(type[0]); // [type, traits]: a member with traits of its own
    const [code, , , , content] = type;
    if (code === 3 || code === 4) return sdkKinds(type as unknown as SdkStructure);
    if (code === 1) return listKind(sdkKind(content));
    if (code === 2) return 'map';
    assert.equal(code, 0); // a simple type with a name
    return sdkKind(content);
  }
  switch (type) {
    case 0:
      return 'string';
    case 1:
      return 'integer';
    case 2:
      return 'boolean';
    case 4:
      return 'timestamp';
    case 21:
      return 'blob';
    case 64:
      return 'list of string';
    case 128:
    case 129:
      return 'map';
    default:
      throw new Error(`The SDK has a type that this test does not know: ${JSON.stringify(type)}`);
  }
}

function listKind(element: string | Kinds): string | Kinds {
  return typeof element === 'string' ? `list of ${element}` : { 'list of': element };
}

/** Members that AWS has added lately and that we do not look at: see DIVERGENCES.md, newer-members. */
const newer: ReadonlySet<string> = new Set([
  'MinimumSessionTokenSize',
  'SessionTokenSize',
  'SessionTokenUtilization',
  'SourceRoleTemplate',
]);

export function sdkKinds([, , , , names, types]: SdkStructure): Kinds {
  const members = names.map((name, index) => [name, sdkKind(types[index])] as const);
  return Object.fromEntries(members.filter(([name]) => !newer.has(name)));
}

function ourKind(shape: Shape<unknown>): string | Kinds {
  if (shape.kind === 'structure') return ourKinds(shape as StructureShape<Record<string, Shape<unknown>>>);
  if (shape.kind === 'list') return listKind(ourKind((shape as ListShape<unknown>).element));
  return shape.kind;
}

export function ourKinds({ members }: StructureShape<Record<string, Shape<unknown> | Optional<unknown>>>): Kinds {
  const kinds = Object.entries(members).map(([name, member]) => {
    return [name, ourKind('optional' in member ? member.optional : member)] as const;
  });
  return Object.fromEntries(kinds);
}

/** `unit` stands for nothing. */
function resolved(thunk: unknown): SdkStructure | undefined {
  const type = typeof thunk === 'function' ? (thunk as () => unknown)() : thunk;
  return Array.isArray(type) && type[0] === 3 ? (type as unknown as SdkStructure) : undefined;
}

export function sdkOperation(
  sdk: object,
  name: string,
): { readonly input: SdkStructure; readonly output: SdkStructure | undefined } {
  const operation = (sdk as Record<string, readonly unknown[]>)[`${name}$`];
  assert(operation !== undefined, `the SDK has no operation ${name}`);
  const [input, output] = operation.slice(4, 6).map(resolved);
  return { input: input ?? [3, '', 'nothing', 0, [], []], output };
}

/** An operation of ours, as far as the models say something about it. */
export interface Modelled {
  readonly input: StructureShape<never>;
  readonly output: Shape<unknown> | undefined;
}

/** Members, types, and which members of the input are required. */
export function assertModelled(sdk: object, name: string, operation: Modelled): void {
  const { input, output } = sdkOperation(sdk, name);
  assert.deepEqual(ourKinds(operation.input), sdkKinds(input));
  const required = Object.entries(operation.input.members).filter(([, member]) => !('optional' in Object(member)));
  assert.deepEqual(required.map(([member]) => member).sort(), input[4].slice(0, input[6] ?? 0).sort());
  const ours = operation.output === undefined ? 'no output' : ourKinds(operation.output as never);
  assert.deepEqual(ours, output === undefined ? 'no output' : sdkKinds(output));
}
