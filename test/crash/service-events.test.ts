/**
 * What a server and its operators do, as the trail has it: started, set otherwise, killed, started again. Each change has its
 * event exactly once, however the process ends.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent } from '#audit/event.ts';
import { Segments } from '#audit/segments.ts';
import { sendCommand } from '#server/control.ts';
import { call } from '../harness/client.ts';
import { assertRecord } from '../harness/records.ts';
import { runCli, startServer } from '../harness/server-process.ts';
import { readRecords } from '../harness/trail.ts';

/** The events of the service itself in a data directory. */
function eventsIn(data: string): AuditEvent[] {
  const records: AuditEvent[] = readRecords(new Segments(join(data, 'audit', 'segments')));
  for (const record of records) assertRecord(record);
  return records.filter(({ sourceIPAddress }) => sourceIPAddress === 'AWS Internal');
}

const allowAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

test('all that operators do is in the trail, with a server and without one', async (t) => {
  const outside = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(outside, { recursive: true }));
  await using server = await startServer();
  const { data } = server;
  const policy = join(outside, 'policy.json');
  writeFileSync(policy, allowAll);
  const cli = async (...args: string[]) => {
    const { code, stderr } = await runCli([...args, '--data', data]);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  };
  const operate = async (account: string, name: string) => {
    await cli('account', 'create', '--id', account);
    await cli('access-key', 'mark', server.credentials.accessKeyId, '--service', 's3');
    await cli('guardrail', 'set', name, '--account', account, '--type', 'scp', '--file', policy);
    await cli('guardrail', 'remove', name, '--account', account, '--type', 'scp');
    const { code } = await runCli(['guardrail', 'remove', name, '--account', account, '--type', 'scp', '--data', data]);
    assert.equal(code, 1, 'it is gone already');
    await cli('domain-key', 'rotate');
    await cli('backup', join(outside, name));
  };
  await operate('111122223333', 'online');
  await server.stop();
  await operate('444455556666', 'offline');
  await server.start();
  await server.kill();
  await using other = await startServer({ data, args: ['--max-clock-skew', '120', '--account', '000000000000'] });
  await other.stop();

  const first = '000000000000';
  const operated = (account: string) => [
    ['CreateAccount', account],
    ['MarkAccessKey', first],
    ['SetGuardrail', account],
    ['RemoveGuardrail', account],
    ['RotateDomainKey', first],
    ['Backup', first],
  ];
  const events = eventsIn(data);
  assert.deepEqual(
    events.map(({ eventName, recipientAccountId }) => [eventName, recipientAccountId]),
    [
      ['CreateAccount', first],
      ['StartServer', first],
      ...operated('111122223333'),
      ['StopServer', first],
      ...operated('444455556666'),
      ['StartServer', first],
      ['StartServer', first],
      ['ConfigurationChange', first],
      ['StopServer', first],
    ],
  );
  const detailsOf = (name: string) =>
    events.filter(({ eventName }) => eventName === name).map(({ serviceEventDetails }) => Object(serviceEventDetails));
  assert.equal(detailsOf('SetGuardrail')[0].document, allowAll);
  assert.deepEqual(
    detailsOf('StartServer').map(({ previousStop }) => previousStop),
    ['none', 'in order', 'not in order'],
  );
  assert.deepEqual(detailsOf('ConfigurationChange'), [{ changed: { maxClockSkew: { before: '300', now: '120' } } }]);
  assert.equal(detailsOf('StartServer')[0].settings.host, '127.0.0.1');

  const restored = join(outside, 'restored');
  const root = ['--root-key-file', join(data, 'root.key')];
  const { code, stderr } = await runCli(['restore', join(outside, 'offline'), '--data', restored, ...root]);
  assert.equal(code, 0, stderr);
  await using again = await startServer({ data: restored, args: root });
  await again.stop();
  const names = eventsIn(restored).map(({ eventName }) => eventName);
  assert.deepEqual(names, ['Restore', 'StartServer', 'StopServer']);
});

test('no kill loses an event of a change, or has it in the trail twice', async (t) => {
  await using server = await startServer();
  const { data } = server;
  const rounds = 8;
  const keys: string[] = [];
  for (let round = 0; round < rounds; round++) {
    let isUp = true;
    const rotating = Array.from({ length: 4 }, async () => {
      while (isUp) {
        try {
          const { body } = await call(server, 'CreateKey', {});
          const { KeyId } = Object(body?.['KeyMetadata']);
          if (KeyId === undefined) continue;
          keys.push(KeyId);
          for (let time = 0; time < 3 && isUp; time++) await call(server, 'RotateKeyOnDemand', { KeyId });
        } catch {
          isUp = false; // it has been killed
        }
      }
    });
    const socket = join(data, 'control.sock');
    const guarding = (async () => {
      for (let number = 0; isUp; number++) {
        const input = { account: '000000000000', type: 'scp', name: `${round}-${number}`, document: allowAll };
        await sendCommand(socket, 'guardrail/set', input);
        await sendCommand(socket, 'guardrail/remove', input);
      }
    })().catch(() => undefined);
    await delay(150 + round * 20);
    await server.kill();
    isUp = false;
    await Promise.all([...rotating, guarding]);
    await server.start();
  }
  const wanted: string[] = [];
  for (const KeyId of keys) {
    const { body } = await call(server, 'ListKeyRotations', { KeyId });
    const rotations = Object(body)['Rotations'] as { KeyMaterialId: string }[];
    wanted.push(...rotations.map(({ KeyMaterialId }) => `${KeyId} ${KeyMaterialId}`));
  }
  await server.stop();
  const events = eventsIn(data);
  const rotated = events
    .filter(({ eventName }) => eventName === 'RotateKey')
    .map(({ serviceEventDetails: details }) => `${details?.['keyId']} ${details?.['currentKeyMaterialId']}`);
  assert.deepEqual(rotated.sort(), wanted.sort());
  const guarded = (name: string) =>
    events
      .filter(({ eventName }) => eventName === name)
      .map(({ serviceEventDetails: details }) => String(details?.['name']))
      .sort();
  const [set, removed] = [guarded('SetGuardrail'), guarded('RemoveGuardrail')];
  assert.equal(new Set(set).size, set.length);
  assert.equal(new Set(removed).size, removed.length);
  const open = set.filter((name) => !removed.includes(name));
  const { stdout } = await runCli(['guardrail', 'list', '--json', '--data', data]);
  const there = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(there.sort(), open);
  assert.equal(events.filter(({ eventName }) => eventName === 'StartServer').length, rounds + 1);
  t.diagnostic(`${rotated.length} rotations and ${set.length + removed.length} guardrails over ${rounds} kills`);
});
