/** More clients at once than a server can serve in time: those that are served are served soon, the others are told to come again. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Credentials, temporaryDirectory } from '#test/harness/server-process.ts';
import { signRequest } from '#test/harness/sign.ts';

const program = join(import.meta.dirname, '..', 'harness', 'overloaded-server.ts');

async function startOverloaded(directory: string, how: 'shedding' | 'taking') {
  const child = fork(program, [directory, how], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [started] = await once(child, 'message');
  return {
    ...(started as { url: string; credentials: Credentials }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** One request, as bytes: the same may be sent again and again. */
function requestTo({ url, credentials }: { url: string; credentials: Credentials }): Buffer {
  const { host } = new URL(url);
  const body = '{"NumberOfBytes":32}';
  const headers = signRequest({
    method: 'POST',
    host,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.GenerateRandom' },
    body,
    credentials,
    region: 'us-east-1',
    service: 'kms',
    date: new Date(),
  });
  const lines = Object.entries({ ...headers, 'content-length': body.length }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

interface Load {
  /** Milliseconds that the accepted ones took, in order. */
  readonly accepted: number[];
  refused: number;
  other: number;
}

/** A client that the server has taken on already: it takes on one new connection in a turn of its event loop, which is not what is tested. */
async function connectTo({ url }: { url: string }): Promise<Socket> {
  const { host, hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await once(socket, 'data');
  socket.on('error', () => undefined); // then answers are missing
  return socket;
}

/** As many clients as that, all at once, each of which asks again as soon as it has its answer. */
async function load(server: { url: string; credentials: Credentials }, clients: number, forMs: number): Promise<Load> {
  const result: Load = { accepted: [], refused: 0, other: 0 };
  const request = requestTo(server);
  const sockets: Socket[] = [];
  while (sockets.length < clients) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => connectTo(server)))));
  }
  const untilMs = performance.now() + forMs;
  for (const socket of sockets) {
    let sentAtMs = performance.now();
    socket.on('data', (bytes: Buffer) => {
      const status = bytes.subarray(9, 12).toString(); // answers are short: each comes in one piece
      if (status === '200') result.accepted.push(performance.now() - sentAtMs);
      else if (status === '400' && bytes.includes('ThrottlingException')) result.refused++;
      else result.other++;
      if (performance.now() > untilMs) return;
      sentAtMs = performance.now();
      socket.write(request);
    });
    socket.write(request);
  }
  await delay(forMs);
  for (const socket of sockets) socket.destroy();
  result.accepted.sort((one, other) => one - other);
  return result;
}

const measuredMs = 3000;
const percentile = ({ accepted }: Load, share: number) =>
  accepted[Math.floor(accepted.length * share)] ?? Number.POSITIVE_INFINITY;

async function measure(how: 'shedding' | 'taking', clients: number): Promise<Load> {
  using directory = temporaryDirectory();
  await using server = await startOverloaded(directory.path, how);
  return await load(server, clients, measuredMs);
}

test('with thousands of clients at once, who is served is served soon, and everyone else is told to come again', async () => {
  const [shedding, taking] = [await measure('shedding', 3000), await measure('taking', 3000)];
  const [soon, late] = [percentile(shedding, 0.99), percentile(taking, 0.99)];
  assert.equal(shedding.other + taking.other + taking.refused, 0);
  assert(shedding.refused > 0, 'some are refused');
  // By the speed of the same seconds: the machine may be another one in the next.
  const turnOfAllMs = (3000 * measuredMs) / shedding.accepted.length;
  assert(soon < turnOfAllMs / 2, `${soon} ms, where it takes ${turnOfAllMs} ms to serve everyone once`);
  assert(soon < late, `${soon} ms, and ${late} ms where all are taken on`);
});

test('256 clients are all served, however slow the machine is', async () => {
  const { accepted, refused, other } = await measure('shedding', 256);
  assert.deepEqual([refused, other], [0, 0]);
  assert(accepted.length > 256);
});
