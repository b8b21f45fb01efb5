/** Notices of what happens to keys: their form, and that they reach their receiver whatever happens in between. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openData } from '#assemble.ts';
import { dayMs, ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { createAccount } from '#identity/accounts.ts';
import { createKey } from '#keys/create.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { startHousekeeping } from '#keys/housekeeping.ts';
import { openKeyring } from '#keys/keyring.ts';
import { keyDeleted, materialExpired, materialExpiring, type Notice } from '#keys/notices.ts';
import { type Receiver as Destination, Outbox } from '#keys/outbox.ts';
import { rotateDueKeys } from '#keys/rotation.ts';
import { parseKeyId } from '#model/arn.ts';
import { webhookAt } from '#server/webhook.ts';
import { memoryVault, startKms, testPlace } from '#test/harness/kms.ts';
import { type Receiver, startReceiver } from '#test/harness/receiver.ts';
import { runCli, startServer, until } from '#test/harness/server-process.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const keyId = parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab');
assert(keyId !== undefined);
const place = testPlace();
const key = { place, keyId };
const arn = `arn:aws:kms:us-east-1:111122223333:key/${keyId}`;

test('the deletion of a key is told in the form of EventBridge, once, and nothing is kept without a receiver', async () => {
  await using kms = await startKms();
  const told: Notice[] = [];
  kms.keyring.notices.listen((notice) => told.push(notice));
  const { KeyId, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  await destroyDueKeys(kms.keyring);
  assert.equal(told.length, 0);
  kms.clock.advance(7 * dayMs);
  await destroyDueKeys(kms.keyring);
  await destroyDueKeys(kms.keyring);
  const [notice, ...others] = told;
  assert.deepEqual(others, []);
  assert(notice !== undefined);
  const { id, ...event } = notice.event;
  assert.match(id, uuid);
  assert.deepEqual(event, {
    version: '0',
    'detail-type': 'KMS CMK Deletion',
    source: 'aws.kms',
    account: '111122223333',
    time: `${new Date(kms.clock.now()).toISOString().slice(0, 19)}Z`,
    region: 'us-east-1',
    resources: [Arn],
    detail: { 'key-id': KeyId },
  });
  assert.deepEqual(await kms.vault.store.list('notices', { within: [], limit: 9 }), []);
});

test('a rotation by the calendar is told with both materials', async () => {
  await using kms = await startKms();
  const told: Notice[] = [];
  kms.keyring.notices.listen((notice) => told.push(notice));
  const before = (await kms.ok('DescribeKey', { KeyId: 'alias/aws/s3' })).KeyMetadata;
  kms.clock.advance(365 * dayMs);
  await rotateDueKeys(kms.keyring);
  const after = (await kms.ok('DescribeKey', { KeyId: 'alias/aws/s3' })).KeyMetadata;
  assert.deepEqual(
    told.map(({ event }) => [event['detail-type'], event.resources, event.detail]),
    [
      [
        'KMS CMK Rotation',
        [before.Arn],
        {
          'key-id': before.KeyId,
          'key-origin': 'AWS_KMS',
          'rotation-type': 'AUTOMATIC',
          'previous-key-material-id': before.CurrentKeyMaterialId,
          'current-key-material-id': after.CurrentKeyMaterialId,
        },
      ],
    ],
  );
});

test('notices of imported material name it, and when it ends', () => {
  const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const { event } = materialExpired(key, 'ab', atMs);
  assert.equal(event.time, '2026-01-02T03:04:05Z');
  assert.deepEqual(event.resources, [arn]);
  assert.deepEqual(
    [event['detail-type'], event.detail],
    ['KMS Imported Key Material Expiration', { 'key-id': keyId, 'key-material-id': 'ab' }],
  );
  const warning = materialExpiring(key, { materialId: 'ab', validToMs: atMs + dayMs }, atMs).event;
  assert.deepEqual(
    [warning['detail-type'], warning.detail],
    [
      'KMS Imported Key Material Expiring',
      { 'key-id': keyId, 'key-material-id': 'ab', 'valid-to': '2026-01-03T03:04:05Z' },
    ],
  );
});

/** An outbox over a store in memory; the failures that it logs; and a way to make notices. */
async function openOutbox(receiver: Receiver, options: Partial<Destination> & { readonly timeoutMs?: number } = {}) {
  const clock = new ManualClock(Date.UTC(2026, 0, 2));
  const vault = await memoryVault(clock);
  const failures: string[] = [];
  const dropped: unknown[] = [];
  const log = {
    failure: (event: string, error: unknown) => void failures.push(`${event}: ${error}`),
    info: (event: string, fields?: object) => void dropped.push([event, fields]),
  };
  const { timeoutMs, ...rest } = options;
  const start = async () => {
    const keyring = await openKeyring(vault);
    const outbox = new Outbox(keyring, { post: webhookAt(receiver.url, timeoutMs), pauseMs: () => 5, ...rest }, log);
    const make = async () => {
      clock.advance(1);
      const notice = keyDeleted(key, clock.now());
      await vault.store.write(async (transaction) => keyring.notices.put(transaction, notice));
      keyring.notices.tell(notice);
      return notice.event.id;
    };
    return { make, stop: () => outbox.stop() };
  };
  const waiting = async () => (await vault.store.list('notices', { within: [], limit: 20_000 })).length;
  return { clock, vault, failures, dropped, start, waiting };
}

