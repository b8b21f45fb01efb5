import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { ApiError } from './api-error.ts';
import {
  blob,
  boolean,
  decodeInput,
  enumeration,
  integer,
  list,
  optional,
  type Shape,
  secretBlob,
  string,
  structure,
  textMap,
  timestamp,
} from './schema.ts';
import * as shapes from './shapes.ts';

function refusal(shape: Shape<unknown>, json: unknown): string {
  try {
    decodeInput(shape, json);
  } catch (error) {
    assert(error instanceof ApiError);
    return `${error.name}: ${error.message}`;
  }
  return 'accepted';
}

const one = (clause: string) => `ValidationException: 1 validation error detected: ${clause}`;

test('each kind of broken constraint has its clause', () => {
  const cases: readonly (readonly [Shape<unknown>, unknown, string])[] = [
    [
      structure({ KeyId: shapes.keyId }),
      {},
      "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ],
    [
      structure({ KeyId: shapes.keyId }),
      { KeyId: null },
      "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ],
    [
      structure({ NumberOfBytes: shapes.numberOfBytes }),
      { NumberOfBytes: 0 },
      "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      structure({ NumberOfBytes: shapes.numberOfBytes }),
      { NumberOfBytes: 1025 },
      "Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ],
    [
      structure({ KeyId: shapes.keyId }),
      { KeyId: '' },
      "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      structure({ Plaintext: shapes.plaintext }),
      { Plaintext: Buffer.alloc(4097).toString('base64') },
      "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    ],
    [
      structure({ AliasName: shapes.aliasName }),
      { AliasName: 'alias/a b' },
      "Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ],
    [
      structure({ KeySpec: shapes.dataKeySpec }),
      { KeySpec: 'AES_512' },
      "Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
    ],
    [
      structure({ Tags: shapes.tags }),
      { Tags: [{ TagKey: 'a'.repeat(129), TagValue: '' }] },
      `Value '${'a'.repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128`,
    ],
    [
      structure({ Tags: shapes.tags }),
      { Tags: [{ TagKey: 'a', TagValue: '' }, { TagKey: 'b' }] },
      "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null",
    ],
    [
      structure({ Operations: list(enumeration(['Sign', 'Verify'])) }),
      { Operations: ['Sign', 'Foo'] },
      "Value '[Sign, Foo]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [Sign, Verify]]",
    ],
    [
      structure({ GrantTokens: shapes.grantTokens }),
      { GrantTokens: Array(11).fill('t') },
      "Value at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
    ],
  ];
  for (const [shape, json, clause] of cases) assert.equal(refusal(shape, json), one(clause));
});

test('all violations are told at once, in the order of the members', () => {
  const shape = structure({ AliasName: shapes.aliasName, TargetKeyId: shapes.keyId });
  assert.equal(
    refusal(shape, { TargetKeyId: '' }),
    "ValidationException: 2 validation errors detected: Value null at 'aliasName' failed to satisfy constraint: Member must not be null; Value '' at 'targetKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
});

test('the values of sensitive members stay out of errors', () => {
  const shape = structure({ KeyStorePassword: shapes.keyStorePassword, GrantToken: shapes.grantToken });
  const text = refusal(shape, { KeyStorePassword: 'short', GrantToken: '' });
  assert(text.includes("Value at 'keyStorePassword' failed") && !text.includes('short'), text);
});

test('a wrong JSON type is a SerializationException', () => {
  const cases: readonly (readonly [Shape<unknown>, unknown])[] = [
    [string(), 1],
    [integer(), '1'],
    [integer(), 1.5],
    [boolean, 'true'],
    [timestamp, '2026-01-01'],
    [blob(), 7],
    [blob(), 'not base64'],
    [secretBlob(), 'a'],
    [list(string()), 'a'],
    [list(string()), {}],
    [textMap(), []],
    [textMap(), { a: 1 }],
    [textMap(), { a: null }],
    [structure({}), []],
    [structure({}), 'text'],
    [structure({}), null],
    [enumeration(['A']), 1],
  ];
  for (const [shape, json] of cases)
    assert.match(refusal(shape, json), /^SerializationException: /, JSON.stringify(json));
});

test('absent and null are the same, unknown members are ignored, inherited names are not members', () => {
  const shape = structure({ Description: optional(string()), constructor: optional(string()) });
  assert.deepEqual(decodeInput(shape, { Description: null, Unknown: 1 }), {});
});

test('a map keeps a member called __proto__', () => {
  const map = decodeInput(textMap(), JSON.parse('{"__proto__":"x","a":"b"}'));
  assert.deepEqual(
    [...map],
    [
      ['__proto__', 'x'],
      ['a', 'b'],
    ],
  );
});

test('answers leave absent members out and write times as seconds', () => {
  const shape = structure({ A: optional(string()), When: timestamp, Secret: secretBlob() });
  const wire = shape.encode({ A: undefined, When: 1_593_622_000_191, Secret: new SecretBytes(Uint8Array.of(1, 2)) });
  assert.equal(JSON.stringify(wire), '{"When":1593622000.191,"Secret":"AQI="}');
});

test('an error text stays within bounds, whatever there is to complain about', () => {
  const many = refusal(structure({ Tags: shapes.tags }), { Tags: Array(100_000).fill({}) });
  assert(many.length < 20_000, `${many.length} characters`);
  const enums = refusal(structure({ Operations: shapes.grantOperations }), { Operations: Array(200_000).fill('x') });
  assert(enums.length < 2000, `${enums.length} characters`);
  const long = refusal(structure({ KeyId: shapes.keyId }), { KeyId: 'x'.repeat(1_000_000) });
  assert(long.length < 2000, `${long.length} characters`);
});
