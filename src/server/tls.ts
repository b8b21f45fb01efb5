/** TLS as AWS KMS offers it: 1.2 and 1.3 with forward secrecy, and hybrid post-quantum key exchange. */
import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';

export interface TlsFiles {
  /** PEM: the certificate, then its chain. */
  readonly certFile: string;
  /** PEM: the private key. */
  readonly keyFile: string;
}

/** Throws where the files cannot be read, or are not a certificate and its key. */
export function loadTls({ certFile, keyFile }: TlsFiles): ServerOptions {
  try {
    const options = tlsOptions(readFileSync(certFile), readFileSync(keyFile));
    createSecureContext(options);
    return options;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new Error(`${certFile} and ${keyFile} cannot be used for TLS: ${why}.`, { cause: error });
  }
}

function tlsOptions(cert: Buffer, key: Buffer): ServerOptions {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    // X25519MLKEM768: draft-ietf-tls-ecdhe-mlkem; AWS KMS Developer Guide, Using hybrid post-quantum TLS.
    ecdhCurve: 'X25519MLKEM768:X25519:prime256v1:secp384r1',
    ciphers: [
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_AES_128_GCM_SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
    ].join(':'),
    honorCipherOrder: true,
    ALPNProtocols: ['http/1.1'],
  };
}
