/**
 * Ratios to the echo server that a smoke run must reach, kept in floors.json: about half of what is usual there, so that only
 * what has become much slower falls under them. On a machine that others use, the ratio of throughputs falls by itself, for a
 * server of several threads more than for the echo server; the ratio of processor times does not, and then has to be low,
 * too. Changes of keys have no floors: what they take is the disk's to say, and the echo server writes nothing.
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

type Figures = Pick<
  OperationFigures,
  'operation' | 'workers' | 'isTls' | 'ratioToEcho' | 'cpuRatioToEcho' | 'shareOfOthers'
>;

/** With more than this of its cores in the hands of others, a machine is busy. */
const busyShare = 0.2;

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

function floorName({ operation, workers, isTls }: Figures): string {
  return workers === 1 && !isTls ? operation : `${operation}, ${labelOf({ workers, isTls })}`;
}

/** What has no floor falls under none. */
export function shortfallsOf(figures: readonly Figures[], floors: Floors): Shortfall[] {
  return figures.flatMap((figure) => {
    const name = floorName(figure);
    const { [name]: floor } = floors;
    const ratio = figure.ratioToEcho.median;
    const isUnder = floor !== undefined && !(ratio >= floor) && !isExcused(figure, floor);
    return isUnder ? [{ name, operation: figure.operation, ratio, floor }] : [];
  });
}

/** Whether it is the machine that was slow, and not the server. */
function isExcused({ shareOfOthers, cpuRatioToEcho }: Figures, floor: number): boolean {
  const isBusy = shareOfOthers !== undefined && shareOfOthers.median > busyShare;
  return isBusy && cpuRatioToEcho !== undefined && cpuRatioToEcho.median >= floor;
}

export function describeShortfall({ name, operation, ratio, floor }: Shortfall): string {
  return [
    `${name}: its ratio to the echo server is ${ratio.toFixed(3)}, under its floor of ${floor} in bench/floors.json.`,
    `If something was made slower without meaning to, "npm run bench -- --operations ${operation} --profile DIR" shows where;`,
    'if it is meant, lower the floor in the same commit and say why.',
  ].join(' ');
}
