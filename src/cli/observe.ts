/** What the operator gets to see of a server: metrics for Prometheus where they are asked for, and a line for each request. */
import type { Data } from '#assemble.ts';
import type { Delivery } from '#audit/delivery/delivery.ts';
import type { Log } from '#base/log.ts';
import { type Meter, metersOf, millisecondsOf } from '#call/meter.ts';
import type { Leader } from '#group/leader.ts';
import { type AnswerCounts, Answers } from '#metrics/answers.ts';
import { listenForScrapes } from '#server/scrapes.ts';
import type { ServeOptions } from './settings.ts';
import { version } from './version.ts';

export interface Observation extends AsyncDisposable {
  /** Is to be told of every answer. */
  readonly meter: Meter | undefined;
  /** Takes what another process has answered, as its AnswerCounts. */
  readonly countAnswers: (counts: unknown) => void;
  /** Where metrics are scraped. */
  readonly metricsUrl: string | undefined;
}

type Observed = Pick<Data, 'trail' | 'vault'> & { readonly delivery: Pick<Delivery, 'lag'> };

/** Rejects where the address for metrics cannot be had. */
export async function observe(
  { trail, vault, delivery }: Observed,
  options: ServeOptions,
  log: Log,
): Promise<Observation> {
  const requestLog = options.logRequests ? [requestLogTo(log)] : [];
  const { metricsPort: port, metricsHost: host } = options;
  if (port === undefined) {
    const nothing = { metricsUrl: undefined, countAnswers: () => undefined };
    return { ...nothing, meter: metersOf(requestLog), [Symbol.asyncDispose]: async () => undefined };
  }
  const logFailure = (error: unknown) => log.failure('metrics failed', error);
  const { store, clock } = vault;
  // What only some servers need is loaded by those alone.
  const { startMetrics } = await import('#metrics/metrics.ts');
  const { answers, contentType, text } = startMetrics({
    version,
    clock,
    store,
    trail,
    lag: () => delivery.lag(),
    logFailure,
  });
  const scrapes = await listenForScrapes({ host, port, contentType, text, logFailure });
  return {
    meter: metersOf([answers, ...requestLog]),
    countAnswers: (counts) => answers.add(counts as AnswerCounts), // as takeCounts made them
    metricsUrl: scrapes.url,
    [Symbol.asyncDispose]: () => scrapes[Symbol.asyncDispose](),
  };
}

const tellMs = 1000;

/** For a worker: what it answers is counted by its leader, where metrics are asked for, and logged by itself. */
export function observeFor(leader: Leader, options: ServeOptions, log: Log): Meter | undefined {
  const requestLog = options.logRequests ? [requestLogTo(log)] : [];
  if (options.metricsPort === undefined) return metersOf(requestLog);
  const answers = new Answers();
  setInterval(() => leader.tellAnswers(answers.takeCounts()), tellMs).unref();
  return metersOf([answers, ...requestLog]);
}

/** The trail has what was done; this is for following a server at work. */
function requestLogTo(log: Log): Meter {
  return {
    answered(entry, error) {
      const { received, service, operation, caller, place } = entry;
      const milliseconds = millisecondsOf(entry);
      log.info('request', {
        requestId: received.requestId,
        service,
        operation: operation?.name,
        account: caller?.accountId,
        region: place?.region,
        error,
        durationMs: milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000,
      });
    },
  };
}
