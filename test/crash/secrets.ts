/** The secrets that a search for leaks has to look for. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { keySpecs } from '#crypto/specs.ts';

export class Secrets {
  readonly all: [name: string, bytes: Uint8Array][] = [];
  /** Import tokens by what they are sealed for: account, Region, key. */
  readonly importTokens: [sealedFor: readonly string[], token: Uint8Array][] = [];

  add(name: string, bytes: Uint8Array): void {
    assert(bytes.length >= 16, 'shorter ones would be found by chance');
    this.all.push([name, Uint8Array.from(bytes)]); // a copy: its owner wipes it
  }

  /** Also what makes it secret, which might lie somewhere without its DER. */
  addPrivateKey(name: string, der: Uint8Array): void {
    this.add(name, der);
    for (const [part, bytes] of Object.entries(privatePartsOf(Buffer.from(der))))
      this.addEnds(`${part} of ${name}`, bytes);
  }

  /** Of what is long, both ends: SQLite may have it in several pages. */
  addEnds(name: string, bytes: Uint8Array): void {
    this.add(name, bytes.subarray(0, 64));
    if (bytes.length > 64) this.add(name, bytes.subarray(-64));
  }

  /** As a key's material is kept. */
  addMaterial(name: string, spec: string, material: Uint8Array): void {
    if (keySpecs.get(spec)?.form === 'private-key') this.addPrivateKey(name, material);
    else this.add(name, material);
  }
}

/** Exponents, primes, scalars and seeds of a private key in DER PKCS#8. */
function privatePartsOf(der: Buffer): Record<string, Uint8Array> {
  // RFC 5915: ECPrivateKey begins with its version and the scalar. JSON Web Keys do not know SM2.
  const scalar = der.indexOf(Buffer.from('0201010420', 'hex')) + 5;
  if (der.includes(Buffer.from('2a811ccf5501822d', 'hex'))) return { scalar: der.subarray(scalar, scalar + 32) };
  const jwk = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  const parts = Object.entries(jwk).filter(([name]) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'priv'].includes(name));
  assert(parts.length > 0);
  return Object.fromEntries(parts.map(([name, text]) => [name, Buffer.from(String(text), 'base64url')]));
}
