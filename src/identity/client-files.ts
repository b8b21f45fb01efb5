/**
 * The two files that AWS clients read, made so that pointing AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE at them is
 * all it takes. Source: AWS SDKs and Tools Reference Guide, Shared config and credentials files.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
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

export interface Endpoint {
  readonly url: string;
  readonly region: string;
}

/**
 * Writes the config anew, because a server may listen elsewhere than last time, and adds to the credentials the profiles
 * that they do not have. The first key is the profile "default", each later one that of its account's id.
 */
export function writeClientFiles(dataDirectory: string, keys: readonly AccessKey[], endpoint: Endpoint): ClientFiles {
  const files = clientFilesIn(dataDirectory);
  mkdirSync(join(dataDirectory, 'aws'), { recursive: true, mode: 0o700 });
  const profiles = keys.map((key, index) => ({ key, name: index === 0 ? 'default' : key.accountId }));
  // The config comes last: where it is, everything else is.
  addCredentials(files.credentials, profiles);
  const sections = profiles.map(({ name }) =>
    section(name === 'default' ? name : `profile ${name}`, { region: endpoint.region, endpoint_url: endpoint.url }),
  );
  writeDurably(files.config, ['# Written by keywright at every start.\n', ...sections].join('\n'));
  return files;
}

/** The endpoint that the config names: where a server listened last. */
export function readEndpoint(dataDirectory: string): Endpoint | undefined {
  const { config } = clientFilesIn(dataDirectory);
  const text = existsSync(config) ? readFileSync(config, 'utf8') : '';
  const url = /^endpoint_url = (.+)$/m.exec(text)?.[1];
  const region = /^region = (.+)$/m.exec(text)?.[1];
  return url === undefined || region === undefined ? undefined : { url, region };
}

interface Profile {
  readonly name: string;
  readonly key: AccessKey;
}

function addCredentials(path: string, profiles: readonly Profile[]): void {
  const present = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const missing = profiles.filter(({ name }) => !present.split('\n').includes(`[${name}]`));
  if (missing.length === 0) return;
  const sections = missing.map(({ name, key }) =>
    section(name, {
      aws_access_key_id: key.accessKeyId,
      aws_secret_access_key: Buffer.from(key.secretAccessKey.reveal()).toString(),
    }),
  );
  writeDurably(path, [...(present === '' ? [] : [present]), ...sections].join('\n'));
}

function section(name: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`);
  return [`[${name}]`, ...lines, ''].join('\n');
}
