/**
 * What a great deal of state costs: our server on a copy of a data directory, next to the one that began with an empty
 * directory, in the same rounds. Both work on keys that were made for the load, so what differs is what else is there.
 */
import { type Interval, ratios, type StateFigures, summarize } from './figures.ts';
import { measureSubject, type Subject } from './intervals.ts';
import type { Field } from './measure.ts';
import type { Operation } from './operation.ts';

export interface StateContest {
  readonly operations: readonly Operation[];
  readonly withState: Subject;
  readonly empty: Subject;
  readonly workers: number;
}

export async function measureState(field: Field, contest: StateContest): Promise<StateFigures['operations']> {
  const figures: StateFigures['operations'][number][] = [];
  for (const operation of contest.operations) figures.push(await measureOne(field, operation, contest));
  return figures;
}

async function measureOne(field: Field, operation: Operation, { withState, empty, workers }: StateContest) {
  const { connections, rounds, seconds, warmUpSeconds } = field.settings;
  const load = { operation, connections, workers };
  const [ours, theirs]: [Interval[], Interval[]] = [[], []];
  field.onProgress(`${operation.label} on the data template: warming up`);
  for (const subject of [withState, empty]) await measureSubject(field, subject, { ...load, seconds: warmUpSeconds });
  for (let round = 1; round <= rounds; round++) {
    field.onProgress(`${operation.label} on the data template: round ${round} of ${rounds}`);
    ours.push(await measureSubject(field, withState, { ...load, seconds }));
    theirs.push(await measureSubject(field, empty, { ...load, seconds }));
  }
  const rates = (intervals: readonly Interval[]) => intervals.map(({ opsPerSecond }) => opsPerSecond);
  return {
    operation: operation.name,
    label: operation.label,
    keywright: summarize(withState.name, ours),
    empty: summarize(empty.name, theirs),
    ratioToEmpty: ratios(rates(ours), rates(theirs)),
  };
}
