/** Looks records of a trail up that goes on being written, in a thread: the event loop does not notice. */
import { AuditThread } from '#audit/sealing/thread.ts';
import type { Trail } from '#audit/trail.ts';
import { Limiter } from '#crypto/offload/limiter.ts';
import type { EventSearch, Lookup, LookupPage } from './lookup.ts';

/** So many look-ups of one account may wait. */
const waitingInLane = 100;

export class TrailSearch implements EventSearch {
  readonly #trail: Pick<Trail, 'head' | 'segments'>;
  readonly #thread: AuditThread;
  readonly #limiter = new Limiter({ running: 1, waitingInLane });

  constructor(trail: Pick<Trail, 'head' | 'segments'>) {
    this.#trail = trail;
    this.#thread = new AuditThread(new URL('./worker.ts', import.meta.url), trail.segments.directory);
  }

  /**
   * Finds all that was durable when it was asked. Throws ThrottlingException where too many wait, and ThreadError where what it
   * needs cannot be read or has been altered.
   */
  lookup(wish: Lookup): Promise<LookupPage> {
    return this.#limiter.run(wish.accountId, () => this.#lookup(wish));
  }

  async stop(): Promise<void> {
    await this.#thread.stop();
  }

  async #lookup(wish: Lookup): Promise<LookupPage> {
    const { firstSegment, segment, end } = this.#trail.head;
    try {
      const reach = { firstSegment, segment, end };
      return (await this.#thread.run('lookup', { wish, reach })) as LookupPage; // as the job returns it
    } catch (error) {
      // Segments may have been dropped under it.
      if (this.#trail.head.firstSegment === firstSegment) throw error;
      return this.#lookup(wish);
    }
  }
}
