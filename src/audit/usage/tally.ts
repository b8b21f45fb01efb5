/** Adds up what records, or figures of segments, count for. */
import type { AuditEvent } from '#audit/event.ts';
import type { SidecarWork } from '#audit/sidecar.ts';
import { type CountedCall, countedCall, keysOf, textIn } from './counted-call.ts';
import { type Cell, encodeFigures, type KeyEvent, type UsageFigures } from './figures.ts';
import { Repeats } from './repeats.ts';

/** How many repeats are kept of what is tallied. */
const repeatsKept = 200;

const keyEventNames: ReadonlySet<string> = new Set([
  'CreateKey',
  'ReplicateKey',
  'ScheduleKeyDeletion',
  'CancelKeyDeletion',
  'DeleteKey',
  'RotateKey',
]);

interface Count {
  readonly of: Omit<Cell, 'succeeded' | 'failed'>;
  succeeded: number;
  failed: number;
}

export class Tally implements SidecarWork {
  readonly #counts = new Map<string, Count>();
  readonly #keyEvents: KeyEvent[] = [];
  readonly #repeats = new Repeats();

  take(event: AuditEvent): void {
    this.#takeKeyEvent(event);
    const call = countedCall(event);
    if (call === undefined) return;
    const { count, hasFailed } = call;
    this.#count(call, hasFailed ? 0 : count, hasFailed ? count : 0);
    this.#repeats.take(event, call);
  }

  add({ cells, keyEvents, repeats }: UsageFigures): void {
    for (const cell of cells) this.#count(cell, cell.succeeded, cell.failed);
    for (const event of keyEvents) this.#keyEvents.push(event);
    for (const repeat of repeats) this.#repeats.add(repeat);
  }

  get cells(): number {
    return this.#counts.size;
  }

  figures(): UsageFigures {
    const cells = [...this.#counts.values()].map(({ of, succeeded, failed }) => ({ ...of, succeeded, failed }));
    return { cells, keyEvents: this.#keyEvents, repeats: this.#repeats.most(repeatsKept) };
  }

  finish(): Uint8Array {
    return encodeFigures(this.figures());
  }

  #count(call: Omit<CountedCall, 'count' | 'hasFailed'>, succeeded: number, failed: number): void {
    const { hour, account, region, operation, key, principal, variant } = call;
    const id = `${hour}\n${account}\n${region}\n${operation}\n${key}\n${principal}\n${variant}`;
    let counted = this.#counts.get(id);
    if (counted === undefined) {
      counted = { of: { hour, account, region, operation, key, principal, variant }, succeeded: 0, failed: 0 };
      this.#counts.set(id, counted);
    }
    counted.succeeded += succeeded;
    counted.failed += failed;
  }

  #takeKeyEvent(event: AuditEvent): void {
    const { eventName, eventTime: at, eventSource, errorCode } = event;
    if (!keyEventNames.has(eventName) || eventSource !== 'kms.amazonaws.com' || errorCode !== undefined) return;
    if (eventName !== 'CreateKey' && eventName !== 'ReplicateKey') {
      const [key] = keysOf(event);
      if (key !== undefined) this.#keyEvents.push({ name: eventName, key, at, spec: '' });
      return;
    }
    const { keyMetadata, replicaKeyMetadata } = { ...event.responseElements };
    const made = Object(keyMetadata ?? replicaKeyMetadata);
    const key = textIn(made, 'arn');
    if (key !== '') this.#keyEvents.push({ name: 'CreateKey', key, at, spec: textIn(made, 'keySpec') });
  }
}
