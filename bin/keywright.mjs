#!/usr/bin/env node
// Starts src/main.ts with the Node that the package brings, whichever Node started this file. Plain JavaScript, so that
// nothing has to strip types before the cache of stripped and compiled code is open; that alone would cost 15 MB.
import { spawn } from 'node:child_process';
import * as module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const oldestNode = 26;

if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'keywright'));
  await import('../src/main.ts');
} else {
  const node = join(dirname(module.createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', () => {
    process.stderr.write(`keywright: Node ${oldestNode} is not there; "npm ci" brings it.\n`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}
