/** A self-signed certificate for localhost, made by the openssl command, for tests of TLS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate extends Disposable {
  readonly certFile: string;
  readonly keyFile: string;
}

export function makeCertificate(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-cert-'));
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '2', ...subject], { stdio: 'ignore' });
  return { certFile, keyFile, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}
