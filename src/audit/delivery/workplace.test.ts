import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { AuditSeal } from '#crypto/audit-seal.ts';
import { temporaryDirectory } from '#test/harness/server-process.ts';
import { Workplace } from './workplace.ts';

test('a state that somebody has altered is not gone on from', () => {
  using directory = temporaryDirectory();
  const workplace = new Workplace(directory.path, { seal: new AuditSeal(new SecretBytes(Buffer.alloc(32, 1))) });
  assert.equal(workplace.readState(), undefined);
  workplace.clearDrafts();
  workplace.writeState({ cursor: 7 });
  assert.deepEqual(workplace.readState(), { cursor: 7 });
  const path = join(directory.path, 'state.json');
  const whole = readFileSync(path, 'utf8');
  for (const altered of [whole.replace('7', '8'), whole.split('\n')[0] ?? '', whole.replace(/\n./, '\nx')]) {
    writeFileSync(path, altered);
    assert.throws(() => workplace.readState(), /has been altered/);
  }
});
