/**
 * A server whose disk fills up and is freed again while it is used: on a small file system of the test's own, where it may mount
 * one, and by a limit on the size of the server's files, which Linux lets everybody set.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { call } from '../harness/client.ts';
import { runCli, type ServerProcess, startServer, temporaryDirectory, until } from '../harness/server-process.ts';
import { recordedRequests } from '../harness/trail.ts';

const lanes = 16;

interface Disk {
  /** Nothing can be written from now on. */
  fill(server: ServerProcess): void;
  free(server: ServerProcess): void;
}

test('while its disk is full a server answers nothing that it cannot record, and afterwards it goes on by itself', {
  timeout: 120_000,
}, async (t) => {
  using scratch = temporaryDirectory();
  using disk = mountSmall(join(scratch.path, 'disk'));
  if (disk === undefined) return t.skip('This test may not mount a file system.');
  await fillAndFree(disk, disk.path, t);
});

test('so it does where its files may not grow any more', {
  timeout: 120_000,
  skip: process.platform !== 'linux' && 'Only Linux limits the files of one process.',
}, async (t) => {
  using scratch = temporaryDirectory();
  await fillAndFree(limited, scratch.path, t);
});

async function fillAndFree(disk: Disk, directory: string, t: TestContext): Promise<void> {
  const data = join(directory, 'data');
  await using server = await startServer({ data });
  const load = new Load(server);
  for (let time = 0; time < 3; time++) {
    const before = { refusals: load.refusals, answers: load.answered.size };
    await load.until('calls are answered', ({ answered }) => answered.size > before.answers + 300);
    disk.fill(server);
    await load.until('calls are refused', ({ refusals }) => refusals > before.refusals + 100);
    const health = await fetch(`${server.url}/health`);
    assert.equal(health.status, 503);
    assert.match(await health.text(), /The audit trail cannot be written \((ENOSPC|EFBIG)\) since/);
    const { size } = load.answered;
    await delay(300);
    assert.equal(load.answered.size, size, 'nothing is answered meanwhile');
    disk.free(server);
    await load.until('calls are answered again', ({ answered }) => answered.size > size + 300);
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  }
  await load.end();
  assert.equal(await server.stop(), 0);
  const recorded = recordedRequests(join(data, 'audit', 'segments'));
  for (const id of load.answered) assert.equal(recorded.get(id), 1, `the request ${id}`);
  t.diagnostic(`${load.answered.size} answered, all recorded; ${load.refusals} refused`);
  assert.match(server.stderr(), /audit trail failed/);
  assert.match(server.stderr(), /audit trail recovered/);
  const verified = await runCli(['audit', 'verify', '--data', data]);
  assert.match(verified.stdout, /^The audit trail is all that was ever written/);
  await server.start();
  for (const id of load.keyIds) assert.equal((await call(server, 'DescribeKey', { KeyId: id })).status, 200);
}

/** Clients that use keys and make new ones, whatever happens. */
class Load {
  readonly answered = new Set<string>();
  /** Keys whose creation was answered. */
  readonly keyIds = new Set<string>();
  refusals = 0;
  readonly #server: ServerProcess;
  #isOver = false;
  readonly #lanes: readonly Promise<void>[];

  constructor(server: ServerProcess) {
    this.#server = server;
    this.#lanes = Array.from({ length: lanes }, (_, lane) => this.#work(lane));
  }

  /** Rejects where a call was answered otherwise than it may be. */
  async until(what: string, isSo: (load: Load) => boolean): Promise<void> {
    await Promise.race([until(what, () => isSo(this)), Promise.all(this.#lanes)]);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  async #work(lane: number): Promise<void> {
    while (!this.#isOver) {
      const isCreation = lane === 0;
      const operation = isCreation ? 'CreateKey' : 'GenerateRandom';
      const { status, headers, body } = await call(this.#server, operation, isCreation ? {} : { NumberOfBytes: 16 });
      if (status === 200) this.answered.add(String(headers['x-amzn-requestid']));
      else {
        assert.equal(`${status} ${body?.['__type']}`, '500 KMSInternalException');
        this.refusals++;
      }
      if (status === 200 && isCreation) this.keyIds.add(String(Object(body?.['KeyMetadata'])['KeyId']));
      if (isCreation) await delay(20);
    }
  }
}

/** Undefined where the test may not mount. */
function mountSmall(path: string): (Disk & Disposable & { readonly path: string }) | undefined {
  mkdirSync(path);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', path]).status !== 0) return undefined;
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      writeFileSync(filler, '');
      for (let size = 1 << 20; size >= 1; size >>= 1) {
        const piece = Buffer.alloc(size);
        // Until not even the smallest piece finds room.
        for (let room = statfsSync(path).bavail; room > 0 && append(filler, piece); ) room = statfsSync(path).bavail;
      }
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: () => void spawnSync('umount', ['--lazy', path]),
  };
}

function append(file: string, piece: Buffer): boolean {
  try {
    writeFileSync(file, piece, { flag: 'a' });
    return true;
  } catch {
    return false;
  }
}

const limited: Disk = {
  fill: ({ pid }) => void execFileSync('prlimit', ['--pid', String(pid), '--fsize=1024:unlimited']),
  free: ({ pid }) => void execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']),
};
