/** What an operator sees of an audit trail that somebody has been at, and what can be done then. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '../harness/client.ts';
import {
  Run,
  runCli,
  ServerProcess as Server,
  type ServerProcess,
  temporaryDirectory,
} from '../harness/server-process.ts';

/** A server with an anchor, three calls in each of its runs. */
class Site implements AsyncDisposable {
  readonly #scratch = temporaryDirectory();
  readonly data = join(this.#scratch.path, 'data');
  readonly env = { KEYWRIGHT_AUDIT_ANCHORS: join(this.#scratch.path, 'anchors') };
  readonly server: ServerProcess = new Server({ data: this.data, env: this.env });
  readonly segment = join(this.data, 'audit', 'segments', '000000000001.log');

  async use(): Promise<void> {
    await this.server.start();
    for (let n = 0; n < 3; n++)
      assert.equal((await call(this.server, 'GenerateRandom', { NumberOfBytes: 8 })).status, 200);
  }

  async run(): Promise<void> {
    await this.use();
    assert.equal(await this.server.stop(), 0);
  }

  verify() {
    return runCli(['audit', 'verify', '--data', this.data], { env: this.env });
  }

  /** Rejects nothing: what it prints when it does not start. */
  tryToServe() {
    return new Run(['serve', '--port', '0', '--data', this.data], this.env).ended();
  }

  accept() {
    return runCli(['audit', 'accept', '--reason', 'a drill', '--data', this.data], { env: this.env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}

test('the newest records cannot be removed unnoticed, and the server starts only once that is accepted', async () => {
  await using site = new Site();
  await site.run();
  assert.match(
    (await site.verify()).stdout,
    /^The audit trail is all that was ever written: \d+ records in 1 segment\.\n$/,
  );
  const text = readFileSync(site.segment, 'utf8');
  truncateSync(site.segment, text.slice(0, -1).lastIndexOf('\n#'));
  const verified = await site.verify();
  assert.equal(verified.code, 1);
  assert.match(verified.stdout, /ends with record \d+, and had reached record \d+: the newest \d+ are missing/);
  const refused = await site.tryToServe();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /newest \d+ are missing.*keywright audit accept/s);
  assert.match((await site.accept()).stdout, /^Accepted, and recorded in the trail/);
  assert.equal((await site.verify()).code, 0);
  const aside = readdirSync(site.data).find((name) => name.startsWith('audit-set-aside'));
  assert(aside !== undefined, 'what was wrong is kept');
  await site.run();
  assert.match(readFileSync(site.segment, 'utf8'), /"eventName":"AcceptAuditTrail".*"reason":"a drill".*newest/);
});

test('a data directory that was put back from an older copy is noticed, and goes on once that is accepted', async () => {
  await using site = new Site();
  await site.run();
  const copy = `${site.data}-copy`;
  cpSync(site.data, copy, { recursive: true });
  await site.run();
  rmSync(site.data, { recursive: true });
  renameSync(copy, site.data);
  const verified = await site.verify();
  assert.equal(verified.code, 1);
  assert.match(
    verified.stdout,
    /put back from an older copy: its trail ends with record \d+ of start 1, and had reached record \d+/,
  );
  assert.match((await site.tryToServe()).stderr, /older copy/);
  await site.accept();
  await site.run();
  assert.equal((await site.verify()).code, 0);
});

test('a trail that is gone is missed, unless the store has been restored since', async () => {
  await using site = new Site();
  await site.use();
  const backup = `${site.data}.backup`;
  assert.equal((await runCli(['backup', backup, '--data', site.data], { env: site.env })).code, 0);
  assert.equal(await site.server.stop(), 0);
  for (const name of ['keywright.db', 'keywright.db-wal', 'keywright.db-shm', 'audit', 'aws']) {
    rmSync(join(site.data, name), { recursive: true, force: true });
  }
  assert.equal((await runCli(['restore', backup, '--data', site.data], { env: site.env })).code, 0);
  await site.run();
  assert.equal((await site.verify()).code, 0);
  assert.match(readFileSync(site.segment, 'utf8'), /"eventName":"Restore"/);
});

test('a server that runs is asked where its trail ends, and what is altered under it is found', async () => {
  await using site = new Site();
  await site.use();
  assert.equal((await site.verify()).code, 0);
  const whole = readFileSync(site.segment);
  const altered = Buffer.from(whole);
  altered.writeUInt8(altered.readUInt8(whole.length >> 1) ^ 1, whole.length >> 1);
  writeFileSync(site.segment, altered);
  const verified = await runCli(['audit', 'verify', '--json', '--data', site.data], { env: site.env });
  assert.equal(verified.code, 1);
  assert.match(JSON.parse(verified.stdout).findings[0].text, /altered or damaged after record/);
  const refused = await site.accept();
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /A server runs on this data directory/);
});

test('without an anchor nothing is left anywhere else', async () => {
  using scratch = temporaryDirectory();
  await using server = new Server({ data: join(scratch.path, 'data'), args: ['--audit-anchors', 'off'] });
  const before = readdirSync('.');
  await server.start();
  assert.deepEqual(readdirSync('.'), before);
  assert.deepEqual(readdirSync(scratch.path), ['data']);
});
