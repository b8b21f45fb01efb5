/** The name of a key policy: a key has one, and it is called "default". Source: API Reference, GetKeyPolicy. */
import { noSuchPolicy } from '#model/errors.ts';

/** Throws NotFoundException for any other name. */
export function requirePolicyName(name: string | undefined): 'default' {
  if (name !== undefined && name !== 'default') throw noSuchPolicy();
  return 'default';
}
