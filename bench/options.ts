/** The bench's command line. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { slowConnections } from './interference.ts';
import type { LoadSettings } from './measure.ts';
import type { Credentials, Service } from './requests.ts';
import { type Operation, operations, slowOperations } from './workload.ts';

export const help = `usage: npm run bench -- [options]

Measures this checkout's server next to a bare node:http echo server that gets the same bytes, and next to other
servers that speak AWS KMS. Everything stays on the loopback interface.

  --seconds N            length of a timed interval (default 1)
  --rounds N             timed intervals for each operation and server (default 8)
  --connections N        connections, with one request in flight on each (default 64)
  --operations A,B       only these, by name or by what the API calls them, of
                         ${list(operations)}
  --interference A,B     only how GenerateDataKey does beside ${slowConnections} of these that are always waiting, of the ones above and
                         ${list(slowOperations)};
                         with --operations, after those; without either, ${slowOperations[0]?.name} is measured so
  --smoke                a short run, to see that everything works; its figures mean little and are not kept
  --unaudited            also measures our server as it would be without its audit trail
  --peer URL             measures this server, too, on keys that it is asked to make; may be repeated
  --peer-access-key ID   its access key id (default test)
  --peer-secret SECRET   its secret access key (default test)
  --out DIR              where results go: JSON, and a Markdown table beside it (default bench/results)
  --no-save              keeps no results
  --json                 prints the JSON instead of the table
  --profile DIR          has our server write a processor profile there, for Chrome's DevTools
  --help                 prints this

To see where it stands next to another implementation:
  moto_server -p 5555 &
  npm run bench -- --peer http://127.0.0.1:5555
`;

function list(named: readonly Operation[]): string {
  return named.map(({ name }) => name).join(', ');
}

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {}

export interface BenchOptions {
  readonly load: LoadSettings;
  /** Different requests for each operation; fewer for peers, which may take long to make ready. */
  readonly requests: { readonly keywright: number; readonly peer: number };
  readonly startup: { readonly starts: number; readonly idleSeconds: number };
  readonly operations: readonly Operation[];
  /** Those beside which GenerateDataKey is measured. */
  readonly slowOperations: readonly Operation[];
  readonly peers: readonly Service[];
  /** Whether to show what the audit trail costs. */
  readonly hasUnaudited: boolean;
  /** Undefined: results are not kept. */
  readonly resultsDirectory: string | undefined;
  readonly profileDirectory: string | undefined;
  readonly printsJson: boolean;
  readonly isSmoke: boolean;
}

const normal = {
  load: { seconds: 1, warmUpSeconds: 3, rounds: 8 },
  requests: { keywright: 2000, peer: 250 },
  startup: { starts: 5, idleSeconds: 2 },
};

const smoke = {
  load: { seconds: 0.3, warmUpSeconds: 0.2, rounds: 2 },
  requests: { keywright: 100, peer: 50 },
  startup: { starts: 1, idleSeconds: 0.5 },
};

/** Undefined where only help is wanted. Throws UsageError. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const defaults = values.smoke ? smoke : normal;
  const { load } = defaults;
  const isKept = !values['no-save'] && (!values.smoke || values.out !== undefined);
  const credentials = { accessKeyId: values['peer-access-key'], secretAccessKey: values['peer-secret'] };
  return {
    ...defaults,
    load: {
      seconds: number('seconds', values.seconds, { fallback: load.seconds, min: 0.1, max: 60 }),
      warmUpSeconds: load.warmUpSeconds,
      rounds: integer('rounds', values.rounds, { fallback: load.rounds, min: 1, max: 100 }),
      connections: integer('connections', values.connections, { fallback: 64, min: 1, max: 1000 }),
    },
    ...readChoice(values),
    peers: values.peer.map((url) => readPeer(url, credentials)),
    hasUnaudited: values.unaudited,
    resultsDirectory: isKept ? resolve(values.out ?? join(import.meta.dirname, 'results')) : undefined,
    profileDirectory: values.profile === undefined ? undefined : resolve(values.profile),
    printsJson: values.json,
    isSmoke: values.smoke,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string' },
        rounds: { type: 'string' },
        connections: { type: 'string' },
        operations: { type: 'string' },
        interference: { type: 'string' },
        unaudited: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        peer: { type: 'string', multiple: true, default: [] },
        'peer-access-key': { type: 'string', default: 'test' },
        'peer-secret': { type: 'string', default: 'test' },
        out: { type: 'string' },
        'no-save': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The options cannot be read.');
  }
}

interface Range {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

function number(name: string, text: string | undefined, { fallback, min, max }: Range): number {
  const value = text === undefined ? fallback : Number(text);
  if (text?.trim() === '' || !(value >= min && value <= max)) {
    throw new UsageError(`--${name} must be a number from ${min} to ${max}.`);
  }
  return value;
}

function integer(name: string, text: string | undefined, range: Range): number {
  const value = number(name, text, range);
  if (!Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number.`);
  return value;
}

/** Everything, or what is named and nothing else. */
function readChoice(named: { readonly operations?: string | undefined; readonly interference?: string | undefined }) {
  const chosen = (option: keyof typeof named, from: readonly Operation[]): Operation[] | undefined =>
    named[option]?.split(',').flatMap((name) => operationsOf(option, name.trim(), from));
  const quick = chosen('operations', operations);
  const slow = chosen('interference', [...operations, ...slowOperations]);
  if (quick === undefined && slow === undefined) return { operations, slowOperations: slowOperations.slice(0, 1) };
  return { operations: quick ?? [], slowOperations: slow ?? [] };
}

function operationsOf(option: string, name: string, from: readonly Operation[]): readonly Operation[] {
  const found = from.filter((operation) => [operation.name, operation.api].includes(name));
  if (found.length === 0) throw new UsageError(`--${option}: there is no operation "${name}" here.`);
  return found;
}

/** Loopback only: over a network other things than the server would be measured, and plaintext keys would travel. */
function readPeer(text: string, credentials: Credentials): Service {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = url?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  if (url?.protocol !== 'http:' || !/^(localhost|127(\.\d+){3}|::1)$/.test(host)) {
    throw new UsageError(`--peer ${text}: a peer is a URL like http://127.0.0.1:5555 on this machine.`);
  }
  return { name: url.host, host, port: Number(url.port || 80), credentials };
}
