/**
 * A rotation of the domain key wraps every secret anew, batch by batch. Here it is cut short at moments that cover its
 * whole length; the next start must finish it, and nobody may notice but for the time that it takes.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sendCommand } from '#server/control.ts';
import { KeysInUse, type Members } from '../harness/client.ts';
import { runCli, type ServerProcess, startServer, until } from '../harness/server-process.ts';

const keyCount = 400;
const rounds = 12;

test('a domain key rotation that is killed in the middle is finished at the next start', async (t) => {
  await using server = await startServer();
  const keys = new KeysInUse(server);
  await keys.grow(keyCount);
  const wholeMs = await timeOf(rotate(server));
  let cutShort = 0;
  for (let round = 0; round < rounds; round++) {
    const rotating = rotate(server).catch(() => undefined); // killed before it could answer
    await delay((wholeMs * round) / rounds);
    await server.kill();
    await rotating;
    if (domainKeys(server).length > 1) cutShort++;
    await server.start();
    await keys.grow(3);
    await keys.decryptAll();
    // Nobody asks for it: the server takes up the work by itself.
    await until('the rotation is finished', () => domainKeys(server).length === 1);
    const [active] = domainKeys(server);
    assert.equal(active?.state, 'active');
    assert.deepEqual(wrappedUnder(server), new Set([active?.domainKeyId]));
  }
  assert(cutShort >= 3, `only ${cutShort} of ${rounds} kills hit a rotation; ${wholeMs} ms is how long one takes`);
  await keys.decryptAll();
  assert.equal(server.complaints(), '');
  t.diagnostic(
    `${rounds} kills, ${cutShort} in the middle of a rotation of ${keyCount} keys (${wholeMs.toFixed()} ms)`,
  );
});

test('requests are served as ever while the domain key is rotated', async (t) => {
  await using server = await startServer();
  const keys = new KeysInUse(server);
  await keys.grow(keyCount);
  let isRotating = true;
  let served = 0;
  const clients = Array.from({ length: 4 }, async () => {
    while (isRotating) {
      await keys.grow(1);
      await keys.decryptOne(served++);
    }
  });
  for (let time = 0; time < 5; time++) {
    const { rewrapped } = await rotate(server);
    assert(rewrapped >= keyCount, `${rewrapped} secrets were wrapped anew`);
  }
  isRotating = false;
  await Promise.all(clients);
  await keys.decryptAll();
  assert.equal(domainKeys(server).length, 1);
  assert(served > 5, 'the service went on during the rotations');
  t.diagnostic(`${served} keys made and ciphertexts decrypted during 5 rotations`);
});

test('an orderly end in the middle of a rotation is one that the next start makes up for', async () => {
  await using server = await startServer();
  const keys = new KeysInUse(server);
  await keys.grow(keyCount);
  const wholeMs = await timeOf(rotate(server));
  for (const part of [0.1, 0.4, 0.7]) {
    const rotating = rotate(server).catch(() => undefined); // the server may hang up on the command
    await delay(wholeMs * part);
    assert.equal(await server.stop(), 0);
    await rotating;
    await server.start();
    await keys.decryptAll();
  }
  assert.equal(await server.stop(), 0, 'the end waits for the rotation that the start took up');
  assert.equal(domainKeys(server).length, 1);
  assert.equal(server.complaints(), '');
});

test('"domain-key rotate" without a server rotates as well', async () => {
  await using server = await startServer();
  const keys = new KeysInUse(server);
  await keys.grow(5);
  const [before] = domainKeys(server);
  await server.stop();
  const { code, stdout, stderr } = await runCli(['domain-key', 'rotate', '--json', '--data', server.data]);
  assert.equal(code, 0, stderr);
  const [active, ...others] = domainKeys(server);
  assert.notEqual(active?.domainKeyId, before?.domainKeyId);
  assert.equal(JSON.parse(stdout).domainKeyId, active?.domainKeyId);
  assert.deepEqual(others, []);
  await server.start();
  await keys.decryptAll();
});

interface DomainKeyRow {
  readonly domainKeyId: string;
  readonly state: string;
}

function domainKeys({ data }: ServerProcess): DomainKeyRow[] {
  return records(data, 'domainKeys') as unknown as DomainKeyRow[]; // the store's own records
}

/** The domain keys that anything in the store is wrapped under. */
function wrappedUnder({ data }: ServerProcess): Set<string> {
  const holders = ['materials', 'accessKeys', 'serviceKeys'].flatMap((collection) => records(data, collection));
  return new Set(holders.map((holder) => (holder['wrapped'] as DomainKeyRow).domainKeyId));
}

function records(data: string, collection: string): Members[] {
  const database = new DatabaseSync(join(data, 'keywright.db'), { readOnly: true });
  try {
    return database
      .prepare(`SELECT record FROM "${collection}"`)
      .all()
      .map(({ record }) => JSON.parse(String(record)));
  } finally {
    database.close();
  }
}

async function rotate({ data }: ServerProcess): Promise<{ readonly rewrapped: number }> {
  const { controlSocket } = JSON.parse(readFileSync(join(data, 'holder.json'), 'utf8'));
  return (await sendCommand(controlSocket, 'domain-key/rotate')) as { rewrapped: number }; // what the command answers
}

async function timeOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}
