/**
 * The service's own log: one JSON object a line. What goes wrong inside ends here and nowhere else. It tells of errors only what
 * they say of themselves, never the values that they are about: bytes are not shown, and neither is what the messages of some of
 * the runtime's errors quote.
 */
import type { Clock } from './clock.ts';

/** The fewest lines first. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>>;

/** None of these throws. */
export interface Log {
  info(event: string, fields?: Fields): void;
  failure(event: string, error: unknown, fields?: Fields): void;
}

export interface FullLog extends Log {
  debug(event: string, fields?: Fields): void;
  /** Something is not as it should be, and nothing that was asked for has failed; `error` is why. */
  warning(event: string, error: unknown, fields?: Fields): void;
}

/** Writes what is of this level or of more weight. */
export function logTo(write: (line: string) => void, clock: Clock, level: LogLevel = 'info'): FullLog {
  const line = (of: LogLevel, event: string, fields: Fields = {}) => {
    if (logLevels.indexOf(of) > logLevels.indexOf(level)) return;
    write(`${lineOf({ time: new Date(clock.now()).toISOString(), level: of, event }, fields)}\n`);
  };
  return {
    debug: (event, fields) => line('debug', event, fields),
    info: (event, fields) => line('info', event, fields),
    warning: (event, error, fields) => line('warn', event, { ...fields, ...describe(error) }),
    failure: (event, error, fields) => line('error', event, { ...fields, ...describe(error) }),
  };
}

function lineOf(head: Fields, fields: Fields): string {
  try {
    return JSON.stringify({ ...head, ...fields }, shown);
  } catch {
    return JSON.stringify({ ...head, message: 'What there is to say of it cannot be written as JSON.' });
  }
}

/** For JSON.stringify, which has asked toJSON already: what the value was is in its holder. */
function shown(this: unknown, name: string, value: unknown): unknown {
  const original: unknown = Object(this)[name];
  if (original instanceof Uint8Array) return `[${original.length} bytes]`;
  if (original instanceof Error) return describe(original);
  return typeof original === 'bigint' ? String(original) : value;
}

const deepest = 5;

/** An error with its causes. */
function describe(error: unknown, depth = 0): Fields {
  if (!(error instanceof Error)) return { error: 'something that is not an Error was thrown' };
  const { name, cause, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    error: name,
    code,
    message: messageOf(error, code),
    stack: depth === 0 ? frames?.map((frame) => frame.trim()) : undefined,
    cause: cause === undefined || depth === deepest ? undefined : describe(cause, depth + 1),
  };
}

const longestMessage = 2000;

/** JSON.parse quotes the text that it was given, and checks of arguments the argument. */
function messageOf(error: Error, code: string | undefined): string {
  let { message } = error;
  if (error instanceof SyntaxError) message = message.replaceAll(/(["'`]).*\1/gs, '$1…$1');
  if (code?.startsWith('ERR_INVALID_') || code === 'ERR_OUT_OF_RANGE')
    message = message.replace(/\. Received.*$/s, '.');
  return message.slice(0, longestMessage);
}
