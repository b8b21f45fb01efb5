/** What the operator is told of the audit trail, and what becomes of it by and by. */
import type { Data } from '#assemble.ts';
import type { Delivery } from '#audit/delivery/delivery.ts';
import { Sealer } from '#audit/sealing/sealer.ts';
import type { Trail } from '#audit/trail.ts';
import type { FullLog, Log } from '#base/log.ts';
import { firstAccount } from '#identity/accounts.ts';
import type { ServeOptions } from './settings.ts';

/** Puts what happens to the trail into the log. */
export function listenToTrail({ trail }: Pick<Data, 'trail'>, log: FullLog): void {
  trail.listen({
    failed: (error) => log.failure('audit trail failed: nothing is served until it can be written again', error),
    recovered: ({ sinceMs, refused }) => {
      log.info('audit trail recovered', { since: new Date(sinceMs).toISOString(), refused });
    },
    closed: (segment) => log.debug('audit segment closed', { segment }),
    anchorFailed: (error) =>
      log.warning('audit anchor not written: a data directory put back from a copy would not be noticed', error),
  });
}

interface Sealing {
  readonly log: Log;
  readonly options: ServeOptions;
  /** What has not been delivered is not dropped. */
  readonly delivery: Delivery;
}

/** Seals closed segments and drops old ones, from now on. */
export async function startSealer(
  { vault, trail }: Pick<Data, 'vault' | 'trail'>,
  { log, options, delivery }: Sealing,
) {
  const { region, auditRetentionDays: retentionDays } = options;
  const sealer = new Sealer(trail, {
    clock: vault.clock,
    log,
    home: { accountId: await firstAccount(vault), region },
    retentionDays,
    deliveredThrough: () => delivery.deliveredThrough(),
  });
  sealer.start();
  return sealer;
}

/** For the health document; undefined where all is well. */
export function problemOf(trail: Trail): string | undefined {
  const { failure } = trail;
  if (failure === undefined) return trail.problem()?.message;
  const { sinceMs, error } = failure;
  const why = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  return `The audit trail cannot be written${why} since ${new Date(sinceMs).toISOString()}; nothing is served without it.`;
}

/** For `keywright status`. */
export function auditStatusOf(trail: Trail) {
  const { last: records, segment } = trail.head;
  return { records, segment, problem: problemOf(trail) };
}
