/** Whether a line is what a look-up asks for. Few lines are parsed: most show by a few bytes that they are not. */
import { type AuditEvent, eventTimeOf } from '#audit/event.ts';
import { dayMs } from '#base/clock.ts';
import { DamagedTrail, type Period } from './index-file.ts';
import type { Lookup } from './lookup.ts';
import { isLookedUp, termHash, termText, valuesOf } from './terms.ts';

/** Of the year 9999. */
const latestMs = 253_402_300_799_000;
/** Events are of when a request began; and a clock may be put right. */
const clockSlackMs = dayMs;
const timeName = '"eventTime":"';
const timeLength = 20;

export class Wanted {
  readonly #wish: Lookup;
  /** Every line that is wanted has all of these, a character for each byte; the first one tells the most. */
  readonly #needles: readonly string[];
  readonly #fromTime: string;
  readonly #toTime: string;
  readonly hash: number;

  constructor(wish: Lookup) {
    this.#wish = wish;
    this.#needles = needlesOf(wish);
    this.#fromTime = eventTimeOf(Math.ceil(bounded(wish.fromMs) / 1000) * 1000);
    this.#toTime = eventTimeOf(bounded(wish.toMs));
    this.hash = termHash(termText(wish));
  }

  /** Whether anything of that period may be wanted. */
  isOf({ oldest, newest }: Period): boolean {
    return oldest <= newest && oldest * 1000 <= this.#wish.toMs && newest * 1000 >= this.#wish.fromMs;
  }

  /** Whether anything may be wanted of what was written since then. */
  mayHaveBeenWrittenSince(openedMs: number): boolean {
    return !(this.#wish.toMs < openedMs - clockSlackMs); // also where it is not known
  }

  /**
   * Which of the lines may be wanted, in order. `text` has a character for each byte, and the lines begin at `starts`. From a line
   * that does not have all needles it goes on with the one that has the next of those that are missing.
   */
  candidatesIn(text: string, starts: readonly number[]): number[] {
    const candidates: number[] = [];
    const found = this.#needles.map(() => -1);
    for (let n = 0; n < starts.length; ) {
      const start = starts[n] ?? 0;
      const end = starts[n + 1] ?? text.length;
      let farthest = start;
      for (const [i, needle] of this.#needles.entries()) {
        if ((found[i] ?? 0) < start) found[i] = text.indexOf(needle, start);
        if (found[i] === -1) return candidates;
        farthest = Math.max(farthest, found[i] ?? 0);
        if (farthest >= end) break;
      }
      if (farthest < end && this.#mayBeOfTime(text, start)) candidates.push(n);
      n++;
      while (n < starts.length && (starts[n + 1] ?? text.length) <= farthest) n++;
    }
    return candidates;
  }

  /** Whether the line is wanted. Throws DamagedTrail where it is no record. */
  is(line: string): boolean {
    return this.#isWanted(eventOf(line));
  }

  /** Only who asked comes before the time of an event, and that has nothing in it that is called so. */
  #mayBeOfTime(text: string, start: number): boolean {
    const from = text.indexOf(timeName, start) + timeName.length;
    return this.#isTime(text.slice(from, from + timeLength));
  }

  #isTime(time: string): boolean {
    return time >= this.#fromTime && time <= this.#toTime;
  }

  #isWanted(event: AuditEvent): boolean {
    const { accountId, region, attribute } = this.#wish;
    return (
      event.recipientAccountId === accountId &&
      event.awsRegion === region &&
      isLookedUp(event) &&
      this.#isTime(event.eventTime) &&
      (attribute === undefined || valuesOf(event, attribute.name).includes(attribute.value))
    );
  }
}

function eventOf(text: string): AuditEvent {
  try {
    return JSON.parse(text); // ours, as the chain says, or will say
  } catch {
    throw new DamagedTrail('A record of the audit trail has been altered or damaged.');
  }
}

function bounded(milliseconds: number): number {
  return Math.min(latestMs, Math.max(0, milliseconds));
}

/** Lines are JSON as JSON.stringify makes it, so a value is in there in one way alone. */
function needlesOf({ accountId, region, attribute }: Lookup): readonly string[] {
  const telling = attribute === undefined ? '' : needleOf(attribute);
  return [telling, `"recipientAccountId":"${accountId}"`, `"awsRegion":"${region}"`]
    .filter((needle) => needle !== '')
    .map((needle) => Buffer.from(needle).toString('latin1'));
}

function needleOf({ name, value }: NonNullable<Lookup['attribute']>): string {
  switch (name) {
    case 'EventId':
    case 'EventName':
    case 'EventSource':
    case 'AccessKeyId':
    case 'ResourceType':
      return JSON.stringify(value);
    case 'ReadOnly':
      return `"readOnly":${value}`;
    // May be a part of an ARN.
    case 'ResourceName':
      return JSON.stringify(value).slice(1, -1);
    case 'Username':
      // Of the root user it is not in there: its type is `Root`.
      return value === 'root' ? 'oot"' : JSON.stringify(value).slice(1, -1);
  }
}
