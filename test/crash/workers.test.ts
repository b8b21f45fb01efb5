/**
 * A server of several processes. 64 users on connections of their own, spread over all workers, never stop asking, while keys are
 * disabled and enabled, policies put and grants revoked: a request that starts after a change was acknowledged sees it, whichever
 * worker it meets. KEYWRIGHT_CHANGES is how many changes there are.
 */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { sendCommand } from '#server/control.ts';
import { call, type Members, Random } from '../harness/client.ts';
import { type Credentials, type ServerProcess, startServer, until } from '../harness/server-process.ts';

const changes = Number(process.env['KEYWRIGHT_CHANGES'] ?? 600);
const workers = 3;
const users = 64;
const gatesOfAKind = 4;
/** At least so many uses, if they come, from one change of a thing to the next. */
const usesBetween = 4;
const mostWaits = 500;
const random = new Random(Number(process.env['KEYWRIGHT_SEED'] ?? Date.now() % 1_000_000));

type Setting = (isOpen: boolean) => Promise<unknown>;

/** Whether one thing may be done: what was acknowledged last, and undefined while a change is under way. */
class Gate {
  readonly name: string;
  readonly #credentials: Credentials;
  readonly #input: Members;
  readonly #set: Setting;
  isOpen: boolean | undefined = true;
  /** Of what is acknowledged. */
  version = 0;
  /** Uses that have shown how it is since then. */
  uses = 0;

  constructor(name: string, user: { credentials: Credentials; input: Members }, set: Setting) {
    this.name = name;
    this.#credentials = user.credentials;
    this.#input = user.input;
    this.#set = set;
  }

  async toggle(): Promise<void> {
    const next = !this.isOpen;
    this.isOpen = undefined;
    this.version++;
    await this.#set(next);
    this.isOpen = next;
    this.uses = 0;
    for (let waits = 0; this.uses < usesBetween && waits < mostWaits; waits++) await delay(2);
  }

