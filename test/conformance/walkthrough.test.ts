/** The README's walk-through of who may do what, run line by line by the AWS CLI in a shell. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { isInstalled } from '#test/harness/clients.ts';
import { startServer } from '#test/harness/server-process.ts';

const root = join(import.meta.dirname, '..', '..');

/** The lines of the section, each with what its comment promises: `works`, or words that its output has when it fails. */
function steps(): readonly { readonly line: string; readonly promise: string | undefined }[] {
  const section = /^## Who may do what$(.*?)^## /ms.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
  const lines = section.split('\n').filter((line) => /^ {4}[^#\s]/.test(line));
  return lines.map((text) => {
    const [line = '', promise] = text.split(/\s*#> /);
    return { line: line.trim(), promise };
  });
}

const hasAws = await isInstalled('aws', ['--version']);

test('every line of the walk-through does what it says', { skip: !hasAws }, async () => {
  await using server = await startServer();
  const all = steps();
  assert(all.filter(({ promise }) => promise !== undefined).length >= 9, 'the walk-through has its promises');
  // Each line's output goes to a file of its own, so that lines can define functions and variables for later ones.
  const script = all
    .map(
      ({ line }, index) =>
        `{ ${line.replace(/^npx keywright/, 'keywright')}\n} > "$OUT/${index}" 2>&1; echo "${index} $?"`,
    )
    .join('\n');
  const keywright = `keywright() { "${process.execPath}" "${join(root, 'bin', 'keywright.mjs')}" "$@"; }`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: server.data,
    OUT: server.data,
    KEYWRIGHT_DATA: server.data,
    AWS_CONFIG_FILE: join(server.data, 'aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(server.data, 'aws', 'credentials'),
    AWS_PAGER: '',
  };
  const run = await promisify(execFile)('bash', ['-c', `${keywright}\n${script}`], { env, timeout: 240_000 });
  const statuses = new Map(run.stdout.split('\n').map((line) => line.split(' ') as [string, string]));
  for (const [index, { line, promise }] of all.entries()) {
    const output = readFileSync(join(server.data, String(index)), 'utf8');
    const status = statuses.get(String(index));
    const said = `${line}\n${output}\nexit ${status}\n${run.stderr}`;
    if (promise === undefined || promise === 'works') {
      assert.equal(status, '0', said);
    } else {
      assert.notEqual(status, '0', said);
      const [error = '', ...words] = promise.split(' ');
      assert(output.includes(error) && output.includes(words.join(' ')), said);
    }
  }
});
