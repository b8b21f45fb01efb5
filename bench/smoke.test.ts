/** The smoke run as .ci/run has it: whether everything works, and whether any ratio has fallen under its floor. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { representatives } from './workload.ts';

const bench = join(import.meta.dirname, 'main.ts');
const run = promisify(execFile);

test('the smoke run measures each class of operations, and none falls under its floor', {
  timeout: 90_000,
}, async () => {
  const { stdout } = await run(process.execPath, [bench, '--smoke'], { timeout: 80_000, killSignal: 'SIGTERM' });
  for (const { label } of representatives) assert.ok(stdout.includes(label), label);
  assert.match(stdout, /Connections, 1 worker, TLS/);
});

test('what cannot be meant ends with exit code 2, and a line that says so', { timeout: 20_000 }, async () => {
  await assert.rejects(
    run(process.execPath, [bench, '--workers', 'many']),
    (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 2);
      assert.match(error.stderr, /--workers must be a number/);
      return true;
    },
  );
});
