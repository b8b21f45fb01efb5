/** Counts the answers by operation and error. What a client makes up does not get a name of its own. */
import type { AuditEntry, ServiceName } from '#call/audit.ts';
import { type Meter, millisecondsOf } from '#call/meter.ts';
import { Histogram, type HistogramCounts } from './histogram.ts';

export interface AnswersOf {
  readonly service: ServiceName;
  /** `Unknown` for what is none. */
  readonly operation: string;
  succeeded: number;
  /** By the name of the error. */
  readonly failed: Map<string, number>;
  readonly durations: Histogram;
}

/** What was answered since it was last asked, as plain values that another process can add to its own. */
export type AnswerCounts = readonly (Pick<AnswersOf, 'service' | 'operation' | 'succeeded'> & {
  readonly failed: readonly (readonly [error: string, count: number])[];
  readonly durations: HistogramCounts;
})[];

export class Answers implements Meter {
  readonly #services = new Map<ServiceName, Map<string, AnswersOf>>();

  answered(entry: AuditEntry, error: string | undefined): void {
    const { operation, service = 'kms' } = entry;
    // By name: of what is refused, each request may have an object of its own.
    const answers = this.#of(service, operation === undefined ? 'Unknown' : operation.name);
    if (error === undefined) answers.succeeded++;
    else answers.failed.set(error, (answers.failed.get(error) ?? 0) + 1);
    const milliseconds = millisecondsOf(entry);
    if (milliseconds !== undefined) answers.durations.observe(milliseconds);
  }

  all(): readonly AnswersOf[] {
    return [...this.#services.values()].flatMap((operations) => [...operations.values()]);
  }

  /** Gives away what has been counted. */
  takeCounts(): AnswerCounts {
    const counts = this.all().map(({ failed, durations, ...rest }) => ({
      ...rest,
      failed: [...failed],
      durations: durations.counts,
    }));
    this.#services.clear();
    return counts;
  }

  add(counts: AnswerCounts): void {
    for (const { service, operation, succeeded, failed, durations } of counts) {
      const answers = this.#of(service, operation);
      answers.succeeded += succeeded;
      for (const [error, count] of failed) answers.failed.set(error, (answers.failed.get(error) ?? 0) + count);
      answers.durations.add(durations);
    }
  }

  #of(service: ServiceName, operation: string): AnswersOf {
    let operations = this.#services.get(service);
    if (operations === undefined) {
      operations = new Map();
      this.#services.set(service, operations);
    }
    let answers = operations.get(operation);
    if (answers === undefined) {
      answers = { service, operation, succeeded: 0, failed: new Map(), durations: new Histogram() };
      operations.set(operation, answers);
    }
    return answers;
  }
}
