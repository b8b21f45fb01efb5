/** A key as DescribeKey, CreateKey and ReplicateKey show it. Source: AWS KMS API Reference, KeyMetadata. */
import type { KeyUsage } from '#crypto/specs.ts';
import { algorithmsOf } from '#keys/material.ts';
import { isSymmetric } from '#keys/material-facts.ts';
import type { KeySnapshot } from '#keys/snapshots.ts';
import { keyArn, type Place, parseRegion } from '#model/arn.ts';
import type { ValueOf } from '#model/schema.ts';
import type * as shapes from '#model/shapes.ts';

export type KeyMetadata = ValueOf<typeof shapes.keyMetadata>;
type KeyRecord = KeySnapshot['record'];

export function keyMetadata({ record, arn, keyId, place }: KeySnapshot): KeyMetadata {
  const spec = record.spec as NonNullable<KeyMetadata['KeySpec']>; // only specs of the table are ever stored
  const usage = record.usage as NonNullable<KeyMetadata['KeyUsage']>;
  const { state, origin, multiRegion } = record;
  return {
    AWSAccountId: record.accountId,
    KeyId: record.keyId,
    Arn: arn,
    CreationDate: record.createdAtMs,
    Enabled: state.name === 'Enabled',
    Description: record.description,
    KeyUsage: usage,
    KeyState: state.name,
    DeletionDate: state.name === 'PendingDeletion' ? state.deletionDateMs : undefined,
    PendingDeletionWindowInDays: state.name === 'PendingReplicaDeletion' ? state.windowDays : undefined,
    Origin: origin,
    ...expiry(record),
    KeyManager: record.managedFor === undefined ? 'CUSTOMER' : 'AWS',
    CustomerMasterKeySpec: spec as KeyMetadata['CustomerMasterKeySpec'], // the same names, as far as they go
    KeySpec: spec,
    ...algorithmLists(record),
    MultiRegion: multiRegion !== undefined,
    MultiRegionConfiguration: multiRegion && {
      MultiRegionKeyType: multiRegion.primaryRegion === place.region ? 'PRIMARY' : 'REPLICA',
      PrimaryKey: relatedKey(multiRegion.primaryRegion, { keyId, place }),
      ReplicaKeys: multiRegion.replicaRegions.map((region) => relatedKey(region, { keyId, place })),
    },
    CurrentKeyMaterialId: isSymmetric(record) ? record.currentMaterialId : undefined,
  };
}

const listOfUsage: Readonly<Record<KeyUsage, string>> = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
};

type AlgorithmLists = Pick<
  KeyMetadata,
  'EncryptionAlgorithms' | 'SigningAlgorithms' | 'MacAlgorithms' | 'KeyAgreementAlgorithms' | 'EncapsulationAlgorithms'
>;

/** The one list that fits the key's usage. */
export function algorithmLists(record: KeyRecord): AlgorithmLists {
  return { [listOfUsage[record.usage as KeyUsage]]: algorithmsOf(record) }; // names of the table are the shape's
}

/** Of imported material: whether it expires, and when the first of it does. */
function expiry({ origin, materials = [] }: KeyRecord): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  const imported = materials.filter(({ isPending }) => !isPending).map((facts) => facts.imported);
  if (origin !== 'EXTERNAL' || !imported.some((facts) => facts?.isPresent)) return {};
  const dates = imported.map((facts) => facts?.validToMs).filter((date) => date !== undefined);
  return dates.length === 0
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: Math.min(...dates) };
}

function relatedKey(regionText: string, { keyId, place }: Pick<KeySnapshot, 'keyId' | 'place'>) {
  const region = parseRegion(regionText);
  if (region === undefined) throw new Error(`${regionText} is no Region.`);
  const there: Place = { ...place, region };
  return { Arn: keyArn(there, keyId), Region: region };
}
