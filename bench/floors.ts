/**
 * Ratios to the echo server that a smoke run must reach, kept in floors.json: about half of what is usual there, so that only
 * what has become much slower falls under them, and not what met a busy machine. Changes of keys have none: what they take
 * is the disk's to say, and the echo server writes nothing.
 */
import { readFileSync } from 'node:fs';
import type { OperationFigures } from './figures.ts';
import { labelOf } from './setups.ts';

/** By operation; with more than one worker or over TLS, by operation and setup: "Encrypt, 1 worker, TLS". */
export type Floors = Readonly<Record<string, number>>;

export interface Shortfall {
  readonly name: string;
  readonly operation: string;
  readonly ratio: number;
  readonly floor: number;
}

type Figures = Pick<OperationFigures, 'operation' | 'workers' | 'isTls' | 'ratioToEcho'>;

/** Throws where the file holds anything but ratios. */
export function readFloors(file = new URL('./floors.json', import.meta.url)): Floors {
  const floors: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const entries = Object.entries(Object(floors));
  if (entries.length === 0) throw new Error('floors.json holds no floors.');
  const read = entries.map(([name, floor]) => {
    if (typeof floor !== 'number' || !(floor > 0)) throw new Error(`floors.json: "${name}" is no ratio.`);
    return [name, floor] as const;
  });
  return Object.fromEntries(read);
}

export function floorName({ operation, ...setup }: Omit<Figures, 'ratioToEcho'>): string {
  return setup.workers === 1 && !setup.isTls ? operation : `${operation}, ${labelOf(setup)}`;
}

/** What has no floor falls under none. */
export function shortfallsOf(figures: readonly Figures[], floors: Floors): Shortfall[] {
  return figures.flatMap((figure) => {
    const name = floorName(figure);
    const { [name]: floor } = floors;
    const ratio = figure.ratioToEcho.median;
    return floor === undefined || ratio >= floor ? [] : [{ name, operation: figure.operation, ratio, floor }];
  });
}

export function describeShortfall({ name, operation, ratio, floor }: Shortfall): string {
  return [
    `${name}: its ratio to the echo server is ${ratio.toFixed(3)}, under its floor of ${floor} in bench/floors.json.`,
    `If something was made slower without meaning to, "npm run bench -- --operations ${operation} --profile DIR" shows where;`,
    'if it is meant, lower the floor in the same commit and say why.',
  ].join(' ');
}
