/**
 * Pagination markers: where a list goes on, sealed for one list of one account. Clients cannot read a marker, make one, or
 * use one elsewhere.
 */
import { utf8 } from '#base/bytes.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import type { WrappingKey } from '#crypto/wrap.ts';
import { decodeRecordKey, encodeRecordKey, type RecordKey } from '#storage/store.ts';

/** `list` says which list it is: the operation, whose, and what it is narrowed to. Base64url. */
export function sealMarker(markerKey: WrappingKey, list: readonly string[], after: RecordKey): string {
  const secret = new SecretBytes(utf8(encodeRecordKey(after)));
  return markerKey.wrap(secret, ['marker', ...list]).toString('base64url');
}

/** Undefined where it is no marker of this list. */
export function openMarker(markerKey: WrappingKey, list: readonly string[], marker: string): RecordKey | undefined {
  const opened = markerKey.unwrap(Buffer.from(marker, 'base64url'), ['marker', ...list]);
  return opened && decodeRecordKey(Buffer.from(opened.reveal()).toString('utf8'));
}
