/** What operations take and give that is secret is typed as such, and gone once the answer is written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encode } from '#call/encode.ts';
import type { Done } from '#call/stages.ts';
import type { Members, StructureShape } from '#model/schema.ts';
import { kmsOperations } from '#operations/kms/registry.ts';

const secretMembers = ['Message', 'Plaintext', 'PrivateKeyPlaintext', 'SharedSecret'];

const shapeOf = (member: Members[string] | undefined) => (member && 'optional' in member ? member.optional : member);

test('every member that holds a secret decodes to SecretBytes, and gives back its bytes when it is encoded', () => {
  const found = [];
  for (const { name, input, output } of kmsOperations.values()) {
    for (const { members = {} } of [input, (output ?? {}) as Partial<StructureShape<Members>>]) {
      for (const member of secretMembers.filter((one) => one in members)) {
        const shape = shapeOf(members[member]);
        const secret = shape?.decode('c2VjcmV0', member, []);
        assert(secret instanceof SecretBytes, `${name} ${member}`);
        assert.equal(shape?.encode(secret), 'c2VjcmV0');
        found.push(`${name} ${member}`);
      }
    }
  }
  assert.deepEqual(found.sort(), [
    'Decapsulate SharedSecret',
    'Decrypt Plaintext',
    'DeriveSharedSecret SharedSecret',
    'Encapsulate SharedSecret',
    'Encrypt Plaintext',
    'GenerateDataKey Plaintext',
    'GenerateDataKeyPair PrivateKeyPlaintext',
    'GenerateMac Message',
    'GenerateRandom Plaintext',
    'Sign Message',
    'Verify Message',
    'VerifyMac Message',
  ]);
});

test('the secrets of an answer are overwritten once it is written', () => {
  for (const [name, member] of [
    ['Decapsulate', 'SharedSecret'],
    ['DeriveSharedSecret', 'SharedSecret'],
    ['Encapsulate', 'SharedSecret'],
    ['GenerateDataKeyPair', 'PrivateKeyPlaintext'],
  ] as const) {
    const operation = kmsOperations.get(name);
    const bytes = Buffer.from('secret');
    const output = { [member]: new SecretBytes(bytes) };
    const { body } = encode({ operation, output } as unknown as Done); // it looks at nothing else
    assert.deepEqual(JSON.parse(String(body)), { [member]: 'c2VjcmV0' });
    assert.deepEqual(bytes, Buffer.alloc(6));
  }
});