  /** One use; 'stale' where what it saw was no longer so when it began, 'unclear' where a change was under way. */
  async use(server: ServerProcess, agent: Agent): Promise<'stale' | 'unclear' | 'open' | 'closed'> {
    const { isOpen, version } = this;
    const overrides = { agent, credentials: this.#credentials };
    const { status, body } = await call(server, 'Encrypt', this.#input, overrides);
    const refusals = ['DisabledException', 'AccessDeniedException'];
    assert(
      status === 200 || refusals.includes(String(body?.['__type'])),
      `${this.name}: ${status} ${body?.['__type']}`,
    );
    if (isOpen === undefined || version !== this.version) return 'unclear';
    this.uses++;
    if ((status === 200) !== isOpen) return 'stale';
    return isOpen ? 'open' : 'closed';
  }
}

async function makeGates(server: ServerProcess): Promise<readonly Gate[]> {
  const ok = async (operation: string, input: Members): Promise<Members> => {
    const { status, body = {}, text } = await call(server, operation, input);
    assert.equal(status, 200, `${operation}: ${text}`);
    return body;
  };
  const Plaintext = Buffer.from('something').toString('base64');
  const newKey = async () => String(((await ok('CreateKey', {}))['KeyMetadata'] as Members)['KeyId']);
  const { credentials } = server;
  const everything = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::000000000000:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  const gates: Gate[] = [];
  for (let n = 0; n < gatesOfAKind; n++) {
    const ofState = await newKey();
    const user = { credentials, input: { KeyId: ofState, Plaintext } };
    gates.push(new Gate('state', user, (isOpen) => ok(isOpen ? 'EnableKey' : 'DisableKey', { KeyId: ofState })));

    const ofPolicy = await newKey();
    const denial = { ...everything, Effect: 'Deny', Action: 'kms:Encrypt' };
    const policy = (isOpen: boolean) => JSON.stringify({ Statement: isOpen ? everything : [everything, denial] });
    gates.push(
      new Gate('policy', { credentials, input: { KeyId: ofPolicy, Plaintext } }, (isOpen) =>
        ok('PutKeyPolicy', { KeyId: ofPolicy, Policy: policy(isOpen) }),
      ),
    );
    gates.push(await makeGrantGate(server, { ok, KeyId: await newKey(), Plaintext }));
  }
  return gates;
}

interface Granting {
  readonly ok: (operation: string, input: Members) => Promise<Members>;
  readonly KeyId: string;
  readonly Plaintext: string;
}

async function makeGrantGate(
  { url: endpoint, region, credentials }: ServerProcess,
  { ok, KeyId, Plaintext }: Granting,
) {
  const iam = new IAMClient({ endpoint, region, credentials });
  const { User } = await iam.send(new CreateUserCommand({ UserName: `user-${KeyId}` }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: `user-${KeyId}` }));
  iam.destroy();
  const own = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const grant = () => ok('CreateGrant', { KeyId, GranteePrincipal: User?.Arn, Operations: ['Encrypt'] });
  let { GrantId } = await grant();
  return new Gate('grant', { credentials: own, input: { KeyId, Plaintext } }, async (isOpen) => {
    if (isOpen) ({ GrantId } = await grant());
    else await ok('RevokeGrant', { KeyId, GrantId });
  });
}

test('no worker uses what was before a change once that has been acknowledged', { timeout: 600_000 }, async (t) => {
  await using server = await startServer({ args: ['--workers', String(workers)] });
  const gates = await makeGates(server);
  const seen = { stale: 0, unclear: 0, open: 0, closed: 0 };
  let isOver = false;
  const use = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver) seen[await (random.pick(gates) ?? assert.fail()).use(server, agent)]++;
    agent.destroy();
  };
  const change = async (gate: Gate) => {
    for (let n = 0; n < changes / gates.length && !isOver; n++) {
      await gate.toggle();
    }
  };
  const using = Array.from({ length: users }, use);
  await Promise.all(gates.map(change)).finally(() => {
    isOver = true;
  });
  await Promise.all(using);
  t.diagnostic(`${changes} changes; uses: ${JSON.stringify(seen)}`);
  assert.equal(seen.stale, 0);
  assert(seen.open > changes && seen.closed > changes, 'both were seen');
  assert.equal(server.complaints(), '');
  assert.equal(await server.stop(), 0);
});

for (const [what, signal] of [
  ['is killed', 'SIGKILL'],
  ['hangs', 'SIGSTOP'],
] as const) {
  test(`a worker that ${what} is replaced, its calls fail cleanly, and those of others go on`, {
    timeout: 60_000,
  }, async () => {
    await using server = await startServer({ args: ['--workers', '2'] });
    const workersOf = async (): Promise<readonly number[]> => {
      const status = await sendCommand(`${server.data}/control.sock`, 'status');
      return Object(status).workers;
    };
    const before = await workersOf();
    assert.equal(before.length, 2);
    const [first = 0] = before;
    process.kill(first, signal);
    const replaced = async () => {
      const now = await workersOf();
      return now.length === 2 && !now.includes(first);
    };
    await until('there is another', replaced).finally(() => isAlive(first) && process.kill(first, 'SIGKILL'));
    for (let n = 0; n < 10; n++) assert.equal((await call(server, 'ListKeys', {})).status, 200);
    assert.match(server.complaints(), /worker died and is replaced/);
    assert.equal(await server.stop(), 0);
  });
}

test('workers end when their leader is killed, and the port is free for the next', { timeout: 60_000 }, async () => {
  await using server = await startServer({ args: ['--workers', '2'] });
  const { workers: pids } = Object(await sendCommand(`${server.data}/control.sock`, 'status'));
  const port = Number(new URL(server.url).port);
  await server.kill();
  await using next = await startServer({ args: ['--workers', '2'], data: server.data, port });
  assert.equal(Number(new URL(next.url).port), port);
  await until('the workers are gone', () => pids.every((pid: number) => !isAlive(pid)));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
