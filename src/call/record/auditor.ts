/** Writes the records of requests into the trail. Those of nobody are bounded, so that nobody can fill the disk with them. */
import type { AnonymousRecords } from '#audit/anonymous.ts';
import type { Recorder } from '#audit/recorder.ts';
import type { Audit, AuditEntry } from '#call/audit.ts';
import { type Home, recordLines } from './line.ts';

export class Auditor implements Audit {
  readonly #trail: Recorder;
  readonly #anonymous: AnonymousRecords;
  readonly #home: Home;

  constructor(trail: Recorder, anonymous: AnonymousRecords, home: Home) {
    this.#trail = trail;
    this.#anonymous = anonymous;
    this.#home = home;
  }

  problem(): Error | undefined {
    return this.#trail.problem();
  }

  record(entry: AuditEntry): Promise<void> {
    if (entry.isShed === true) return this.#anonymous.count(entry.refusal?.name ?? 'None');
    const [line = '', ...copies] = recordLines(entry, this.#home);
    // Whoever has a token of some issuer is nobody as long as no role trusts it.
    const isOfNobody = entry.caller === undefined && (entry.webIdentity === undefined || entry.refusal !== undefined);
    if (isOfNobody) return this.#anonymous.append(line, entry.refusal?.name ?? 'None');
    if (copies.length === 0) return this.#trail.append(line);
    return this.#trail.appendAll([line, ...copies]);
  }
}
