/** Whether a line is what a look-up asks for. Few lines are parsed: most show by a few bytes that they are not. */
import { type AuditEvent, eventTimeOf } from '#audit/event.ts';
import { DamagedArchive, type Period } from './index-file.ts';
import type { Lookup } from './lookup.ts';
import { isLookedUp, termHash, termText, valuesOf } from './terms.ts';

/** Of the year 9999. */
const latestMs = 253_402_300_799_000;
const timeName = Buffer.from('"eventTime":"');
const timeLength = 20;

export class Wanted {
  readonly #wish: Lookup;
  /** Every line that is wanted has all of these; the first one tells the most. */
  readonly #needles: readonly Buffer[];
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

  get needle(): Buffer {
    return this.#needles[0] ?? timeName;
  }

  /** Whether anything of that period may be wanted. */
  isOf({ oldest, newest }: Period): boolean {
    return oldest <= newest && oldest * 1000 <= this.#wish.toMs && newest * 1000 >= this.#wish.fromMs;
  }

  /** The text of the line if it is wanted. Throws DamagedArchive where it is no record. */
  textOf(line: Buffer): string | undefined {
    if (!this.#needles.every((needle) => line.includes(needle)) || !this.#mayBeOfTime(line)) return undefined;
    const text = line.toString();
    return this.#isWanted(eventOf(text)) ? text : undefined;
  }

  /** Only who asked comes before the time of an event, and that has nothing in it that is called so. */
  #mayBeOfTime(line: Buffer): boolean {
    const from = line.indexOf(timeName) + timeName.length;
    return this.#isTime(line.toString('latin1', from, from + timeLength));
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
    throw new DamagedArchive('A record of the audit trail has been altered or damaged.');
  }
}

function bounded(milliseconds: number): number {
  return Math.min(latestMs, Math.max(0, milliseconds));
}

/** Lines are JSON as JSON.stringify makes it, so a value is in there in one way alone. */
function needlesOf({ accountId, region, attribute }: Lookup): readonly Buffer[] {
  const telling = attribute === undefined ? '' : needleOf(attribute);
  return [telling, `"recipientAccountId":"${accountId}"`, `"awsRegion":"${region}"`]
    .filter((needle) => needle !== '')
    .map((needle) => Buffer.from(needle));
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
