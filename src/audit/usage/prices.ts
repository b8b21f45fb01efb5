/**
 * The list of prices, prices.json or a file of the same form, and which price a request has. Source: the AWS KMS pricing page.
 * It does not say what a request costs that fails; here, nothing. It names no price for ML-DSA and ML-KEM keys and key pairs:
 * here that of other asymmetric keys, and of ECC key pairs. It has prices for Regions that are not in the list: then those of
 * US East (N. Virginia) stand in.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from './figures.ts';

export const priceClasses = ['standard', 'rsa2048', 'asymmetric', 'eccPair', 'rsaPair'] as const;

/** `standard`: symmetric and HMAC keys, and requests that use no key. */
export type PriceClass = (typeof priceClasses)[number];

export interface RegionPrices {
  readonly keyMonth: number;
  readonly rotationMonth: number;
  readonly per10000: Readonly<Record<PriceClass, number>>;
}

export interface Prices {
  /** `2026-01-02` */
  readonly asOf: string;
  readonly sources: readonly string[];
  readonly currency: string;
  /** Of how many rotations of a key each adds to its price. */
  readonly chargedRotations: number;
  /** How many standard requests of an account are free in a month, in all Regions together. */
  readonly freeRequests: number;
  /** By Region; `default` is for all others. */
  readonly regions: Readonly<Record<string, RegionPrices>>;
}

/** Throws for a file that is not such a list. */
export function readPrices(file: string = join(import.meta.dirname, 'prices.json')): Prices {
  const prices: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isPrices(prices)) throw new Error(`${file} is not a list of prices as prices.json is one.`);
  return prices;
}

function isPrices(value: unknown): value is Prices {
  const { asOf, sources, currency, chargedRotations, freeRequests, regions } = Object(value);
  return (
    typeof asOf === 'string' &&
    Array.isArray(sources) &&
    typeof currency === 'string' &&
    isAmount(chargedRotations) &&
    isAmount(freeRequests) &&
    isRegionPrices(Object(regions).default) &&
    Object.values(regions).every(isRegionPrices)
  );
}

function isRegionPrices(value: unknown): value is RegionPrices {
  const { keyMonth, rotationMonth, per10000 } = Object(value);
  return isAmount(keyMonth) && isAmount(rotationMonth) && priceClasses.every((one) => isAmount(Object(per10000)[one]));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Throws where the list has no default. */
export function pricesIn(prices: Prices, region: string): RegionPrices {
  const found = Object.hasOwn(prices.regions, region) ? prices.regions[region] : prices.regions['default'];
  if (found === undefined) throw new Error('The list of prices has no default.');
  return found;
}

/** Of what asymmetric keys do; the rest of their requests have the standard price. */
const withKey: ReadonlySet<string> = new Set([
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncrypt',
  'kms:Sign',
  'kms:Verify',
  'kms:GetPublicKey',
  'kms:DeriveSharedSecret',
  'kms:Encapsulate',
  'kms:Decapsulate',
]);
const ofSymmetricKeysToo: ReadonlySet<string> = new Set(['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt']);

type Priced = Pick<Cell, 'operation' | 'key' | 'variant'>;

/** Undefined for what is free: requests to other services. `specOf` says undefined for a key that nobody knows any more. */
export function priceClassOf(
  { operation, key, variant }: Priced,
  specOf: (key: string) => string | undefined,
): PriceClass | undefined {
  if (!operation.startsWith('kms:')) return undefined;
  if (operation.startsWith('kms:GenerateDataKeyPair')) return variant.startsWith('RSA_') ? 'rsaPair' : 'eccPair';
  if (!withKey.has(operation)) return 'standard';
  const unknown = ofSymmetricKeysToo.has(operation) ? 'standard' : 'asymmetric';
  const classes = key.split(',').map((one) => classOfSpec(specOf(one)) ?? unknown);
  // Re-encryption between kinds of keys: the dearer counts.
  return classes.sort((a, b) => priceClasses.indexOf(b) - priceClasses.indexOf(a))[0];
}

function classOfSpec(spec: string | undefined): PriceClass | undefined {
  if (spec === undefined) return undefined;
  if (spec === 'SYMMETRIC_DEFAULT' || spec.startsWith('HMAC_')) return 'standard';
  return spec === 'RSA_2048' ? 'rsa2048' : 'asymmetric';
}
