/** What arrives over the wire and is not a proper request: each gets its error, and nothing happens. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { answerOf, type Kms, post, startKms } from '#test/harness/kms.ts';
import { signRequest } from '#test/harness/sign.ts';

const target = (operation: string) => `TrentService.${operation}`;

function raw(kms: Kms, body: string | Uint8Array, operation = 'CreateKey') {
  return post(kms.url, {
    body,
    target: target(operation),
    caller: kms.root,
    region: 'us-east-1',
    date: new Date(kms.clock.now()),
  });
}

async function keyCount(kms: Kms): Promise<number> {
  return (await kms.ok('ListKeys')).Keys.length;
}

test('a body that is not the JSON it should be is a SerializationException and changes nothing', async () => {
  await using kms = await startKms();
  const bodies: Record<string, string | Uint8Array> = {
    'not JSON': '{',
    'not JSON at all': 'hello',
    'an array': '[]',
    'a string': '"x"',
    null: 'null',
    'a wrong type': '{"Description":1}',
    'a wrong element type': '{"Tags":[1]}',
    'a duplicate member': '{"Description":"a","Description":"b"}',
    'a deep nest': `{"Description":${'['.repeat(50_000)}`,
    'invalid UTF-8': Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
    'a lone surrogate': '{"Description":"\\ud800"}',
    'trailing text': '{} {}',
    'a byte order mark': '\ufeff{}',
  };
  for (const [what, body] of Object.entries(bodies)) {
    const answer = await raw(kms, body);
    assert.equal(answer.status, 400, what);
    assert.equal(answer.body.__type, 'SerializationException', what);
  }
  assert.equal(await keyCount(kms), 0);
});

test('base64 that is none is a SerializationException that does not quote it', async () => {
  await using kms = await startKms();
  const { KeyMetadata } = await kms.ok('CreateKey');
  for (const Plaintext of ['hunter2', 'aHVudGVyMg', 'aHVu dGVyMg==', 'aHVudGVyMg==\n', 'aHVu-_VyMg==']) {
    const answer = await kms.send('Encrypt', { KeyId: KeyMetadata.KeyId, Plaintext });
    assert.equal(answer.body.__type, 'SerializationException');
    assert(!answer.text.includes(Plaintext.slice(0, 6)));
  }
});

test('an empty body is an empty request', async () => {
  await using kms = await startKms();
  assert.equal((await raw(kms, '')).status, 200);
});

test('a target that is no operation is unknown, whatever it is called', async () => {
  await using kms = await startKms();
  const targets = [
    'TrentService.Nope',
    'TrentService.constructor',
    'TrentService.__proto__',
    'TrentService.toString',
    'TrentService.encrypt',
    'TrentService.',
    'TrentService',
    'trentservice.Encrypt',
    'Encrypt',
    'DynamoDB_20120810.ListKeys',
    'AmazonSSM.ListKeys',
    '',
  ];
  for (const name of targets) {
    const answer = await post(kms.url, {
      body: '{}',
      target: name,
      caller: kms.root,
      region: 'us-east-1',
      date: new Date(kms.clock.now()),
    });
    assert.deepEqual([answer.status, answer.body], [400, { __type: 'UnknownOperationException' }], name);
  }
});

test('another method, path or content type is refused', async () => {
  await using kms = await startKms();
  for (const [method, path] of [
    ['GET', '/'],
    ['PUT', '/'],
    ['POST', '/x'],
    ['GET', '/health/../'],
  ] as const) {
    const answer = await answerOf(await fetch(`${kms.url}${path}`, { method }));
    assert.equal(answer.body.__type, 'UnknownOperationException', `${method} ${path}`);
  }
  for (const type of [
    'application/json',
    'text/plain',
    'application/x-amz-json-1.0',
    'application/x-www-form-urlencoded',
  ]) {
    const headers = signRequest({
      method: 'POST',
      host: new URL(kms.url).host,
      headers: { 'content-type': type, 'x-amz-target': target('ListKeys') },
      body: '{}',
      credentials: kms.root,
      region: 'us-east-1',
      service: 'kms',
      date: new Date(kms.clock.now()),
    });
    const { host: _, ...rest } = headers;
    const answer = await answerOf(await fetch(kms.url, { method: 'POST', headers: rest, body: '{}' }));
    assert.equal(answer.body.__type, 'SerializationException', type);
  }
});

test('a body over one mebibyte is refused, whether or not its length is announced', async () => {
  await using kms = await startKms();
  const large = Buffer.alloc(1_048_577, 0x20);
  const announced = await raw(kms, large);
  assert.deepEqual([announced.status, announced.body.__type], [413, 'RequestEntityTooLargeException']);
  const stream = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < 2_000_000; sent += 65_536) controller.enqueue(large.subarray(0, 65_536));
      controller.close();
    },
  });
  const unannounced = await fetch(kms.url, { method: 'POST', body: stream, duplex: 'half' } as RequestInit).then(
    (response) => response.status,
    () => 413, // the server may close the connection before the client has read the answer
  );
  assert.equal(unannounced, 413);
  assert.equal(
    (await raw(kms, Buffer.concat([Buffer.from('{}'), Buffer.alloc(1_000_000, 0x20)]), 'ListKeys')).status,
    200,
  );
});

test('a client that goes away in the middle of a request harms nobody', async () => {
  await using kms = await startKms();
  const { port } = new URL(kms.url);
  for (const start of [
    'POST / HTTP/1.1\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc',
    'garbage\r\n\r\n',
  ]) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(start, () => setTimeout(() => socket.destroy(), 20)),
      );
      socket.on('close', () => resolve());
      socket.on('error', reject);
    });
  }
  assert.equal(await keyCount(kms), 0);
});

test('every answer has a request id of its own and is not to be cached', async () => {
  await using kms = await startKms();
  const answers = [await kms.send('ListKeys'), await kms.send('ListKeys'), await kms.send('DescribeKey')];
  const ids = answers.map(({ headers }) => headers.get('x-amzn-requestid'));
  assert.equal(new Set(ids).size, 3);
  for (const id of ids) assert.match(id ?? '', /^[0-9a-f-]{36}$/);
  for (const { headers } of answers) {
    assert.equal(headers.get('content-type'), 'application/x-amz-json-1.1');
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('every operation name is known: what is not built says so after the request has been validated', async () => {
  await using kms = await startKms();
  const invalid = await kms.send('Sign', {});
  assert.equal(invalid.body.__type, 'ValidationException');
  const unbuilt = await kms.send('DescribeCustomKeyStores');
  assert.equal(unbuilt.body.__type, 'UnsupportedOperationException');
  assert.match(unbuilt.body.message, /^DescribeCustomKeyStores is not supported by this version of Keywright/);
});

test('the health document says that requests are served', async () => {
  await using kms = await startKms();
  const response = await fetch(`${kms.url}/health`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: 'ok', service: 'keywright', version: 'test' });
});
