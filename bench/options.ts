/** The bench's command line. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Floors, readFloors } from './floors.ts';
import type { LoadSettings } from './measure.ts';
import type { Operation } from './operation.ts';
import type { Credentials, Service } from './requests.ts';
import { type Setup, setupsOf } from './setups.ts';
import { generateDataKey } from './symmetric-operations.ts';
import { findOperations, hotOperations, representatives, slowOperations } from './workload.ts';

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {}

/** What to measure, part by part; empty where a part is left out. */
export interface Parts {
  readonly operations: readonly Operation[];
  readonly sweep: readonly Operation[];
  readonly latency: readonly Operation[];
  readonly scaling: readonly Operation[];
  /** Those beside which GenerateDataKey is measured. */
  readonly interference: readonly Operation[];
}

export interface BenchOptions extends Parts {
  readonly load: LoadSettings;
  readonly sweepConnections: readonly number[];
  /** The first is the one for all that is measured only once. */
  readonly setups: readonly Setup[];
  /** Different requests for each operation; fewer for peers, which may take long to make ready. */
  readonly requests: { readonly keywright: number; readonly peer: number };
  readonly startup: { readonly starts: number; readonly idleSeconds: number };
  readonly peers: readonly Service[];
  readonly hasMoto: boolean;
  /** Whether to show what the audit trail costs. */
  readonly hasUnaudited: boolean;
  readonly dataTemplate: string | undefined;
  /** Undefined: results are not kept. */
  readonly resultsDirectory: string | undefined;
  readonly profileDirectory: string | undefined;
  readonly printsJson: boolean;
  readonly isSmoke: boolean;
  /** Ratios that must be reached; of a smoke run only. */
  readonly floors: Floors | undefined;
}

const everything: Parts = {
  operations: representatives,
  sweep: hotOperations,
  latency: hotOperations,
  scaling: hotOperations,
  interference: slowOperations,
};

interface Preset {
  readonly load: Omit<LoadSettings, 'connections'>;
  readonly sweepConnections: string;
  readonly workers: string;
  readonly transports: string;
  readonly requests: { readonly keywright: number; readonly peer: number };
  readonly starts: number;
  readonly idleSeconds: number;
  readonly parts: Parts;
}

const normal: Preset = {
  load: { seconds: 0.3, warmUpSeconds: 1, rounds: 5 },
  sweepConnections: '1,4,16,64,256',
  workers: '1,auto',
  transports: 'plain,tls',
  requests: { keywright: 1000, peer: 250 },
  starts: 5,
  idleSeconds: 2,
  parts: everything,
};

const quick: Preset = {
  ...normal,
  load: { seconds: 0.3, warmUpSeconds: 0.5, rounds: 3 },
  sweepConnections: '1,16,256',
  transports: 'plain',
  requests: { keywright: 500, peer: 100 },
  starts: 2,
};

const smoke: Preset = {
  load: { seconds: 0.1, warmUpSeconds: 0.1, rounds: 3 },
  sweepConnections: '64',
  workers: '1',
  transports: 'plain,tls',
  requests: { keywright: 50, peer: 50 },
  starts: 1,
  idleSeconds: 0.5,
  parts: { ...everything, sweep: [generateDataKey], latency: [generateDataKey], scaling: [], interference: [] },
};

/** Undefined where only help is wanted. Throws UsageError. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.quick && values.smoke) throw new UsageError('--quick and --smoke do not go together.');
  const preset = values.smoke ? smoke : values.quick ? quick : normal;
  const { load } = preset;
  const isKept = !values['no-save'] && (!values.smoke || values.out !== undefined);
  const credentials = { accessKeyId: values['peer-access-key'], secretAccessKey: values['peer-secret'] };
  return {
    load: {
      seconds: number('seconds', values.seconds, { fallback: load.seconds, min: 0.1, max: 60 }),
      warmUpSeconds: load.warmUpSeconds,
      rounds: integer('rounds', values.rounds, { fallback: load.rounds, min: 1, max: 100 }),
      connections: integer('connections', values.connections, { fallback: 64, min: 1, max: 1000 }),
    },
    sweepConnections: listed(values['sweep-connections'] ?? preset.sweepConnections).map((text) =>
      integer('sweep-connections', text, { fallback: 64, min: 1, max: 1000 }),
    ),
    setups: setupsOf(
      [...new Set(listed(values.workers ?? preset.workers).map(readWorkers))],
      listed(values.transports ?? preset.transports).map(readTransport),
    ),
    requests: preset.requests,
    startup: {
      starts: integer('starts', values.starts, { fallback: preset.starts, min: 0, max: 100 }),
      idleSeconds: preset.idleSeconds,
    },
    ...readParts(values, preset.parts),
    peers: values.peer.map((url) => readPeer(url, credentials)),
    hasMoto: values.moto,
    hasUnaudited: values.unaudited,
    dataTemplate: readTemplate(values['data-template']),
    resultsDirectory: isKept ? resolve(values.out ?? join(import.meta.dirname, 'results')) : undefined,
    profileDirectory: values.profile === undefined ? undefined : resolve(values.profile),
    printsJson: values.json,
    isSmoke: values.smoke,
    floors: values.smoke ? readFloors() : undefined,
  };
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: text,
        rounds: text,
        starts: text,
        quick: flag,
        smoke: flag,
        operations: text,
        sweep: text,
        latency: text,
        scaling: text,
        interference: text,
        connections: text,
        'sweep-connections': text,
        workers: text,
        transports: text,
        'data-template': text,
        unaudited: flag,
        moto: flag,
        peer: { type: 'string', multiple: true, default: [] },
        'peer-access-key': { type: 'string', default: 'test' },
        'peer-secret': { type: 'string', default: 'test' },
        out: text,
        'no-save': flag,
        json: flag,
        profile: text,
        help: { ...flag, short: 'h' },
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

function listed(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function readWorkers(text: string): number {
  if (text === 'auto') return availableParallelism();
  return integer('workers', text, { fallback: 1, min: 1, max: 64 });
}

function readTransport(text: string): 'plain' | 'tls' {
  if (text !== 'plain' && text !== 'tls')
    throw new UsageError(`--transports: there is no "${text}", only plain and tls.`);
  return text;
}

function readTemplate(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (!existsSync(join(path, 'keywright.db')))
    throw new UsageError(`--data-template ${path}: this is no data directory.`);
  return resolve(path);
}

/** All, or what is named and nothing else. */
function readParts(named: { readonly [Part in keyof Parts]?: string | undefined }, all: Parts): Parts {
  const chosen = (part: keyof Parts): Operation[] | undefined =>
    named[part] === undefined ? undefined : listed(named[part]).flatMap((name) => operationsOf(part, name));
  const entries = (Object.keys(all) as (keyof Parts)[]).map((part) => [part, chosen(part)] as const); // of the literal above
  const hasChoice = entries.some(([, operations]) => operations !== undefined);
  if (!hasChoice) return all;
  const none: Parts = { operations: [], sweep: [], latency: [], scaling: [], interference: [] };
  return { ...none, ...Object.fromEntries(entries.filter(([, operations]) => operations !== undefined)) };
}

function operationsOf(option: string, name: string): readonly Operation[] {
  const found = findOperations(name);
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
