/** Tokens that say where a lookup goes on, sealed for one lookup: clients cannot read one, make one, or use one elsewhere. */
import type { WrappingKey } from '#crypto/wrap.ts';
import { openMarker, sealMarker } from '#custody/markers.ts';
import type { Position } from './lookup.ts';

/** `lookup` says which it is: whose, where, and for what. */
export function sealPosition(markerKey: WrappingKey, lookup: readonly string[], next: Position): string {
  return sealMarker(markerKey, ['LookupEvents', ...lookup], [String(next)]);
}

/** Undefined where it is no token of this lookup. */
export function openPosition(markerKey: WrappingKey, lookup: readonly string[], token: string): Position | undefined {
  const [position = ''] = openMarker(markerKey, ['LookupEvents', ...lookup], token) ?? [];
  return /^\d{1,15}$/.test(position) ? Number(position) : undefined;
}
