/** Which key specs a Region has. Source: AWS KMS Developer Guide, Key spec reference: SM2 is for the China Regions. */
import { keySpecs } from '#crypto/specs.ts';
import { partitionOf, type Region } from '#model/arn.ts';
import { unsupported } from '#model/errors.ts';
import type { Keyring } from './keyring.ts';

/** Throws UnsupportedOperationException. */
export function requireServed({ settings }: Keyring, spec: string, region: Region): void {
  const row = keySpecs.get(spec);
  const isInPlace = row?.isForChina !== true || partitionOf(region) === 'aws-cn' || settings.hasSm2Everywhere;
  // Diverges: specs-of-other-regions
  if (row === undefined || !isInPlace) throw unsupported(`KeySpec ${spec} is not supported in ${region}.`);
}
