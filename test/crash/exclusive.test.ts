/**
 * When a server must not start, and how one ends. A data directory has one server at a time; one that is damaged, too
 * new, or not opened by the root of trust at hand is refused in clear words and left exactly as it is.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { call, type Members } from '../harness/client.ts';
import { runCli, type ServerProcess, startServer, until } from '../harness/server-process.ts';
import { signRequest } from '../harness/sign.ts';

const description = 'a key whose record will be damaged';
const scratch = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(scratch, { recursive: true }));

test('a second server on the same data directory refuses to start and names the first', async () => {
  await using first = await startServer();
  const { code, stderr } = await serveOn(first.data);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`in use by process ${first.pid} \\(serve, since 20`));
  assert.equal((await call(first, 'ListKeys', {})).status, 200, 'the first serves on');
  const status = await runCli(['status', '--json', '--data', first.data]);
  assert.equal(JSON.parse(status.stdout).pid, first.pid);
});

test('/health answers 200 from the moment that the server says it listens', async () => {
  await using server = await startServer();
  const health = await fetch(`${server.url}/health`);
  assert.equal(health.status, 200);
  assert.equal(((await health.json()) as Members)['status'], 'ok');
});

test('a killed server gives its data directory back', async () => {
  await using server = await startServer();
  await server.kill();
  assert.equal((await runCli(['status', '--data', server.data])).code, 1, 'nobody has it');
  await server.start();
  assert.equal((await call(server, 'ListKeys', {})).status, 200);
});

test('of two servers that start together one gets the directory', async () => {
  await using server = await startServer();
  await server.stop();
  const starts = [startServer({ data: server.data }), startServer({ data: server.data })];
  const outcomes = await Promise.allSettled(starts);
  const started = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  for (const { value } of started) await value[Symbol.asyncDispose]();
  assert.equal(started.length, 1);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  assert.match(String(refused?.reason), /in use by/);
});

describe('a server does not start', () => {
  const good = join(scratch, 'good');

  before(async () => {
    await using served = await startServer({ data: good });
    await call(served, 'CreateKey', { Description: description });
    assert.equal(await served.stop(), 0);
  });

  interface Refused {
    readonly title: string;
    readonly spoil: (data: string) => void;
    readonly says: RegExp;
    readonly args?: readonly string[];
  }

  const refused: readonly Refused[] = [
    {
      title: 'where a byte of a row has changed',
      spoil: (data) => alter(data, (file) => file.fill('A', file.indexOf(description), file.indexOf(description) + 1)),
      says: /damaged: a record in keys is not as it was written/,
    },
    {
      title: 'where the header of the database is overwritten',
      spoil: (data) => alter(data, (file) => file.fill(0x41, 0, 100)),
      says: /damaged in its header.*keywright restore/,
    },
    {
      title: 'where the structure of the database is overwritten',
      spoil: (data) => alter(data, (file) => file.fill(0xff, 4096, 4096 + 200)),
      says: /damaged in its structure/,
    },
    {
      title: 'where half of the database is missing',
      spoil: (data) => truncateSync(database(data), readFileSync(database(data)).length / 2),
      says: /damaged in its structure/,
    },
    {
      title: 'where a store was served and its database is now empty',
      spoil: (data) => truncateSync(database(data), 0),
      says: /damaged|missing/,
    },
    {
      title: 'where a store was served and its database is now missing',
      spoil: (data) => rmSync(database(data)),
      says: /damaged|missing/,
    },
    {
      title: 'where a newer version wrote the database',
      spoil: (data) => inDatabase(data, 'PRAGMA user_version = 99'),
      says: /schema version 99.*Nothing has been changed/,
    },
    {
      title: 'where the database is of another program',
      spoil: (data) => inDatabase(data, 'PRAGMA application_id = 4711'),
      says: /of another program/,
    },
    {
      title: 'with the root key of another store',
      spoil: (data) => writeRootKey(data, Buffer.alloc(32, 7).toString('base64')),
      says: /made with another root of trust.*Nothing has been changed/,
    },
    {
      title: 'with a root key file that holds something else',
      spoil: (data) => writeRootKey(data, 'none'),
      says: /is not a Keywright root key file/,
    },
    {
      title: 'without its root key',
      spoil: (data) => rmSync(join(data, 'root.key')),
      says: /root key file \S+ is missing.*--root-key-file/,
    },
    {
      title: 'with a root key that others may read',
      spoil: (data) => chmodSync(join(data, 'root.key'), 0o644),
      says: /open to other users.*chmod 600/,
    },
    {
      title: 'with a passphrase where the store has a key file',
      spoil: (data) => writeFileSync(join(data, 'passphrase'), 'a passphrase'),
      args: ['--root-passphrase-file', 'passphrase'],
      says: /root of trust of this store is a key-file: give --root-key-file/,
    },
  ];

  for (const { title, spoil, says, args = [] } of refused) {
    test(title, async () => {
      const data = join(scratch, title.replaceAll(' ', '-'));
      cpSync(good, data, { recursive: true });
      spoil(data);
      await assertRefused(data, { says, args: args.map((arg) => (arg.startsWith('--') ? arg : join(data, arg))) });
    });
  }
});

test('a store with a passphrase opens with that passphrase alone', async () => {
  const file = join(scratch, 'passphrase');
  writeFileSync(file, 'correct horse battery staple\n');
  await using server = await startServer({ args: ['--root-passphrase-file', file] });
  await call(server, 'CreateKey', { Description: description });
  await server.stop();
  const wrong = join(scratch, 'wrong');
  writeFileSync(wrong, 'correct horse battery stapler\n');
  const { data } = server;
  await assertRefused(data, { args: ['--root-passphrase-file', wrong], says: /made with another root of trust/ });
  await assertRefused(data, { args: [], says: /is a passphrase: give --root-passphrase-file/ });
  writeFileSync(wrong, '');
  await assertRefused(data, { args: ['--root-passphrase-file', wrong], says: /passphrase is empty/ });
  await server.start();
  const { Keys } = (await call<{ Keys: unknown[] }>(server, 'ListKeys', {})).body ?? {};
  assert.equal(Keys?.length, 1);
});

test('what a killed server left in its log outlives a start with the wrong root key', async () => {
  await using server = await startServer();
  const { KeyMetadata } = (await call(server, 'CreateKey', { Description: description })).body ?? {};
  await server.kill();
  const right = join(server.data, 'right');
  copyFileSync(join(server.data, 'root.key'), right);
  writeRootKey(server.data, Buffer.alloc(32, 7).toString('base64'));
  const { code, stderr } = await serveOn(server.data);
  assert.equal(code, 1, stderr);
  copyFileSync(right, join(server.data, 'root.key'));
  await server.start();
  const { KeyId } = KeyMetadata as Members;
  assert.equal((await call(server, 'DescribeKey', { KeyId })).status, 200);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} lets requests under way finish, takes no new ones, and ends with exit code 0`, async () => {
    await using server = await startServer();
    const body = JSON.stringify({ Description: description });
    const slow = sendHead(server, body);
    await once(slow, 'continue');
    const under = Promise.allSettled(
      Array.from({ length: 20 }, () => call(server, 'CreateKey', { Description: description })),
    );
    const ended = server.stop(signal);
    await server.printed(new RegExp(`^${signal}: finishing`, 'm'));
    await until('new connections are refused', () =>
      call(server, 'ListKeys', {}).then(
        () => false,
        () => true,
      ),
    );
    const answered = once(slow, 'response', { signal: AbortSignal.timeout(15_000) });
    slow.end(body);
    const [response] = await answered;
    response.resume();
    assert.equal(response.statusCode, 200);
    const answeredAt = performance.now();
    assert.equal(await ended, 0);
    assert(performance.now() - answeredAt < 5000, 'the end waits for no client that has had its answer');
    const done = (await under).filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
    assert(done.every(({ status }) => status === 200));
    await server.start();
    const { Keys } = (await call<{ Keys: unknown[] }>(server, 'ListKeys', {})).body ?? {};
    assert((Keys?.length ?? 0) >= done.length + 1, 'what was acknowledged is there');
  });
}

interface Refusal {
  readonly args: readonly string[];
  readonly says: RegExp;
}

async function assertRefused(data: string, { args, says }: Refusal): Promise<void> {
  const before = digest(data);
  const { code, stdout, stderr } = await serveOn(data, args);
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /^keywright: [^\n]+\n$/, 'one line, and no stack');
  assert.match(stderr, says);
  assert.equal(digest(data), before, 'the database has not changed');
}

function serveOn(data: string, args: readonly string[] = []) {
  return runCli(['serve', '--port', '0', '--data', data, ...args], { limitMs: 15_000 });
}

function database(data: string): string {
  return join(data, 'keywright.db');
}

function digest(data: string): string {
  try {
    return createHash('sha256')
      .update(readFileSync(database(data)))
      .digest('hex');
  } catch {
    return 'no database';
  }
}

function alter(data: string, change: (file: Buffer) => void): void {
  const file = readFileSync(database(data));
  change(file);
  writeFileSync(database(data), file);
}

function inDatabase(data: string, sql: string): void {
  using opened = new DatabaseSync(database(data));
  opened.exec(sql);
}

function writeRootKey(data: string, encoded: string): void {
  writeFileSync(join(data, 'root.key'), `keywright root key 1\n${encoded}\n`, { mode: 0o600 });
}

/** Sends all of a CreateKey but its body. */
function sendHead(server: ServerProcess, body: string) {
  const headers = signRequest({
    method: 'POST',
    host: new URL(server.url).host,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.CreateKey' },
    body,
    credentials: server.credentials,
    region: server.region,
    service: 'kms',
    date: new Date(),
  });
  const more = { 'content-length': Buffer.byteLength(body), expect: '100-continue' };
  const request = httpRequest(server.url, { method: 'POST', headers: { ...headers, ...more } });
  request.flushHeaders();
  return request;
}
