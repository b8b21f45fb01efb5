/** Holds the code to the table and the rules of ARCHITECTURE.md. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const source = join(root, 'src');
const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'));
const textOf = (file: string) => readFileSync(join(source, file), 'utf8');

/** The room that a file of src/ lies in: its first folder, or its own name. */
const roomOf = (file: string) => file.split('/')[0] ?? file;

/** What a file imports: [specifier as written, …]. */
function importsOf(file: string): string[] {
  const imports = textOf(file).matchAll(/^(?:import|export) [^;]*?from '([^']+)'|await import\('([^']+)'\)/gms);
  return [...imports].map(([, still, moving]) => still ?? moving ?? '');
}

function table(): ReadonlyMap<string, ReadonlySet<string>> {
  const rows = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| `([\w.]+)\/?` \| .* \| ([^|]+) \|$/gm);
  return new Map([...rows].map(([, room = '', imports = '']) => [room, new Set(imports.split(' '))]));
}

test('the table names every room, and no room that is not there', () => {
  assert.deepEqual([...table().keys()].sort(), [...new Set(files.map(roomOf))].sort());
});

test('every room imports only what its line in the table lists, and all that it lists', () => {
  const used = new Map([...table().keys()].map((room) => [room, new Set<string>()]));
  for (const file of files) {
    const room = roomOf(file);
    for (const specifier of importsOf(file).filter((one) => one.startsWith('#'))) {
      const target = specifier.slice(1).split('/')[0]?.replace(/\.ts$/, '') ?? '';
      if (target === room) continue;
      assert(table().get(room)?.has(target), `${file} imports ${specifier}, which the table does not allow`);
      used.get(room)?.add(target);
    }
  }
  for (const [room, allowed] of table()) {
    const unused = [...allowed].filter(
      (name) => !name.startsWith('(') && name !== 'nothing)' && !used.get(room)?.has(name),
    );
    assert.deepEqual(unused, [], `${room} does not import what the table lists`);
  }
});

test('nothing climbs out of its folder with ../', () => {
  for (const file of files)
    for (const specifier of importsOf(file)) assert(!specifier.includes('../'), `${file}: ${specifier}`);
});

test('adapters are imported by assemble.ts alone', () => {
  const adapters = ['storage/sqlite', 'storage/memory', 'storage/file', 'custody/key-file', 'custody/passphrase'];
  for (const file of files.filter((one) => one !== 'assemble.ts')) {
    for (const specifier of importsOf(file)) {
      const adapter = adapters.find((one) => specifier.startsWith(`#${one}/`));
      assert(adapter === undefined || file.startsWith(adapter), `${file} imports ${specifier}`);
    }
  }
});

test('what only some may use is used only by them', () => {
  const rules: readonly (readonly [RegExp, RegExp])[] = [
    [/from 'node:crypto'/, /^(crypto|custody|protocol\/sigv4|base)\//],
    [/from 'node:sqlite'/, /^storage\/sqlite\//],
    [/\bDate\.now\b/, /^base\/clock\.ts$/],
    [/\bprocess\.env\b/, /^$/],
    [/\bas any\b|: any\b|<any\b/, /^$/],
  ];
  for (const file of files) {
    for (const [pattern, allowed] of rules)
      assert(!pattern.test(textOf(file)) || allowed.test(file), `${file}: ${pattern}`);
  }
});

test('secrets are revealed only here', () => {
  const revealing = files.filter((file) => textOf(file).includes('.reveal()')).sort();
  assert.deepEqual(revealing, [
    'crypto/attestation/enveloped-data.ts',
    'crypto/audit-seal.ts',
    'crypto/encryption-jobs.ts',
    'crypto/envelope.ts',
    'crypto/import-jobs.ts',
    'crypto/import-parameters.ts',
    'crypto/key-material.ts',
    'crypto/key-wrap.ts',
    'crypto/mac.ts',
    'crypto/notice-signature.ts',
    'crypto/pkcs8.ts',
    'crypto/private-key.ts',
    'crypto/public-key-encryption.ts',
    'crypto/rsa-encryption.ts',
    'crypto/sealed-stream.ts',
    'crypto/signing/ecdsa-digest.ts',
    'crypto/signing/ed25519ph.ts',
    'crypto/signing/ml-dsa-mu.ts',
    'crypto/signing/signing.ts',
    'crypto/sm2/encryption.ts',
    'crypto/wrap.ts',
    'custody/key-file/key-file.ts',
    'custody/markers.ts',
    'custody/passphrase/passphrase.ts',
    'identity/client-files.ts',
    'identity/sessions/sessions.ts',
    'model/schema.ts',
    'protocol/sigv4/signing-key.ts',
  ]);
});

test('every file says first what it is, and none is over 300 lines', () => {
  for (const file of files) {
    const text = textOf(file);
    assert(text.startsWith('/**'), `${file} does not open with a comment`);
    assert(text.split('\n').length <= 301, `${file} is too long`);
  }
});

test('every file of an operation is in the registry under its own name', () => {
  const registry = textOf('operations/kms/registry.ts');
  for (const [, name = '', file = ''] of registry.matchAll(/import \{ (\w+) \} from '\.\/([\w-]+)\.ts'/g)) {
    assert.equal(file.replaceAll('-', ''), name.toLowerCase());
  }
});
