/**
 * The values of AWS's quotas. Source: AWS KMS Developer Guide, Request quotas (requests per second of one account in one Region) and
 * Resource quotas.
 */
import type { Region } from '#model/arn.ts';
import { quotas } from '#model/quotas.ts';
import { type QuotaClass, quotaClasses } from './classes.ts';

/**
 * What `aws-default` and `aws-us-east-1` differ in is the symmetric group: 10,000 is what AWS gives most Regions, 100,000 what
 * us-east-1, us-west-2 and eu-west-1 have. Six others have 20,000: us-east-2, ap-southeast-1, ap-southeast-2, ap-northeast-1,
 * eu-central-1 and eu-west-2.
 */
export const profileNames = ['aws-us-east-1', 'aws-default', 'unlimited'] as const;
export type ProfileName = (typeof profileNames)[number];

const symmetric: Readonly<Record<ProfileName, number>> = {
  'aws-us-east-1': 100_000,
  'aws-default': 10_000,
  unlimited: Number.POSITIVE_INFINITY,
};

/** The operations, groups and pairs that have a rate; the others have `otherwise`. */
const classesWith: readonly (readonly [perSecond: number, classes: string])[] = [
  [2000, 'DescribeKey GetPublicKey ListResourceTags'],
  [1000, 'rsa ecc ml-dsa GetKeyPolicy GetKeyRotationStatus'],
  // Diverges: ml-kem-quotas
  [1000, 'ml-kem'],
  [500, 'ListAliases ListKeys'],
  [100, 'ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants'],
  [50, 'CreateGrant RetireGrant RevokeGrant'],
  [25, 'GenerateDataKeyPair-SM2'],
  [20, 'GenerateDataKeyPair-RSA_2048'],
  [15, 'DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion'],
  [10, 'TagResource'],
  [4, 'GenerateDataKeyPair-RSA_3072'],
  [1, 'GenerateDataKeyPair-RSA_4096 GetParametersForImport'],
];
const otherwise = 5;
/** Elliptic curves; ML-KEM as well. */
const otherPairs = 100;

const inChina: readonly (readonly [string, number])[] = [
  ['GenerateDataKeyPair-RSA_2048', 1],
  ['GenerateDataKeyPair-RSA_3072', 0.5],
  ['GenerateDataKeyPair-RSA_4096', 0.1],
];

const rates = ratesFrom(
  classesWith.flatMap(([rate, classes]) => classes.split(' ').map((name) => [name, rate] as const)),
);
const ratesInChina = ratesFrom([...rates, ...inChina]);

function ratesFrom(given: readonly (readonly [string, number])[]): ReadonlyMap<QuotaClass, number> {
  const known = new Map(given);
  const byDefault = (name: string) => (name.startsWith('GenerateDataKeyPair-') ? otherPairs : otherwise);
  return new Map(quotaClasses.map((name) => [name, known.get(name) ?? byDefault(name)]));
}

/** Requests per second; Infinity for as many as there are. */
export function profileRate(profile: ProfileName, region: Region, name: QuotaClass): number {
  if (profile === 'unlimited') return Number.POSITIVE_INFINITY;
  if (name === 'symmetric') return symmetric[profile];
  return (region.startsWith('cn-') ? ratesInChina : rates).get(name) ?? otherwise;
}

/** Those of the resource quotas that can be changed, the same in every profile. */
export const resourceQuotas = {
  keys: quotas.keys,
  'aliases-per-key': quotas.aliasesPerKey,
  'grants-per-key': quotas.grantsPerKey,
} as const;
export type ResourceQuota = keyof typeof resourceQuotas;
