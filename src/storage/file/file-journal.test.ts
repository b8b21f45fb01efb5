import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Journal } from '#storage/journal.ts';
import { MemoryJournal } from '#storage/memory/memory-journal.ts';
import { FileJournal } from './file-journal.ts';

function temporary(t: { after(done: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-journal-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const kinds: [string, (directory: string) => Journal][] = [
  ['in a file', (directory) => new FileJournal(join(directory, 'notes'))],
  ['in memory', () => new MemoryJournal()],
];

for (const [kind, open] of kinds) {
  test(`a journal ${kind} gives back what was noted, in order, until it is dropped`, (t) => {
    const journal = open(temporary(t));
    assert.deepEqual(journal.read(), []);
    journal.setAside();
    journal.dropAside();
    journal.append('1\n2\n');
    journal.setAside();
    journal.append('3\n');
    assert.deepEqual(journal.read(), ['1', '2', '3']);
    journal.setAside();
    journal.append('4\n');
    assert.deepEqual(journal.read(), ['1', '2', '3', '4']);
    journal.dropAside();
    assert.deepEqual(journal.read(), ['4']);
    journal.close();
  });
}

test('a file journal is found by the next process, is for its owner alone, and leaves nothing when it is empty', (t) => {
  const directory = temporary(t);
  new FileJournal(join(directory, 'notes')).append('1\n'); // not closed: the process was killed
  assert.equal(statSync(join(directory, 'notes')).mode & 0o777, 0o600);
  const next = new FileJournal(join(directory, 'notes'));
  next.append('2\n');
  next.setAside();
  assert.deepEqual(next.read(), ['1', '2']);
  next.dropAside();
  next.close();
  assert.deepEqual(readdirSync(directory), []);
});

test('a line that was cut off spoils no other', (t) => {
  const directory = temporary(t);
  const journal = new FileJournal(join(directory, 'notes'));
  journal.append('1\n');
  journal.setAside();
  appendFileSync(join(directory, 'notes.aside'), 'cut');
  journal.append('2\n');
  journal.setAside();
  assert.deepEqual(journal.read(), ['1', 'cut', '2']);
});