const idsOf = ({ received }: Receiver) => received.map(({ event }) => event.id);

test('a notice is posted as JSON, with a signature that only who has the secret can make', async () => {
  await using receiver = await startReceiver();
  const secret = 'correct horse battery staple';
  const opened = await openOutbox(receiver, { secret: new SecretBytes(Buffer.from(secret)) });
  const outbox = await opened.start();
  const id = await outbox.make();
  await until('it has arrived', () => receiver.received.length === 1);
  await until('it is delivered', async () => (await opened.waiting()) === 0);
  await outbox.stop();
  const { headers, body, event } = receiver.received[0] ?? assert.fail();
  assert.equal(event.id, id);
  assert.equal(headers['content-type'], 'application/json');
  const seconds = Math.floor(opened.clock.now() / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  assert.equal(headers['keywright-signature'], `t=${seconds},v1=${mac}`);
  assert.deepEqual(opened.failures, []);
});

test('without a secret there is no signature', async () => {
  await using receiver = await startReceiver();
  const outbox = await (await openOutbox(receiver)).start();
  await outbox.make();
  await until('it has arrived', () => receiver.received.length === 1);
  await outbox.stop();
  assert.equal(receiver.received[0]?.headers['keywright-signature'], undefined);
});

test('a notice that is not taken is posted again, before those that come after it', async () => {
  await using receiver = await startReceiver();
  const opened = await openOutbox(receiver, { timeoutMs: 100 });
  const answers: (typeof receiver)['answer'][] = [
    (response) => response.writeHead(500).end(),
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    (response) => response.writeHead(404).end('no such hook'),
    (response) => response.destroy(),
    () => undefined, // never
  ];
  const usual = receiver.answer;
  receiver.answer = (response) => (answers.shift() ?? usual)(response);
  const outbox = await opened.start();
  const ids = [await outbox.make(), await outbox.make(), await outbox.make()];
  await until('all are delivered', async () => (await opened.waiting()) === 0);
  await outbox.stop();
  assert.deepEqual(idsOf(receiver), [...Array(5).fill(ids[0]), ...ids]);
  assert.equal(opened.failures.length, 5);
  assert.match(opened.failures[0] ?? '', /answered 500/);
});

test('a receiver that does not answer holds up neither the work on keys nor the end of the server', async () => {
  await using receiver = await startReceiver();
  await using kms = await startKms();
  receiver.answer = () => undefined;
  const log = { failure: () => assert.fail('nothing failed yet'), info: () => undefined };
  const outbox = new Outbox(kms.keyring, { post: webhookAt(receiver.url) }, log);
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  kms.clock.advance(7 * dayMs);
  await startHousekeeping(kms.keyring, (task, error) => assert.fail(`${task}: ${error}`)).stop();
  await until('it is under way', () => receiver.received.length === 1);
  assert.equal((await kms.send('DescribeKey', { KeyId })).body.__type, 'NotFoundException');
  const startMs = performance.now();
  await outbox.stop();
  assert(performance.now() - startMs < 2000);
  assert.equal((await kms.vault.store.list('notices', { within: [], limit: 9 })).length, 1);
});

test('what was not delivered is delivered after a restart, with the same id, in order', async () => {
  await using receiver = await startReceiver();
  const usual = receiver.answer;
  receiver.answer = (response) => response.writeHead(503).end();
  const opened = await openOutbox(receiver);
  const first = await opened.start();
  const ids = [await first.make(), await first.make()];
  await until('it was tried', () => receiver.received.length > 1);
  await first.stop();
  receiver.received.length = 0;
  receiver.answer = usual;
  const second = await opened.start();
  ids.push(await second.make());
  await until('all are delivered', async () => (await opened.waiting()) === 0);
  await second.stop();
  assert.deepEqual([...new Set(idsOf(receiver))], ids); // an attempt that was given up may still arrive
});

test('what could not be delivered for a day is dropped, and so are the oldest of too many', async () => {
  await using receiver = await startReceiver();
  receiver.answer = (response) => response.writeHead(503).end();
  const opened = await openOutbox(receiver, { pauseMs: () => 60_000 });
  const old = keyDeleted(key, opened.clock.now());
  opened.clock.advance(dayMs);
  await opened.vault.store.write(async (transaction) => {
    transaction.put('notices', [String(old.atMs).padStart(15, '0'), old.event.id], old);
    for (let n = 0; n < 10_000; n++) {
      const notice = keyDeleted(key, opened.clock.now() + n);
      transaction.put('notices', [String(notice.atMs).padStart(15, '0'), notice.event.id], notice);
    }
  });
  const outbox = await opened.start();
  await until('the oldest is dropped', () => opened.dropped.length === 1);
  assert.deepEqual(opened.dropped, [['notices dropped', { count: 1 }]]);
  await outbox.stop();
  assert.equal(await opened.waiting(), 10_000);
  assert.deepEqual(idsOf(receiver), [old.event.id]);
  opened.clock.advance(dayMs + 10_000);
  const again = await opened.start();
  await until('all are dropped', () => opened.dropped.length === 2);
  await again.stop();
  assert.equal(await opened.waiting(), 0);
});

/** A data directory with a key whose window has ended; returns the key's ARN. */
async function directoryWithDueKey(directory: string): Promise<string> {
  const settings = { directory, root: {}, command: 'test', mayCreate: true };
  const data = await openData(settings, new ManualClock(Date.now() - 8 * dayMs));
  try {
    await createAccount(data.vault, place.accountId);
    const plain = { description: '', spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', policy: '{}', tags: [] };
    const made = await createKey(data.keyring, place, { ...plain, origin: 'AWS_KMS', isMultiRegion: false });
    const deletionDateMs = Date.now() - dayMs;
    const name = [place.accountId, place.region, made.keyId];
    await data.vault.store.write(async (transaction) => {
      transaction.put('keys', name, { ...made.record, state: { name: 'PendingDeletion', deletionDateMs } });
      const due = { accountId: place.accountId, region: place.region, keyId: made.keyId };
      transaction.put('deletions', [String(deletionDateMs).padStart(15, '0'), ...name], due);
    });
    return made.arn;
  } finally {
    await data.close();
  }
}

test('a server posts the notice that one before it was killed with', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const keyArn = await directoryWithDueKey(data);
  const secretFile = join(data, 'webhook.secret');
  writeFileSync(secretFile, 'sixteen bytes or more\n');
  await using receiver = await startReceiver();
  const usual = receiver.answer;
  receiver.answer = (response) => response.writeHead(500).end();
  const args = ['--notice-webhook', receiver.url.href, '--notice-webhook-secret-file', secretFile];
  await using server = await startServer({ data, args });
  await until('it was tried', () => receiver.received.length > 0);
  await server.kill();
  const logged = server
    .stderr()
    .split('\n')
    .filter((line) => line.includes('"event":"notice"'))
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    logged.map(({ level, notice }) => [level, notice]),
    [['info', receiver.received[0]?.event]],
  );
  receiver.received.length = 0;
  receiver.answer = usual;
  await server.start();
  await until('it has arrived', () => receiver.received.length > 0);
  const { event, body, headers } = receiver.received[0] ?? assert.fail();
  assert.deepEqual([event.id, event.resources], [logged[0]?.notice.id, [keyArn]]);
  const [, seconds, mac] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(headers['keywright-signature'])) ?? assert.fail();
  assert.equal(mac, createHmac('sha256', 'sixteen bytes or more').update(`${seconds}.${body}`).digest('hex'));
  const database = new DatabaseSync(join(data, 'keywright.db'), { readOnly: true });
  t.after(() => database.close());
  await until('it is delivered', () => database.prepare('SELECT count(*) AS n FROM notices').get()?.['n'] === 0);
  const arrived = receiver.received.length;
  assert.equal(await server.stop(), 0);
  await server.start();
  assert.equal(await server.stop(), 0);
  assert.equal(receiver.received.length, arrived);
});

test('settings that make no webhook are refused', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const short = join(data, 'short');
  writeFileSync(short, 'short');
  const cases: readonly (readonly string[])[] = [
    ['--notice-webhook', 'http://example.com/'],
    ['--notice-webhook', 'ftp://localhost/'],
    ['--notice-webhook', 'https://user:word@example.com/'],
    ['--notice-webhook', 'nonsense'],
    ['--notice-webhook-secret-file', short],
    ['--notice-webhook', 'https://example.com/', '--notice-webhook-secret-file', short],
  ];
  for (const args of cases) {
    const { code, stderr } = await runCli(['serve', '--port', '0', '--data', join(data, 'new'), ...args]);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
  }
});
