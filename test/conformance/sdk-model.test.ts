/** Our records against the AWS SDK's own model of all 56 operations: members, types, and which are required. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-kms';
import { kmsOperationNames } from '#model/operation-names.ts';
import type { EnumShape, ListShape, Optional, Shape, StructureShape } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { kmsOperations } from '#operations/kms/registry.ts';

/** How the SDK writes a structure down: [3, namespace, name, traits, member names, member types, required count]. */
type SdkStructure = readonly [3, string, string, unknown, readonly string[], readonly unknown[], number?];
type Kinds = { readonly [member: string]: string | Kinds };

/** Reduces an SDK type reference to our kinds. Throws on a type that it does not know, so nothing passes unseen. */
function sdkKind(reference: unknown): string | Kinds {
  const type = typeof reference === 'function' ? (reference as () => unknown)() : reference;
  if (Array.isArray(type)) {
    if (type.length === 2) return sdkKind(type[0]); // [type, traits]: a member with traits of its own
    const [code, , , , content] = type;
    if (code === 3) return sdkKinds(type as unknown as SdkStructure);
    if (code === 1) return listKind(sdkKind(content));
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
      return 'map';
    default:
      throw new Error(`The SDK has a type that this test does not know: ${JSON.stringify(type)}`);
  }
}

function listKind(element: string | Kinds): string | Kinds {
  return typeof element === 'string' ? `list of ${element}` : { 'list of': element };
}

function sdkKinds([, , , , names, types]: SdkStructure): Kinds {
  return Object.fromEntries(names.map((name, index) => [name, sdkKind(types[index])]));
}

function ourKind(shape: Shape<unknown>): string | Kinds {
  if (shape.kind === 'structure') return ourKinds(shape as StructureShape<Record<string, Shape<unknown>>>);
  if (shape.kind === 'list') return listKind(ourKind((shape as ListShape<unknown>).element));
  return shape.kind;
}

function ourKinds({ members }: StructureShape<Record<string, Shape<unknown> | Optional<unknown>>>): Kinds {
  const kinds = Object.entries(members).map(([name, member]) => {
    return [name, ourKind('optional' in member ? member.optional : member)] as const;
  });
  return Object.fromEntries(kinds);
}

function sdkOperation(name: string): { readonly input: SdkStructure; readonly output: SdkStructure | undefined } {
  const operation = (sdk as unknown as Record<string, readonly unknown[]>)[`${name}$`];
  assert(operation !== undefined, `the SDK has no operation ${name}`);
  const [input, output] = operation.slice(4, 6).map((thunk) => (thunk as () => SdkStructure)());
  assert(input !== undefined);
  return { input, output: Array.isArray(output) && output[0] === 3 ? output : undefined };
}

test('every operation that the SDK knows has a record, and no other has', () => {
  const known = Object.keys(sdk)
    .filter((name) => name.endsWith('Command') && name !== '$Command')
    .map((name) => name.slice(0, -'Command'.length));
  assert.equal(known.length, 56);
  assert.deepEqual([...kmsOperationNames].sort(), known.sort());
  assert.deepEqual([...kmsOperations.keys()].sort(), known.sort());
});

for (const name of kmsOperationNames) {
  test(`${name} takes and gives what the SDK's model says`, () => {
    const operation = kmsOperations.get(name);
    assert(operation !== undefined);
    const { input, output } = sdkOperation(name);
    assert.deepEqual(ourKinds(operation.input as never), sdkKinds(input));
    const required = Object.entries(operation.input.members).filter(([, member]) => !('optional' in member));
    assert.deepEqual(required.map(([member]) => member).sort(), input[4].slice(0, input[6] ?? 0).sort());
    const ours = operation.output === undefined ? 'empty body' : ourKinds(operation.output as never);
    assert.deepEqual(ours, output === undefined ? 'empty body' : sdkKinds(output));
  });
}

test('the enumerations have the same values as the SDK', () => {
  const pairs: readonly (readonly [string, EnumShape<string>])[] = [
    ['KeySpec', shapes.keySpec],
    ['CustomerMasterKeySpec', shapes.customerMasterKeySpec],
    ['KeyUsageType', shapes.keyUsage],
    ['KeyState', shapes.keyState],
    ['OriginType', shapes.origin],
    ['DataKeySpec', shapes.dataKeySpec],
    ['DataKeyPairSpec', shapes.dataKeyPairSpec],
    ['EncryptionAlgorithmSpec', shapes.encryptionAlgorithm],
    ['SigningAlgorithmSpec', shapes.signingAlgorithm],
    ['MacAlgorithmSpec', shapes.macAlgorithm],
    ['KeyAgreementAlgorithmSpec', shapes.keyAgreementAlgorithm],
    ['EncapsulationAlgorithmSpec', shapes.encapsulationAlgorithm],
    ['MessageType', shapes.messageType],
    ['ExpirationModelType', shapes.expirationModel],
    ['CustomKeyStoreType', shapes.customKeyStoreType],
    ['XksProxyConnectivityType', shapes.xksProxyConnectivity],
    ['GrantOperation', shapes.grantOperations.element as EnumShape<string>],
  ];
  for (const [name, shape] of pairs) {
    const theirs = (sdk as unknown as Record<string, Record<string, string>>)[name];
    assert.deepEqual([...shape.values].sort(), Object.values(theirs ?? {}).sort(), name);
  }
});
