/**
 * Which signature work of OpenSSL is too slow for the event loop. Milliseconds of one core, measured on an AMD EPYC with
 * Node 26.10, OpenSSL 3.5.8, 200 bytes of message, after warm-up. To wait for a thread costs the event loop 0.05.
 * What OpenSSL does not do (ECDSA over digests, Ed25519ph, ML-DSA over μ, SM2) takes 0.4 to 10 and is never done there.
 */
import type { KeyObject } from 'node:crypto';

const mostOnTheEventLoop = 0.2;

interface Cost {
  readonly sign: number;
  readonly verify: number;
}

const milliseconds: ReadonlyMap<string, Cost> = new Map([
  ['rsa 2048', { sign: 0.25, verify: 0.03 }],
  ['rsa 3072', { sign: 0.71, verify: 0.04 }],
  ['rsa 4096', { sign: 1.58, verify: 0.07 }],
  ['ec prime256v1', { sign: 0.03, verify: 0.08 }],
  ['ec secp384r1', { sign: 0.81, verify: 0.79 }],
  ['ec secp521r1', { sign: 1.84, verify: 1.4 }],
  ['ec secp256k1', { sign: 0.37, verify: 0.31 }],
  ['ed25519', { sign: 0.05, verify: 0.14 }],
  ['ml-dsa-44', { sign: 0.49, verify: 0.1 }],
  ['ml-dsa-65', { sign: 0.79, verify: 0.15 }],
  ['ml-dsa-87', { sign: 0.89, verify: 0.24 }],
]);

export function isHeavy(work: keyof Cost, key: KeyObject): boolean {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const kind = [key.asymmetricKeyType, modulusLength ?? namedCurve].filter((part) => part !== undefined).join(' ');
  const cost = milliseconds.get(kind);
  return cost === undefined || cost[work] > mostOnTheEventLoop;
}
