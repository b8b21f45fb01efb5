import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { Received } from '#call/stages.ts';
import { type Listener, listen } from './listener.ts';
import { readWholeRequest } from './whole-request.ts';

const settings = { host: '127.0.0.1', port: 0, version: 'test', newRequestId: randomUUID };

interface Conversation {
  readonly received: readonly Received[];
  readonly text: string;
}

/** Sends pieces one after the other on one connection, and ends it once so many answers have come. */
async function converse(pieces: readonly string[], answers: number): Promise<Conversation> {
  const listener = await listen(settings);
  const received: Received[] = [];
  const serve = async (one: Received) => {
    received.push(one);
    await delay(5);
    return { status: 200, body: `{"bytes":${one.request.body.length},"ä":1}` };
  };
  listener.open({ serve, refuse: serve });
  try {
    return { received, text: await exchange(listener, pieces, answers) };
  } finally {
    await listener.drain();
  }
}

function exchange({ url }: Listener, pieces: readonly string[], answers: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1', async () => {
    for (const piece of pieces) {
      socket.write(piece, 'latin1');
      await delay(20);
    }
  });
  socket.setTimeout(5_000, () => socket.destroy(new Error(`Only this came: ${text}`)));
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.split(/HTTP\/1\.1 [2-5]\d\d /).length > answers) setTimeout(() => socket.end(), 20);
  });
  socket.on('close', () => resolve(text)).on('error', reject);
  return promise;
}

const post = (body: string, headers = '') =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
/** Of everything that differs between two answers to the same. */
const withoutIds = (text: string) => text.replaceAll(/(x-amzn-RequestId|Date): [^\r]+/g, '$1');
const requestsOf = ({ received }: Conversation) =>
  received.map(({ request, client }) => ({ ...request, body: Buffer.from(request.body).toString('latin1'), client }));

test('a request is the same, and so is its answer, whether it comes whole or in pieces', async () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/).map((name) => `x-${name}`);
  const value = fc.stringMatching(/^[\x21-\x7e]{0,20}( [\x21-\x7e]{1,9})?$/);
  const headers = fc.array(fc.tuple(token, value), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(headers, fc.stringMatching(/^[\x20-\x7e]{0,300}$/), async (named, body) => {
      const text = post(body, named.map(([name, value]) => `${name}:  ${value} \r\n`).join(''));
      assert(readWholeRequest(Buffer.from(text), 1000) !== undefined);
      const whole = await converse([text], 1);
      const halves = await converse([text.slice(0, 30), text.slice(30)], 1);
      assert.deepEqual(requestsOf(whole), requestsOf(halves));
      assert.equal(withoutIds(whole.text), withoutIds(halves.text));
    }),
    { numRuns: 15 },
  );
});

test('a connection goes on when something comes that is not of the usual form, or too early', async () => {
  const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  const { received, text } = await converse([post('1'), `${post('22')}${post('333')}`, chunked, post('4444')], 5);
  assert.deepEqual(
    received.map(({ request }) => Buffer.from(request.body).toString()),
    ['1', '22', '333', 'abc', '4444'],
  );
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 5);
  const early = await converse([post('1') + post('2'), post('3')], 3);
  assert.equal(early.received.length, 3);
  const waiting = await converse([post('1', 'Expect: 100-continue\r\n')], 1);
  assert.match(waiting.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
});

test('what came while a request was being answered waits for its turn', async () => {
  const listener = await listen(settings);
  const order: string[] = [];
  const serve = async ({ request }: Received) => {
    order.push(`+${request.body.length}`);
    await delay(60);
    order.push(`-${request.body.length}`);
    return { status: 200, body: '{}' };
  };
  listener.open({ serve, refuse: serve });
  await exchange(listener, [post('1'), post('22'), post('333')], 3);
  await listener.drain();
  assert.deepEqual(order.slice(0, 2), ['+1', '-1']);
  assert.equal(order.length, 6);
});

test('a client that sends another request and its end before the answer gets both answers', async () => {
  const listener = await listen(settings);
  const serve = async ({ request }: Received) => {
    await delay(40);
    return { status: 200, body: `{"bytes":${request.body.length}}` };
  };
  listener.open({ serve, refuse: serve });
  const text = await new Promise<string>((resolve) => {
    let all = '';
    const socket = connect({ port: Number(new URL(listener.url).port), allowHalfOpen: true }, async () => {
      socket.write(post('1'));
      await delay(10);
      socket.end(post('22'));
    });
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.on('end', () => resolve(all));
  });
  await listener.drain();
  assert.match(text, /\{"bytes":1\}[\s\S]*Connection: close[\s\S]*\{"bytes":2\}$/);
});

test('a client that does not read its answers is not listened to', async () => {
  const listener = await listen(settings);
  let served = 0;
  const body = 'x'.repeat(200_000);
  const serve = async () => {
    served++;
    return { status: 200, body };
  };
  listener.open({ serve, refuse: serve });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.pause();
  for (let n = 0; n < 100; n++) {
    socket.write(post('1'));
    await delay(3);
  }
  assert(served < 60, `${served} were served`);
  socket.destroy();
  await listener.drain();
});

