/** The contract of a root of trust, over each adapter. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { CustodyError, type RootOfTrust } from './custody.ts';
import { createKeyFile, openKeyFile } from './key-file/key-file.ts';
import { newPassphraseRecord, openPassphrase } from './passphrase/passphrase.ts';

const secret = () => new SecretBytes(Buffer.from('a domain key, perhaps'));
const passphrase = (text: string) => new SecretBytes(Buffer.from(text));

function withDirectory(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  try {
    body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function contract(root: RootOfTrust, again: RootOfTrust, other: RootOfTrust): Promise<void> {
  const wrapped = await root.wrap(secret(), ['domain key', '1']);
  assert((await root.unwrap(wrapped, ['domain key', '1']))?.equals(secret()));
  assert((await again.unwrap(wrapped, ['domain key', '1']))?.equals(secret()));
  assert.equal(await root.unwrap(wrapped, ['domain key', '2']), undefined);
  assert.equal(await other.unwrap(wrapped, ['domain key', '1']), undefined);
  assert(!Buffer.from(wrapped).includes('a domain key'));
}

test('a key file opens what it wrapped, and no other does', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const [mine, theirs] = [join(directory, 'mine'), join(directory, 'theirs')];
  createKeyFile(mine);
  createKeyFile(theirs);
  await contract(openKeyFile(mine), openKeyFile(mine), openKeyFile(theirs));
  rmSync(directory, { recursive: true });
});

test('a passphrase opens what it wrapped, and no other does', async () => {
  const record = newPassphraseRecord();
  const root = await openPassphrase(passphrase('correct horse'), record);
  const again = await openPassphrase(passphrase('correct horse'), record);
  await contract(root, again, await openPassphrase(passphrase('correct house'), record));
  const elsewhere = await openPassphrase(passphrase('correct horse'), newPassphraseRecord());
  assert.equal(await elsewhere.unwrap(await root.wrap(secret(), []), []), undefined);
  await assert.rejects(openPassphrase(passphrase(''), record), CustodyError);
});

test('a new key file is for its owner alone, and one that is there is not replaced', () => {
  withDirectory((directory) => {
    const file = join(directory, 'root.key');
    createKeyFile(file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const before = readFileSync(file, 'utf8');
    createKeyFile(file);
    assert.equal(readFileSync(file, 'utf8'), before);
  });
});

test('a key file that is missing, open to others or something else is refused, and nothing of it is shown', () => {
  withDirectory((directory) => {
    const file = join(directory, 'root.key');
    assert.throws(() => openKeyFile(file), /is missing/);
    writeFileSync(file, 'keywright root key 1\nc2hvcnQ=\n', { mode: 0o600 });
    assert.throws(
      () => openKeyFile(file),
      (error: Error) => error instanceof CustodyError && !error.message.includes('c2hv'),
    );
    chmodSync(file, 0o640);
    assert.throws(() => openKeyFile(file), /chmod 600/);
  });
});
