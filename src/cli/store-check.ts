/** What the operator is told of the check of a large store, which goes on after the start. */
import type { Data } from '#assemble.ts';
import type { Log } from '#base/log.ts';

export function startStoreCheck({ storeCheck }: Pick<Data, 'storeCheck'>, log: Log): void {
  storeCheck.start({
    checked: (records) => log.info('store checked', { records }),
    failed: (error) => log.failure('the store is not as it was written: restore a backup', error),
  });
}