test('draining closes idle connections at once, and what comes on them afterwards is not served', async () => {
  const listener = await listen({ ...settings, drainLimitMs: 3_000 });
  let served = 0;
  const serve = async () => {
    served++;
    return { status: 200, body: '{}' };
  };
  listener.open({ serve, refuse: serve });
  const socket = connect({ port: Number(new URL(listener.url).port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(post('1'));
  await answered;
  const beganAtMs = performance.now();
  const drained = listener.drain();
  socket.write(post('2'));
  await drained;
  assert(performance.now() - beganAtMs < 1_500);
  assert.equal(served, 1);
  socket.destroy();
});

test('a head that nobody would send is read in a time that grows with its length alone', () => {
  const filler = ' '.repeat(16_000);
  for (const hostile of [
    `X:${filler}\x80`,
    `X:${'a '.repeat(8_000)}\x80`,
    `X:${'a'.repeat(16_000)}\x80`,
    `X:${filler}\t\x80`,
  ]) {
    const bytes = Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\n${hostile}\r\n\r\n`, 'latin1');
    const beganAtMs = performance.now();
    for (let n = 0; n < 20; n++) assert.equal(readWholeRequest(bytes, 1000), undefined);
    assert(performance.now() - beganAtMs < 500);
  }
});

test('a request is read alike whatever the one before it was', () => {
  const name = fc.constantFrom('Host', 'x-a', 'X-A', 'x-bc', 'Content-Length', 'Connection', 'User-Agent', 'Referer');
  const value = fc.constantFrom('', '0', 'a', 'a b', 'a \t b', 'keep-alive', ' a', 'a ', 'a:b', 'ä', 'a\rb');
  const blank = fc.constantFrom('', ' ', '  ', '\t');
  const lines = fc.array(fc.tuple(name, blank, value, blank), { maxLength: 5 });
  const requests = fc.array(lines, { minLength: 2, maxLength: 4 });
  const start = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n';
  let read = 0;
  fc.assert(
    fc.property(requests, (heads) => {
      let before: Parameters<typeof readWholeRequest>[2];
      for (const head of heads) {
        const text = `${start}${head.map(([name, a, value, b]) => `${name}:${a}${value}${b}\r\n`).join('')}\r\n`;
        const bytes = Buffer.from(text, 'latin1');
        const alone = readWholeRequest(bytes, 1000);
        const after = readWholeRequest(bytes, 1000, before);
        assert.deepEqual(after, alone);
        before = after?.lines ?? before;
        if (alone !== undefined) read++;
      }
    }),
    { numRuns: 3000 },
  );
  assert(read > 1000, `only ${read} could be read`);
});

test('only what can be read in one way is read directly', () => {
  const isWhole = (text: string) => readWholeRequest(Buffer.from(text, 'latin1'), 1000) !== undefined;
  assert(isWhole(post('{}', 'Connection: keep-alive\r\n')));
  const start = 'POST / HTTP/1.1\r\nHost: a\r\n';
  const unusual: readonly (readonly [why: string, text: string])[] = [
    ['another method', post('').replace('POST', 'GET')],
    ['another path', post('').replace(' / ', ' /x ')],
    ['an older protocol', post('').replace('1.1', '1.0')],
    ['no host', post('').replace('Host', 'Hose')],
    ['two hosts', post('', 'host: b\r\n')],
    ['no length', `${start}\r\n`],
    ['two lengths', post('{}', 'content-length: 2\r\n')],
    ['a length of two', `${start}Content-Length: 2, 2\r\n\r\n{}`],
    ['a length with a sign', `${start}Content-Length: +2\r\n\r\n{}`],
    ['a hexadecimal length', `${start}Content-Length: 0x2\r\n\r\n{}`],
    ['chunks as well', post('{}', 'Transfer-Encoding: chunked\r\n')],
    ['the end of the connection', post('{}', 'Connection: close\r\n')],
    ['another protocol', post('{}', 'Upgrade: h2c\r\n')],
    ['a folded header', post('{}', 'x-a: b\r\n c\r\n')],
    ['a blank before the colon', post('{}', 'x-a : b\r\n')],
    ['a header without a colon', post('{}', 'x-a\r\n')],
    ['a header without a name', post('{}', ': b\r\n')],
    ['a bare line feed', post('{}', 'x-a: b\nx-c: d\r\n')],
    ['a bare carriage return', post('{}', 'x-a: b\rx-c: d\r\n')],
    ['a zero byte', post('{}', 'x-a: b\0c\r\n')],
    ['what is not ASCII', post('{}', 'x-a: \u00e4\r\n')],
    ['less than its length', post('{}').slice(0, -1)],
    ['more than its length', `${post('{}')}x`],
    ['a body that is too long', post('x'.repeat(1001))],
    ['a head that is too long', post('{}', `x-a: ${'b'.repeat(16_384)}\r\n`)],
  ];
  for (const [why, text] of unusual) assert(!isWhole(text), why);
});
