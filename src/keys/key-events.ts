/**
 * What happens to keys that no request asks for at that moment, or that follows from one: told to whoever receives notices, and
 * to the audit trail. Source: AWS KMS Developer Guide, RotateKey, DeleteKey, DeleteExpiredKeyMaterial, SynchronizeMultiRegionKey
 * among the examples of log entries.
 */
import type { KeyId, Place } from '#model/arn.ts';
import type { Transaction } from '#storage/store.ts';
import type { Notice, Notices } from './notices.ts';

/** One such event, as the audit trail gets to know of it. */
export interface KeyEvent {
  readonly name: 'DeleteExpiredKeyMaterial' | 'DeleteKey' | 'RotateKey' | 'SynchronizeMultiRegionKey';
  readonly place: Place;
  readonly keyId: KeyId;
  readonly atMs: number;
  readonly details?: Readonly<Record<string, string>>;
}

/** Where such events go. */
export interface KeyEvents {
  /** Puts the event into the transaction of the change, so that it comes to its end whatever happens to the process. */
  put(transaction: Transaction, event: KeyEvent): void;
  /** To be called with the same event once the transaction has been committed. Never throws. */
  tell(event: KeyEvent): void;
}

/** For data that nobody is served from. */
export const noKeyEvents: KeyEvents = { put: () => undefined, tell: () => undefined };

/** What happened to a key, for all who want to know. */
export interface Happening {
  readonly notice?: Notice;
  readonly event?: KeyEvent;
}

interface Outlets {
  readonly notices: Notices;
  readonly events: KeyEvents;
}

/** Puts it into the transaction of the change; returns it, to be told once that has been committed. */
export function putHappening<H extends Happening>(
  { notices, events }: Outlets,
  transaction: Transaction,
  happening: H,
): H {
  if (happening.notice !== undefined) notices.put(transaction, happening.notice);
  if (happening.event !== undefined) events.put(transaction, happening.event);
  return happening;
}

export function tellHappening({ notices, events }: Outlets, { notice, event }: Happening): void {
  if (notice !== undefined) notices.tell(notice);
  if (event !== undefined) events.tell(event);
}
