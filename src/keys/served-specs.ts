/**
 * Which key specs a Region has. Source: AWS KMS Developer Guide, Key spec reference: SM2 is for the China Regions, ML-KEM for the
 * others.
 */
import { keySpecs } from '#crypto/specs.ts';
import { partitionOf, type Region } from '#model/arn.ts';
import { unsupported } from '#model/errors.ts';
import type { Keyring } from './keyring.ts';

/** Throws UnsupportedOperationException. */
export function requireServed({ settings }: Keyring, spec: string, region: Region): void {
  const row = keySpecs.get(spec);
  const here = partitionOf(region) === 'aws-cn' ? 'china' : 'elsewhere';
  const isOffered = row?.regions === undefined || row.regions === here;
  const isOfferedToo = row?.regions === 'china' && settings.hasSm2Everywhere;
  // Diverges: specs-of-other-regions
  if (row === undefined || !(isOffered || isOfferedToo)) {
    throw unsupported(`KeySpec ${spec} is not supported in ${region}.`);
  }
}
