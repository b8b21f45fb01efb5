/** What the documents list is what there is. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kmsOperations } from '#operations/kms/registry.ts';

const root = join(import.meta.dirname, '..', '..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const documents = globSync('*.md', { cwd: root });

test('every divergence in the code has its entry, and every entry its line of code', () => {
  const marked = new Set<string>();
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    for (const [, id = ''] of textOf(file).matchAll(/\/\/ Diverges: ([\w-]+)/g)) marked.add(id);
  }
  const listed = [...textOf('DIVERGENCES.md').matchAll(/^- `([\w-]+)`:/gm)].map(([, id]) => id);
  assert.deepEqual([...marked].sort(), listed.sort());
});

test('package.json has exactly the dependencies that are accounted for, in exact versions', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
  const listed = [...textOf('DEPENDENCIES.md').matchAll(/^- `([^`]+)` ([\w.]+):/gm)].map(([, name, version]) => [
    name,
    version,
  ]);
  assert.deepEqual(listed.sort(), Object.entries({ ...dependencies, ...devDependencies }).sort());
});

test('links between the documents lead somewhere', () => {
  for (const document of documents) {
    for (const [, target = ''] of textOf(document).matchAll(/\]\(([^)#]+)\)/g)) {
      if (!target.startsWith('http')) assert(existsSync(join(root, target)), `${document} links to ${target}`);
    }
  }
});

test('files that the documents name are there', () => {
  for (const document of documents) {
    for (const [, path = ''] of textOf(document).matchAll(/`((?:src|test|bench)\/[\w./-]+?)\/?`/g)) {
      assert(existsSync(join(root, path)), `${document} names ${path}`);
    }
  }
});

test('the changelog says how many operations work', () => {
  const built = [...kmsOperations.keys()].filter((name) => {
    const file = name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    return !textOf(`src/operations/kms/${file}.ts`).includes('= unbuilt(');
  });
  assert(
    textOf('CHANGELOG.md').includes(`All 56 operation names are known; ${built.length} work.`),
    `${built.length} work`,
  );
});

test('the lock file names no registry', () => {
  assert(!/"resolved": *"http/.test(textOf('package-lock.json')));
});
