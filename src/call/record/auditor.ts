/** Writes the records of requests into the trail. Those of nobody are bounded, so that nobody can fill the disk with them. */
import type { AnonymousRecords } from '#audit/anonymous.ts';
import type { Trail } from '#audit/trail.ts';
import type { Audit, AuditEntry } from '#call/audit.ts';
import { type Home, recordLines } from './line.ts';

export class Auditor implements Audit {
  readonly #trail: Trail;
  readonly #anonymous: AnonymousRecords;
  readonly #home: Home;

  constructor(trail: Trail, anonymous: AnonymousRecords, home: Home) {
    this.#trail = trail;
    this.#anonymous = anonymous;
    this.#home = home;
  }

  problem(): Error | undefined {
    return this.#trail.problem();
  }

  record(entry: AuditEntry): Promise<void> {
    const [line = '', ...copies] = recordLines(entry, this.#home);
    const isOfNobody = entry.caller === undefined && entry.webIdentity === undefined;
    if (isOfNobody) return this.#anonymous.append(line, entry.refusal?.name ?? 'None');
    // Of one turn: they become durable together.
    for (const copy of copies) void this.#trail.append(copy);
    return this.#trail.append(line);
  }
}
