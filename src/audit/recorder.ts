/** What records of requests are given to: the trail, or, in a process that does not write it, what brings them there. */
import type { AuditUnavailable } from './medium.ts';

export interface Recorder {
  /** Records one line of JSON; resolves when it is on the medium. Rejects with AuditUnavailable where it cannot be. */
  append(line: string): Promise<void>;
  /** The same for several that become durable together. */
  appendAll(lines: readonly string[]): Promise<void>;
  /** Why something is not to be done now, because it could not be recorded; undefined where it could. */
  problem(): AuditUnavailable | undefined;
}
