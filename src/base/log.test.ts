import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ManualClock } from './clock.ts';
import { type FullLog, type LogLevel, logTo } from './log.ts';
import { SecretBytes } from './secret-bytes.ts';

function linesOf(work: (log: FullLog) => void, level?: LogLevel): Record<string, unknown>[] {
  const lines: string[] = [];
  work(logTo((line) => lines.push(line), new ManualClock(0), level));
  return lines.map((line) => {
    assert.match(line, /^[^\n]+\n$/);
    return JSON.parse(line);
  });
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('It does not throw.');
}

test('a line has its time, level and event first', () => {
  const lines: string[] = [];
  logTo((line) => lines.push(line), new ManualClock(0)).info('listening', { url: 'http://x' });
  assert.deepEqual(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"listening","url":"http://x"}\n',
  ]);
});

test('a level keeps out what is of less weight', () => {
  const all = (log: FullLog) => {
    log.debug('d');
    log.info('i');
    log.warning('w', new Error('x'));
    log.failure('e', new Error('x'));
  };
  const events = (level?: LogLevel) => linesOf(all, level).map(({ event }) => event);
  assert.deepEqual(events(), ['i', 'w', 'e']);
  assert.deepEqual(events('debug'), ['d', 'i', 'w', 'e']);
  assert.deepEqual(events('warn'), ['w', 'e']);
  assert.deepEqual(events('error'), ['e']);
});

test('an error is told with its code, its causes, and where it was thrown', () => {
  const cause = Object.assign(new RangeError('no space'), { code: 'ENOSPC' });
  const [line] = linesOf((log) => log.failure('request failed', new Error('it failed', { cause }), { requestId: 'r' }));
  const { stack, ...rest } = line ?? {};
  assert.deepEqual(rest, {
    time: '1970-01-01T00:00:00.000Z',
    level: 'error',
    event: 'request failed',
    requestId: 'r',
    error: 'Error',
    message: 'it failed',
    cause: { error: 'RangeError', code: 'ENOSPC', message: 'no space' },
  });
  assert.match(String(stack), /at .*log\.test\.ts/);
  assert.equal(linesOf((log) => log.failure('f', 'text'))[0]?.['error'], 'something that is not an Error was thrown');
});

test('secrets do not come into the log, neither as fields nor in what errors say', () => {
  const text = 'hunter2-hunter2-hunter2';
  const bytes = Buffer.from(text);
  const secret = new SecretBytes(Buffer.from(text));
  const errors = [
    thrownBy(() => JSON.parse(text)),
    thrownBy(() => JSON.parse(`{"Plaintext":${text}`)),
    thrownBy(() => JSON.parse(`["${text}", "${text}"] '`)),
    thrownBy(() => createHmac('sha256', { toString: () => text, text } as never)),
    thrownBy(() => Buffer.alloc(text as never)),
    thrownBy(() => new URL(text)),
    thrownBy(() => bytes.readUInt8(text as never)),
    new Error(`material ${secret} is of no use`, { cause: thrownBy(() => JSON.parse(text)) }),
    { message: text },
    text,
  ];
  const lines = linesOf((log) => {
    for (const error of errors)
      log.failure('request failed', error, { secret, bytes, nested: { bytes: [bytes], error } });
    log.info('i', { secret, bytes, array: new Uint8Array(bytes) });
  });
  assert.equal(lines.length, errors.length + 1);
  const withoutPlain = lines.slice(0, -3).concat(lines.slice(-1));
  for (const line of withoutPlain) {
    const logged = JSON.stringify(line);
    assert(!logged.includes('hunter2'), logged);
    assert(!logged.includes(bytes.toString('base64').slice(0, 12)), logged);
    assert(!logged.includes(bytes.toString('hex').slice(0, 12)), logged);
    assert(!logged.includes([...bytes.subarray(0, 4)].join(',')), logged);
    assert.match(logged, /\[23 bytes\]/);
  }
});

test('what cannot be written as JSON is no reason to fail', () => {
  const circular: Record<string, unknown> = { large: 2n ** 70n };
  assert.equal(linesOf((log) => log.info('i', circular))[0]?.['large'], '1180591620717411303424');
  circular['self'] = circular;
  assert.match(String(linesOf((log) => log.info('i', circular))[0]?.['message']), /cannot be written as JSON/);
});

test('a chain of causes without an end, and a message that is long, are cut off', () => {
  const error = new Error('x'.repeat(100_000));
  error.cause = error;
  const [line] = linesOf((log) => log.failure('f', error));
  assert(JSON.stringify(line).length < 20_000);
});
