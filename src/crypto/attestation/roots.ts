/**
 * The certificates that attestation documents have to come from. Unless others are given, AWS's one for its commercial
 * partition, AWS_NitroEnclaves_Root-G1; AWS Nitro Enclaves User Guide, Verifying the root of trust, has its fingerprint,
 * which a test compares.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type AttestationRoots = readonly X509Certificate[];

const nitroEnclavesRootG1 = `-----BEGIN CERTIFICATE-----
MIICETCCAZagAwIBAgIRAPkxdWgbkK/hHUbMtOTn+FYwCgYIKoZIzj0EAwMwSTEL
MAkGA1UEBhMCVVMxDzANBgNVBAoMBkFtYXpvbjEMMAoGA1UECwwDQVdTMRswGQYD
VQQDDBJhd3Mubml0cm8tZW5jbGF2ZXMwHhcNMTkxMDI4MTMyODA1WhcNNDkxMDI4
MTQyODA1WjBJMQswCQYDVQQGEwJVUzEPMA0GA1UECgwGQW1hem9uMQwwCgYDVQQL
DANBV1MxGzAZBgNVBAMMEmF3cy5uaXRyby1lbmNsYXZlczB2MBAGByqGSM49AgEG
BSuBBAAiA2IABPwCVOumCMHzaHDimtqQvkY4MpJzbolL//Zy2YlES1BR5TSksfbb
48C8WBoyt7F2Bw7eEtaaP+ohG2bnUs990d0JX28TcPQXCEPZ3BABIeTPYwEoCWZE
h8l5YoQwTcU/9KNCMEAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUkCW1DdkF
R+eWw5b6cp3PmanfS5YwDgYDVR0PAQH/BAQDAgGGMAoGCCqGSM49BAMDA2kAMGYC
MQCjfy+Rocm9Xue4YnwWmNJVA44fA0P5W2OpYow9OYCVRaEevL8uO1XYru5xtMPW
rfMCMQCi85sWBbJwKKXdS6BptQFuZbT73o/gBh1qUxl/nNr12UO8Yfwr6wPLb+6N
IwLz3/Y=
-----END CERTIFICATE-----`;

export const nitroRoots = (): AttestationRoots => readRoots(nitroEnclavesRootG1);

/** The certificates of a PEM text. Throws where it has none, or one that is not of an authority. */
export function readRoots(pem: string): AttestationRoots {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const roots = found.map((one) => new X509Certificate(one));
  if (roots.length === 0) throw new Error('there is no PEM certificate in it');
  if (roots.some(({ ca }) => !ca)) throw new Error('it has a certificate that is not of a certificate authority');
  return roots;
}

/** The roots of attestation documents that a PEM file has; undefined for no file. Throws where it has none. */
export function loadAttestationRoots(file: string | undefined): AttestationRoots | undefined {
  if (file === undefined) return undefined;
  try {
    return readRoots(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new Error(`${file} cannot be used as the root of attestation documents: ${why}.`, { cause: error });
  }
}
