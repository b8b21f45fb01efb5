/**
 * A backup is worth what its restore is: here every key and ciphertext must work again in a new directory with nothing
 * but the file and the root of trust. Whatever is wrong with either is refused before there is a store.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sendCommand } from '#server/control.ts';
import { call, KeysInUse, type Members } from '../harness/client.ts';
import { assertAnswersAgain, makeEveryKind } from '../harness/every-kind.ts';
import { startReceiver } from '../harness/receiver.ts';
import { Run, runCli, type ServerProcess, startServer, until } from '../harness/server-process.ts';

const scratch = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(scratch, { recursive: true }));

test('a backup under load holds all that was acknowledged before it, and works in a new directory', async (t) => {
  await using server = await startServer();
  const keys = new KeysInUse(server);
  await keys.grow(300);
  const Tags = [{ TagKey: 'a', TagValue: 'b' }];
  const { KeyMetadata } = (await call(server, 'CreateKey', { Description: 'kept', Tags })).body ?? {};
  const { KeyId } = KeyMetadata as Members;
  await call(server, 'CreateAlias', { AliasName: 'alias/kept', TargetKeyId: KeyId });
  await call(server, 'ScheduleKeyDeletion', { KeyId });
  const later = new KeysInUse(server);
  let isBusy = true;
  const load = Array.from({ length: 4 }, async () => {
    while (isBusy) await later.grow(1);
  });
  const file = join(scratch, 'under-load.backup');
  const rotating = runCli(['domain-key', 'rotate', '--data', server.data]);
  const backup = await runCli(['backup', file, '--json', '--data', server.data]);
  isBusy = false;
  await Promise.all(load);
  assert.equal(backup.code, 0, backup.stderr);
  assert.equal((await rotating).code, 0);
  const described = (await call(server, 'DescribeKey', { KeyId })).body;
  await keys.decryptAll();
  await server.stop();

  const target = newTarget('new', server);
  const { code, stdout, stderr } = await runCli(['restore', file, '--json', '--data', target]);
  assert.equal(code, 0, stderr);
  // Since when uses of keys have been recorded is not taken over.
  assert.equal(JSON.parse(stdout).records, JSON.parse(backup.stdout).records - 1);
  assert.deepEqual(readdirSync(target).sort(), ['keywright.db', 'lock.db', 'root.key']);
  await using restored = await startServer({ data: target });
  assert.deepEqual(restored.credentials, server.credentials, 'clients go on with the access key that they have');
  await keys.decryptAll(restored);
  assert.deepEqual((await call(restored, 'DescribeKey', { KeyId })).body, described);
  assert.deepEqual((await call(restored, 'ListResourceTags', { KeyId })).body?.['Tags'], Tags);
  const { Aliases } = (await call<{ Aliases: Members[] }>(restored, 'ListAliases', { KeyId })).body ?? {};
  assert.deepEqual(
    Aliases?.map(({ AliasName }) => AliasName),
    ['alias/kept'],
  );
  t.diagnostic(`${keys.count} keys in a backup of ${readFileSync(file).length} bytes, ${later.count} made meanwhile`);
});

test('keys of every kind answer from a restored backup as before, and notices that waited are told', async (t) => {
  await using receiver = await startReceiver();
  const args = ['--sm2', '--notice-webhook', String(receiver.url)];
  receiver.answer = (response) => response.writeHead(500).end();
  await using server = await startServer({ args });
  const exchanges = await makeEveryKind((operation, input, region) => call(server, operation, input, { region }));
  const file = join(scratch, 'every-kind.backup');
  const backup = await runCli(['backup', file, '--data', server.data]);
  assert.equal(backup.code, 0, backup.stderr);
  await server.kill();

  const target = newTarget('every kind', server);
  const { code, stderr } = await runCli(['restore', file, '--data', target]);
  assert.equal(code, 0, stderr);
  receiver.received.length = 0;
  receiver.answer = (response) => response.writeHead(200).end();
  await using restored = await startServer({ data: target, args });
  await assertAnswersAgain((operation, input, region) => call(restored, operation, input, { region }), exchanges);
  const waited = [...Array(7).fill('KMS CMK Rotation'), 'KMS Imported Key Material Expiration'];
  await until('the notices are told', () => receiver.received.length >= waited.length);
  assert.deepEqual(receiver.received.map(({ event }) => event['detail-type']).sort(), waited);
  t.diagnostic(`${exchanges.length} answers and ${waited.length} notices`);
});

test('a backup goes through however often the domain key is rotated meanwhile', async () => {
  await using server = await startServer();
  const keys = new KeysInUse(server);
  await keys.grow(300);
  const { controlSocket } = JSON.parse(readFileSync(join(server.data, 'holder.json'), 'utf8'));
  let isBusy = true;
  const rotating = (async () => {
    while (isBusy) await sendCommand(controlSocket, 'domain-key/rotate');
  })();
  const backups = [1, 2, 3].map((n) => sendCommand(controlSocket, 'backup', { file: join(scratch, `${n}.backup`) }));
  const outcomes = await Promise.allSettled(backups);
  isBusy = false;
  await rotating;
  assert.deepEqual(
    outcomes.map(({ status, ...rest }) => ('reason' in rest ? String(rest.reason) : status)),
    Array(3).fill('fulfilled'),
  );
});

test('a store under a passphrase is backed up and restored with the passphrase alone', async () => {
  const passphrase = join(scratch, 'passphrase');
  writeFileSync(passphrase, 'correct horse battery staple\n');
  const args = ['--root-passphrase-file', passphrase];
  await using server = await startServer({ args });
  const keys = new KeysInUse(server);
  await keys.grow(5);
  const file = join(scratch, 'passphrase.backup');
  assert.equal((await runCli(['backup', file, '--data', server.data])).code, 0);
  await server.stop();

  const wrong = join(scratch, 'wrong-passphrase');
  writeFileSync(wrong, 'another');
  const target = join(scratch, 'passphrase-target');
  await assertRefused(['restore', file, '--data', target, '--root-passphrase-file', wrong], /another root of trust/);
  await assertRefused(['restore', file, '--data', target], /is a passphrase: give --root-passphrase-file/);
  const { code, stderr } = await runCli(['restore', file, '--data', target, ...args]);
  assert.equal(code, 0, stderr);
  await using restored = await startServer({ data: target, args });
  await keys.decryptAll(restored);
});

describe('a restore', () => {
  let server: ServerProcess;
  let keys: KeysInUse;
  let good: Buffer;
  const goodFile = join(scratch, 'good.backup');

  before(async () => {
    server = await startServer();
    keys = new KeysInUse(server);
    await keys.grow(200);
    assert.equal((await runCli(['backup', goodFile, '--data', server.data])).code, 0);
    await server.kill();
    good = readFileSync(goodFile);
  });
  after(() => server[Symbol.asyncDispose]());

  const headerEnd = () => good.indexOf('\n') + 1;
  const altered = (at: (file: Buffer) => number) => () => {
    const file = Buffer.from(good);
    file.writeUInt8(file.readUInt8(at(file)) ^ 1, at(file));
    return file;
  };
  const damaged = /^keywright: The backup is damaged|not a Keywright backup|header of the backup is damaged/;
  const broken: readonly { title: string; make: () => Buffer; says: RegExp }[] = [
    { title: 'with its first byte altered', make: altered(() => 0), says: damaged },
    { title: 'with its date altered', make: altered((file) => file.indexOf('createdAt') + 13), says: damaged },
    {
      title: 'with its wrapped key altered',
      make: altered((file) => file.indexOf('wrappedKey') + 40),
      says: /another root of trust|damaged/,
    },
    { title: 'with its IV altered', make: altered(() => headerEnd()), says: damaged },
    { title: 'with a byte in the middle altered', make: altered((file) => file.length >> 1), says: damaged },
    { title: 'with its last byte altered', make: altered((file) => file.length - 1), says: damaged },
    { title: 'without its last byte', make: () => good.subarray(0, -1), says: damaged },
    { title: 'without its second half', make: () => good.subarray(0, good.length >> 1), says: damaged },
    { title: 'with nothing but its header', make: () => good.subarray(0, headerEnd()), says: damaged },
    { title: 'with half of its header', make: () => good.subarray(0, headerEnd() >> 1), says: damaged },
    { title: 'with a byte too many', make: () => Buffer.concat([good, Buffer.of(0)]), says: damaged },
    { title: 'that is empty', make: () => Buffer.alloc(0), says: damaged },
  ];
  for (const { title, make, says } of broken) {
    test(`refuses a backup ${title}`, async () => {
      const file = join(scratch, 'broken.backup');
      writeFileSync(file, make());
      await assertRefused(['restore', file, '--data', newTarget(title, server)], says);
    });
  }

  test('refuses a backup that is not there', async () => {
    await assertRefused(['restore', join(scratch, 'none'), '--data', newTarget('no file', server)], /none/);
  });

  test('refuses a backup made under another root key', async () => {
    const target = newTarget('wrong key', server);
    const wrong = `keywright root key 1\n${Buffer.alloc(32, 7).toString('base64')}\n`;
    writeFileSync(join(target, 'root.key'), wrong, { mode: 0o600 });
    await assertRefused(['restore', goodFile, '--data', target], /made with another root of trust/);
  });

  test('refuses to begin without the root key', async () => {
    const target = join(scratch, 'no key');
    mkdirSync(target);
    await assertRefused(['restore', goodFile, '--data', target], /root key file .* is missing/);
  });

  test('refuses a directory that has a store, and leaves the store as it is', async () => {
    const before = readFileSync(join(server.data, 'keywright.db'));
    await assertRefused(['restore', goodFile, '--data', server.data], /has a store already/);
    assert.deepEqual(readFileSync(join(server.data, 'keywright.db')), before);
  });

  test('clears away what one that was killed has left', async () => {
    const target = newTarget('killed', server);
    const isStaged = () => readdirSync(target).some((name) => name.startsWith('restoring-'));
    const killed = new Run(['restore', goodFile, '--data', target]);
    await until('the restore has begun', isStaged);
    killed.child.kill('SIGKILL');
    await killed.ended();
    assert(!readdirSync(target).includes('keywright.db'), 'a store is in its place only when it is proven');
    const { code, stderr } = await runCli(['restore', goodFile, '--data', target]);
    assert.equal(code, 0, stderr);
    await using restored = await startServer({ data: target });
    await keys.decryptAll(restored);
    assert(!isStaged(), 'what the killed restore had decrypted is gone');
  });

  test('is not spoiled by the log of a killed server whose database was taken away', async () => {
    const target = newTarget('old log', server);
    const log = 'keywright.db-wal';
    assert(readFileSync(join(server.data, log)).length > 0, 'a killed server leaves a log');
    await server.start();
    await call(server, 'CreateKey', {});
    await server.kill();
    copyFileSync(join(server.data, log), join(target, log));
    const { code, stderr } = await runCli(['restore', goodFile, '--data', target]);
    if (code !== 0) return assert.match(stderr, /keywright\.db-wal/);
    await using restored = await startServer({ data: target });
    await keys.decryptAll(restored);
  });
});

/** A directory with nothing but the root key of a server's store. */
function newTarget(name: string, { data }: ServerProcess): string {
  const target = join(scratch, name.replaceAll(' ', '-'));
  mkdirSync(target);
  copyFileSync(join(data, 'root.key'), join(target, 'root.key'));
  return target;
}

/** In one line of clear text, and with nothing left behind but the file that keeps others out meanwhile. */
async function assertRefused(args: readonly string[], says: RegExp): Promise<void> {
  const target = args[args.indexOf('--data') + 1] ?? '';
  const before = contentOf(target);
  const { code, stdout, stderr } = await runCli(args);
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /^keywright: [^\n]+\n$/);
  assert.match(stderr, says);
  assert.deepEqual(contentOf(target), before);
}

function contentOf(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name !== 'lock.db' && name !== 'holder.json');
  } catch {
    return []; // there is no such directory
  }
}
