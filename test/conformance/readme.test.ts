/** The README's lines, run in a shell by the AWS CLI and OpenSSL. The walk-through of permissions has walkthrough.test.ts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { DescribeKeyCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import { isInstalled } from '#test/harness/clients.ts';
import { type ServerProcess, startServer } from '#test/harness/server-process.ts';

const main = join(import.meta.dirname, '..', '..', 'bin', 'keywright.mjs');
const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

interface Section {
  /** How many lines it has at least. */
  readonly lines: number;
  /** What is printed, besides the answers. */
  readonly prints?: readonly RegExp[];
  /** Of the last key that the lines name `$KEY`, in us-east-1, if they do. */
  readonly leaves?: Partial<KeyMetadata>;
}

const sections: Readonly<Record<string, Section>> = {
  Use: { lines: 5, leaves: { Description: 'my application', KeyState: 'Disabled' } },
  'Key specs': {
    lines: 15,
    prints: [/^Verified OK$/m, /"MacValid": true/, /^Key is valid$/m],
    leaves: { KeySpec: 'SYMMETRIC_DEFAULT', KeyState: 'Enabled' } as KeyMetadata,
  },
  'Multi-Region keys': {
    lines: 3,
    prints: [/"ReplicaKeyMetadata"/],
    leaves: { MultiRegion: true, KeyState: 'Enabled' } as KeyMetadata,
  },
  'Usage and cost': {
    lines: 4,
    prints: [/^operation +calls +failed$/m, /^key +principal +calls/m, /^\{"rows":\[/m, /^What AWS would charge/m],
  },
  'Rotation, and key material of your own': {
    lines: 10,
    leaves: { Origin: 'EXTERNAL', KeyState: 'Enabled' } as KeyMetadata,
  },
};

const hasClients = (await isInstalled('aws', ['--version'])) && (await isInstalled('openssl', ['version']));

test('the lines of the README do what they say', { skip: !hasClients }, async (t) => {
  await using server = await startServer();
  for (const [title, { lines, prints = [], leaves }] of Object.entries(sections)) {
    await t.test(title, async () => {
      const { stdout, keyId } = await run(server, title, lines);
      for (const pattern of prints) assert.match(stdout, pattern);
      if (leaves === undefined) return;
      const { KeyMetadata = {} } = await server.client().send(new DescribeKeyCommand({ KeyId: keyId }));
      assert.partialDeepStrictEqual(KeyMetadata, leaves);
    });
  }
});

async function run({ data }: ServerProcess, title: string, atLeast: number) {
  const from = readme.indexOf(`\n## ${title}\n`);
  const section = readme.slice(from, readme.indexOf('\n## ', from + 1));
  const lines = section.split('\n').filter((line) => line.startsWith('    '));
  assert(from > 0 && lines.length >= atLeast, `the README has its lines of "${title}"`);
  const npx = `npx() { [ "$1" = keywright ] && shift && "${process.execPath}" "${main}" "$@"; }`;
  const script = ['set -euo pipefail', 'KEY=', npx, ...lines, 'echo "key: $KEY"'].join('\n');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    AWS_CONFIG_FILE: join(data, 'aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(data, 'aws', 'credentials'),
    AWS_PAGER: '',
    KEYWRIGHT_DATA: data,
  };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: data, env, timeout: 120_000 });
  return { stdout: stdout + stderr, keyId: /^key: (\S+)$/m.exec(stdout)?.[1] };
}
