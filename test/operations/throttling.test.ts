/** Quotas of a server as it is run: what is accepted over some seconds, and who gets on well with it. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { CreateKeyCommand, DescribeKeyCommand, GetKeyPolicyCommand } from '@aws-sdk/client-kms';
import { openData } from '#assemble.ts';
import { call } from '#test/harness/client.ts';
import { runCli, type ServerProcess, startServer } from '#test/harness/server-process.ts';
import { readRecords } from '#test/harness/trail.ts';

async function quota(server: ServerProcess, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(['quota', ...args, '--json', '--data', server.data]);
  return { code, stderr, shown: code === 0 ? JSON.parse(stdout) : undefined };
}

async function set(server: ServerProcess, name: string, rate: string) {
  const { code, stderr } = await quota(server, 'set', '--class', name, '--rate', rate);
  assert.equal(code, 0, stderr);
}

const valueIn = (shown: { quotas: { class: string; value: number }[] }, name: string) =>
  shown.quotas.find((one) => one.class === name)?.value;

/** What the trail of a data directory that no server has says of changes. */
async function quotaEvents(directory: string): Promise<string[]> {
  const settings = { directory, root: {}, auditAnchors: 'off', command: 'test', mayCreate: false };
  const data = await openData(settings);
  try {
    return readRecords(data.trail.segments)
      .filter(({ eventName }) => /Quota/.test(String(eventName)))
      .map(({ eventName, serviceEventDetails }) => `${eventName} ${JSON.stringify(serviceEventDetails)}`);
  } finally {
    await data.close();
  }
}

for (const workers of ['1', '2']) {
  test(`a busy server accepts what the quota says within 2 %, and SDK clients with their own retries succeed beside it (workers: ${workers})`, async () => {
    await using server = await startServer({ args: ['--quotas', 'aws-default', '--workers', workers] });
    const kms = server.client();
    const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const rate = 300;
    await set(server, 'DescribeKey', String(rate));
    await set(server, 'GetKeyPolicy', '50');
    const agent = new Agent({ keepAlive: true, maxSockets: 24 });
    const [warmUpMs, measuredMs] = [1000, 5000];
    const beginMs = performance.now() + warmUpMs;
    const counts = new Map<unknown, number>();
    const send = async () => {
      while (performance.now() < beginMs + measuredMs) {
        const { status, body } = await call(server, 'DescribeKey', { KeyId }, { agent });
        const atMs = performance.now() - beginMs;
        const outcome = status === 200 ? 'accepted' : body?.['__type'];
        if (atMs >= 0 && atMs < measuredMs) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
    };
    const beside = async () => {
      // Twelve at once where five may be saved up: some have to come again.
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }))),
      );
      return answers.map(({ $metadata }) => $metadata.attempts ?? 0);
    };
    const [attempts] = await Promise.all([beside(), ...Array.from({ length: 24 }, send)]);
    agent.destroy();
    const accepted = counts.get('accepted') ?? 0;
    const quotaOfAll = (rate * measuredMs) / 1000;
    assert(Math.abs(accepted - quotaOfAll) <= 0.02 * quotaOfAll, `${accepted} of ${quotaOfAll}`);
    assert((counts.get('ThrottlingException') ?? 0) > 100, 'there was more load than the quota');
    assert.deepEqual([...counts.keys()].sort(), ['ThrottlingException', 'accepted']);
    assert(
      attempts.some((count) => count > 1),
      `attempts: ${attempts}`,
    );
    assert.equal(await server.stop(), 0);
  });
}

test('quotas change on a running server at once and stay over its end; a profile of the command line decides while it is given', async () => {
  await using server = await startServer({ args: ['--workers', '2'] });
  const kms = server.client({ maxAttempts: 1 });
  const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId;
  const describe = () => kms.send(new DescribeKeyCommand({ KeyId }));
  const { shown: before } = await quota(server, 'show');
  assert.deepEqual([before.profile, before.profileFrom], ['unlimited', 'default']);
  await set(server, 'DescribeKey', '0');
  await assert.rejects(describe, { name: 'ThrottlingException' });
  await quota(server, 'set', '--class', 'DescribeKey', '--rate', 'unlimited', '--account', '000000000000');
  await describe();
  assert.equal((await quota(server, 'profile', 'aws-us-east-1')).code, 0);
  assert.equal(await server.stop(), 0);

  const { shown: offline } = await quota(server, 'show', '--account', '000000000000');
  assert.deepEqual([offline.profile, offline.profileFrom], ['aws-us-east-1', 'store']);
  assert.equal(valueIn(offline, 'symmetric'), 100_000);
  assert.equal(valueIn(offline, 'DescribeKey'), null);
  await quota(server, 'reset', '--class', 'DescribeKey', '--account', '000000000000');
  await server.start();
  const again = server.client({ maxAttempts: 1 });
  await assert.rejects(again.send(new DescribeKeyCommand({ KeyId })), { name: 'ThrottlingException' });
  const { shown: reset } = await quota(server, 'reset', '--all');
  assert.deepEqual([reset.profile, reset.changes], ['unlimited', []]);
  await again.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(await server.stop(), 0);
  assert.deepEqual(await quotaEvents(server.data), [
    'SetQuota {"quota":"DescribeKey","value":0}',
    'SetQuota {"quota":"DescribeKey","accountId":"000000000000","value":null}',
    'SetQuotaProfile {"profile":"aws-us-east-1"}',
    'ResetQuotas {"quota":"DescribeKey","accountId":"000000000000"}',
    'ResetQuotas {}',
  ]);
});

test('what is set wrongly is refused with exit code 2 and changes nothing; what cannot be, with 1', async () => {
  await using server = await startServer({ args: ['--quotas', 'aws-default'] });
  const wrong: [string[], RegExp][] = [
    [['set', '--class', 'Nope', '--rate', '1'], /There is no quota class Nope/],
    [['set', '--class', 'CreateKey', '--rate', '-1'], /CreateKey takes --rate/],
    [['set', '--class', 'CreateKey', '--count', '1'], /CreateKey takes --rate/],
    [['set', '--class', 'keys', '--rate', '1'], /keys takes --count/],
    [['set', '--class', 'CreateKey', '--rate', '1', '--account', '1'], /12 digits/],
    [['set', '--class', 'CreateKey', '--rate', '1', '--region', 'x'], /x is no Region/],
    [['profile', 'aws'], /The profiles are aws-us-east-1, aws-default, unlimited/],
    [['reset'], /Give --class/],
  ];
  for (const [args, says] of wrong) {
    const { code, stderr } = await quota(server, ...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, says);
  }
  const decided = await quota(server, 'profile', 'unlimited');
  assert.equal(decided.code, 1);
  assert.match(decided.stderr, /started with --quotas aws-default, which decides/);
  const nothing = await quota(server, 'reset', '--class', 'CreateKey');
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /CreateKey has not been set/);
  const { shown } = await quota(server, 'show');
  assert.deepEqual([shown.profile, shown.profileFrom, shown.changes], ['aws-default', 'setting', []]);
  const words = await runCli(['quota', 'show', '--data', server.data]);
  assert.match(words.stdout, /^profile aws-default, as the server was started with --quotas\n/);
  assert.match(words.stdout, /^symmetric +10000$/m);
});
