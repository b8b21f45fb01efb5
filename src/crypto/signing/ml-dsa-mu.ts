/**
 * ML-DSA over a message representative μ that was computed elsewhere (FIPS 204 section 6.2, algorithm 7, from its
 * seventh step on), which Node does not offer. Runs in worker threads.
 */
import type { KeyObject } from 'node:crypto';
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { SecretBytes } from '#base/secret-bytes.ts';

/** By OpenSSL's names. */
const parameterSets: ReadonlyMap<string | undefined, DSA> = new Map([
  ['ml-dsa-44', ml_dsa44],
  ['ml-dsa-65', ml_dsa65],
  ['ml-dsa-87', ml_dsa87],
]);

function parametersOf(key: KeyObject): DSA {
  const parameters = parameterSets.get(key.asymmetricKeyType);
  if (parameters === undefined) throw new TypeError('not an ML-DSA key');
  return parameters;
}

/** `hedge` is 32 random bytes; zeros give the deterministic variant. */
export function signMlDsaMu(input: {
  readonly key: KeyObject;
  readonly mu: Uint8Array;
  readonly hedge: Uint8Array;
}): Uint8Array {
  const { keygen, internal } = parametersOf(input.key);
  using seed = new SecretBytes(input.key.export({ format: 'raw-seed' }));
  using expanded = new SecretBytes(keygen(seed.reveal()).secretKey);
  return internal.sign(input.mu, expanded.reveal(), { externalMu: true, extraEntropy: input.hedge });
}

export function verifyMlDsaMu(input: {
  readonly key: KeyObject;
  readonly mu: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const publicKey = input.key.export({ format: 'raw-public' });
  return parametersOf(input.key).internal.verify(input.signature, input.mu, publicKey, { externalMu: true });
}
