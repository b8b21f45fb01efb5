/**
 * The two files that AWS clients read, made so that pointing AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE at them is
 * all it takes. Source: AWS SDKs and Tools Reference Guide, Shared config and credentials files.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '#base/durable-file.ts';
import type { AccessKey } from './accounts.ts';

export interface ClientFiles {
  readonly config: string;
  readonly credentials: string;
}

export function clientFilesIn(dataDirectory: string): ClientFiles {
  return { config: join(dataDirectory, 'aws', 'config'), credentials: join(dataDirectory, 'aws', 'credentials') };
}

/**
 * Writes the config anew, because a server may listen elsewhere than last time, and the credentials only where there
 * are none. The first key is the profile "default".
 */
export function writeClientFiles(
  dataDirectory: string,
  keys: readonly AccessKey[],
  { url, region }: { readonly url: string; readonly region: string },
): ClientFiles {
  const files = clientFilesIn(dataDirectory);
  mkdirSync(join(dataDirectory, 'aws'), { recursive: true, mode: 0o700 });
  const sections = keys.map((key, index) => ({ key, name: index === 0 ? 'default' : key.accountId }));
  const config = sections.map(({ name }) =>
    [`[${name === 'default' ? name : `profile ${name}`}]`, `region = ${region}`, `endpoint_url = ${url}`, ''].join(
      '\n',
    ),
  );
  writeDurably(files.config, `# Written by keywright at every start.\n${config.join('\n')}`);
  if (!existsSync(files.credentials)) {
    const credentials = sections.map(({ name, key }) => {
      const secret = Buffer.from(key.secretAccessKey.reveal()).toString();
      return [`[${name}]`, `aws_access_key_id = ${key.accessKeyId}`, `aws_secret_access_key = ${secret}`, ''].join(
        '\n',
      );
    });
    writeDurably(files.credentials, credentials.join('\n'));
  }
  return files;
}
