/**
 * The path from a trusted root to the certificate that an attestation document is signed with. Revocation lists are not
 * looked at, as AWS documents. Source: RFC 5280, sections 4.2 and 6.1; Nitro Enclaves Attestation Process, section 3.2.3.
 */
import { X509Certificate } from 'node:crypto';
import { type Element, readElements, readSequence, readUnsigned, tags } from '#crypto/der.ts';
import { check } from './attestation-error.ts';
import type { AttestationRoots } from './roots.ts';

/** X.509, DER. */
export interface CertificateChain {
  readonly certificate: Uint8Array;
  /** The root first, the issuer of `certificate` last. */
  readonly cabundle: readonly Uint8Array[];
}

export interface Trust {
  readonly roots: AttestationRoots;
  readonly nowMs: number;
  /** Whether the issuer's key has signed the certificate. */
  readonly isSigned: (certificate: X509Certificate, issuer: X509Certificate) => boolean;
}

/** The certificate at the end of a valid path from one of the roots. Throws AttestationError. */
export function verifyPath({ certificate, cabundle }: CertificateChain, trust: Trust): X509Certificate {
  const [first = new Uint8Array(), ...intermediates] = cabundle;
  const root = trust.roots.find(({ raw }) => raw.equals(first));
  check(root !== undefined, 'its cabundle does not begin with the root that is trusted here');
  const leaf = parse(certificate);
  const path = [root, ...intermediates.map(parse), leaf];
  // Signatures last: they cost the most.
  path.forEach((one, index) => {
    check(one.validFromDate.getTime() <= trust.nowMs, 'a certificate is not valid yet');
    check(trust.nowMs <= one.validToDate.getTime(), 'a certificate has expired');
    if (one === leaf) requireSigner(one);
    else requireAuthority(one, path.length - index - 2);
  });
  path.reduce((issuer, one) => {
    check(one.checkIssued(issuer), 'its certificates do not follow from each other');
    check(trust.isSigned(one, issuer), 'the signature of a certificate is wrong');
    return one;
  });
  return leaf;
}

function parse(der: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(der);
    // It takes PEM as well, and ignores what follows.
    if (certificate.raw.equals(der) && certificate.publicKey.type === 'public') return certificate;
  } catch {
    // OpenSSL's reason says no more than what follows.
  }
  check(false, 'a certificate is not X.509 in DER');
}

/** RFC 5280 section 4.2.1.3: bits of the first byte. */
const digitalSignature = 0x80;
const keyCertSign = 0x04;

function requireSigner(certificate: X509Certificate): void {
  const { isAuthority, keyUsage } = usesOf(certificate);
  check(!isAuthority, 'it is signed with the certificate of an authority');
  check((keyUsage & digitalSignature) !== 0, 'its certificate is not one for digital signatures');
  const { asymmetricKeyDetails } = certificate.publicKey;
  check(asymmetricKeyDetails?.namedCurve === 'secp384r1', 'the key of its certificate is not of the curve P-384');
}

/** `authoritiesBelow`: how many certificates of authorities come between this one and the last of the path. */
function requireAuthority(certificate: X509Certificate, authoritiesBelow: number): void {
  const { isAuthority, keyUsage, pathLength } = usesOf(certificate);
  check(isAuthority && (keyUsage & keyCertSign) !== 0, 'an issuer is not a certificate authority');
  check(authoritiesBelow <= pathLength, 'its certificates form a longer path than one of them allows');
}

interface Uses {
  readonly isAuthority: boolean;
  /** How many authorities may follow; Infinity where that is not bounded. */
  readonly pathLength: number;
  /** The first byte of the extension's bits; 0 where it is not there. */
  readonly keyUsage: number;
}

const extensionsTag = 0xa3;
const basicConstraintsId = '551d13'; // 2.5.29.19
const keyUsageId = '551d0f'; // 2.5.29.15

/** Node shows neither key usage nor path length, so they are read here. */
function usesOf(certificate: X509Certificate): Uses {
  const extensions = extensionsOf(certificate);
  for (const [id, { isCritical }] of extensions) {
    // RFC 5280 section 4.2: what is critical and not understood makes the certificate unusable.
    check(
      !isCritical || id === basicConstraintsId || id === keyUsageId,
      'a certificate has an unknown critical extension',
    );
  }
  const [authority, pathLength] = readSequence(extensions.get(basicConstraintsId)?.value ?? new Uint8Array()) ?? [];
  const [usage] = readElements(extensions.get(keyUsageId)?.value ?? new Uint8Array()) ?? [];
  return {
    isAuthority: authority?.tag === tags.boolean && authority.contents[0] === 0xff,
    pathLength: pathLength === undefined ? Number.POSITIVE_INFINITY : smallNumber(pathLength),
    keyUsage: usage?.tag === tags.bitString ? (usage.contents[1] ?? 0) : 0,
  };
}

/** Paths are short: what does not fit into a byte is not a number here, and no path is short enough for it. */
function smallNumber(element: Element): number {
  const magnitude = readUnsigned(element);
  return magnitude === undefined || magnitude.length > 1 ? Number.NaN : (magnitude[0] ?? 0);
}

interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** By object identifier, in hexadecimal. */
function extensionsOf({ raw }: X509Certificate): ReadonlyMap<string, Extension> {
  const [toBeSigned] = readSequence(raw) ?? [];
  const fields = toBeSigned === undefined ? [] : (readElements(toBeSigned.contents) ?? []);
  const list = fields.find(({ tag }) => tag === extensionsTag)?.contents;
  const found = new Map<string, Extension>();
  for (const { encoding } of readSequence(list ?? new Uint8Array()) ?? []) {
    const [id, ...more] = readSequence(encoding) ?? [];
    const value = more.pop();
    check(id !== undefined && value?.tag === tags.octetString, 'an extension of a certificate is malformed');
    const name = id.contents.toHex();
    check(!found.has(name), 'a certificate has an extension twice');
    found.set(name, { isCritical: more.length > 0, value: value.contents });
  }
  return found;
}
