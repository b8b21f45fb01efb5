/** A key as DescribeKey and CreateKey show it. Source: AWS KMS API Reference, KeyMetadata. */
import { keySpecs } from '#crypto/specs.ts';
import type { KeySnapshot } from '#keys/snapshots.ts';
import type { ValueOf } from '#model/schema.ts';
import type * as shapes from '#model/shapes.ts';

export type KeyMetadata = ValueOf<typeof shapes.keyMetadata>;

export function keyMetadata({ record, arn }: KeySnapshot): KeyMetadata {
  const spec = record.spec as NonNullable<KeyMetadata['KeySpec']>; // only specs of the table are ever stored
  const usage = record.usage as NonNullable<KeyMetadata['KeyUsage']>;
  return {
    AWSAccountId: record.accountId,
    KeyId: record.keyId,
    Arn: arn,
    CreationDate: record.createdAtMs,
    Enabled: record.state.name === 'Enabled',
    Description: record.description,
    KeyUsage: usage,
    KeyState: record.state.name,
    DeletionDate: record.state.name === 'PendingDeletion' ? record.state.deletionDateMs : undefined,
    Origin: record.origin,
    KeyManager: record.managedFor === undefined ? 'CUSTOMER' : 'AWS',
    CustomerMasterKeySpec: spec as KeyMetadata['CustomerMasterKeySpec'], // the same names, as far as they go
    KeySpec: spec,
    EncryptionAlgorithms: keySpecs.get(record.spec)?.algorithms.ENCRYPT_DECRYPT as KeyMetadata['EncryptionAlgorithms'],
    MultiRegion: false,
    CurrentKeyMaterialId: record.currentMaterialId,
  };
}
