/** Our records against the AWS SDK's own model of all 56 operations: members, types, and which are required. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-kms';
import { countedOperations } from '#keys/usage.ts';
import { kmsOperationNames } from '#model/operation-names.ts';
import { type EnumShape, enumeration } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { assertModelled } from '#test/harness/sdk-model.ts';

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
    assertModelled(sdk, name, operation as never);
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
    ['KeyLastUsageTrackingOperation', enumeration(countedOperations)],
    ['GrantOperation', shapes.grantOperations.element as EnumShape<string>],
  ];
  for (const [name, shape] of pairs) {
    const theirs = (sdk as unknown as Record<string, Record<string, string>>)[name];
    assert.deepEqual([...shape.values].sort(), Object.values(theirs ?? {}).sort(), name);
  }
});
