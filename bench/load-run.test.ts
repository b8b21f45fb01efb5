import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Histogram } from './histogram.ts';
import { type LoadJob, runLoad } from './load-run.ts';
import { signPool } from './requests.ts';

const stall = { afterMs: 100, lengthMs: 300 };
const seconds = 0.6;

/** Answers at once, but for one stall, at whose end it answers everything that came meanwhile. */
async function withStallingServer(use: (job: Omit<LoadJob, 'ratePerSecond'>) => Promise<void>): Promise<void> {
  let firstAt: number | undefined;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      firstAt ??= performance.now();
      const at = performance.now() - firstAt;
      const isStalled = at > stall.afterMs && at < stall.afterMs + stall.lengthMs;
      const answer = (): void => void response.writeHead(200, { 'Content-Length': 2 }).end('{}');
      if (isStalled) setTimeout(answer, stall.afterMs + stall.lengthMs - at);
      else answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = { host: '127.0.0.1', port };
  const service = { ...endpoint, name: 'stalling', credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } };
  const pool = signPool(service, [{ operation: 'ListKeys', input: {} }]);
  try {
    await use({ endpoint, pool, connections: 2, seconds });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** How many took longer than a good part of the stall. */
function stalledOf(counts: Float64Array<ArrayBuffer>): number {
  const all = new Histogram(counts);
  let share = 1;
  while (share > 0 && all.percentile(share) > stall.lengthMs / 3) share -= 0.005;
  return (1 - share) * all.total;
}

test('at a rate, a stall is paid by all requests that fell due in it, not only by those that were on their way', async () => {
  await withStallingServer(async (job) => {
    const { counts, latenessCounts, answered } = await runLoad({ ...job, ratePerSecond: 400 });
    const { total } = new Histogram(counts);
    assert.equal(answered, total + job.connections, 'the first on each connection is not timed');
    assert.ok(total > 150 && total < 350, `${total} requests, about 240 were due`);
    assert.ok(stalledOf(counts) > 50, `${stalledOf(counts)} waited, of about 80 that were due early in the stall`);
    assert.ok(new Histogram(latenessCounts).total < total, 'the wait for a free connection is not our own lateness');
  });
});

test('as fast as it goes, only those on their way notice a stall', async () => {
  await withStallingServer(async (job) => {
    const { counts, samples } = await runLoad(job);
    assert.ok(stalledOf(counts) < new Histogram(counts).total * 0.02 + 2);
    assert.ok(samples.length > 0 && samples.every(({ index, body }) => index === 0 && body === '{}'));
  });
});

test('an answer that is not a 200 ends the load', async () => {
  const server = createServer((_, response) => void response.writeHead(400, { 'Content-Length': 4 }).end('nope'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const service = {
    host: '127.0.0.1',
    port,
    name: 'refusing',
    credentials: { accessKeyId: 'i', secretAccessKey: 's' },
  };
  const pool = signPool(service, [{ operation: 'ListKeys', input: {} }]);
  const job = { endpoint: { host: '127.0.0.1', port }, pool, connections: 3, seconds: 1 };
  await assert.rejects(runLoad(job), /status 400: nope/);
  server.close();
  server.closeAllConnections();
});
