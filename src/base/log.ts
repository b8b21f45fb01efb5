/** The service's own log: one JSON object a line. What goes wrong inside ends here and nowhere else. */
import type { Clock } from './clock.ts';

export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  failure(event: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void;
}

export function logTo(write: (line: string) => void, clock: Clock): Log {
  const line = (level: string, event: string, fields: Readonly<Record<string, unknown>>) =>
    write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level, event, ...fields })}\n`);
  return {
    info: (event, fields = {}) => line('info', event, fields),
    failure: (event, error, fields = {}) => line('error', event, { ...fields, ...describe(error) }),
  };
}

/** An error with its causes; only what an error says of itself, never the values that it was about. */
function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: 'something that is not an Error was thrown' };
  const cause = error.cause === undefined ? {} : { cause: describe(error.cause) };
  return { error: error.name, message: error.message, stack: error.stack, ...cause };
}
