/**
 * Reads an access key from a credentials file as AWS clients have it. Source: AWS SDKs and Tools Reference Guide, Shared config
 * and credentials files.
 */
import { readFileSync } from 'node:fs';
import { SecretBytes } from '#base/secret-bytes.ts';
import type { SigningIdentity } from '#protocol/sigv4/sign.ts';

export class CredentialsFileError extends Error {
  override readonly name = 'CredentialsFileError';
}

/** An access key whose secret is wiped when it has been used. */
export type DisposableIdentity = SigningIdentity & Disposable;

/** The access key of the profile `default`. Throws CredentialsFileError, which quotes nothing of the file. */
export function readCredentialsFile(path: string): DisposableIdentity {
  const settings = readProfile(path, 'default');
  const accessKeyId = settings.get('aws_access_key_id');
  const secretAccessKey = settings.get('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new CredentialsFileError(
      `${path} has no profile [default] with aws_access_key_id and aws_secret_access_key.`,
    );
  }
  const secret = new SecretBytes(Buffer.from(secretAccessKey));
  const sessionToken = settings.get('aws_session_token');
  return { accessKeyId, secret, sessionToken, [Symbol.dispose]: () => secret[Symbol.dispose]() };
}

function readProfile(path: string, profile: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let isInProfile = false;
  for (const line of readText(path).split(/\r?\n/)) {
    const [, section] = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line) ?? [];
    if (section !== undefined) isInProfile = section === profile;
    const [, name, value] = /^\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (isInProfile && name !== undefined && value !== undefined) settings.set(name, value);
  }
  return settings;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CredentialsFileError(`The credentials file ${path} cannot be read.`, { cause: error });
  }
}
