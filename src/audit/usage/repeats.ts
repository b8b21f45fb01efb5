/**
 * Who asks for the same again and again. A data key may be used for a while (data key caching of the AWS Encryption SDK), and S3
 * may derive the keys of objects from one of the bucket (bucket keys). Source: AWS Encryption SDK Developer Guide, Data key
 * caching; Amazon S3 User Guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys.
 */
import type { AuditEvent } from '#audit/event.ts';
import { sha256Hex } from '#crypto/digest.ts';
import type { CountedCall } from './counted-call.ts';
import { type Repeat, type RepeatKind, windowMs } from './figures.ts';

const kinds: ReadonlyMap<string, RepeatKind> = new Map([
  ['kms:GenerateDataKey', 'data key'],
  ['kms:GenerateDataKeyWithoutPlaintext', 'data key'],
  ['kms:Decrypt', 'decrypt'],
]);

const longestContext = 200;
const shownOfLong = 160;

type Asked = Pick<Repeat, 'kind' | 'account' | 'region' | 'principal' | 'key' | 'operation' | 'context' | 'day'>;

/** Repeats of one segment, or of several one after another. */
export class Repeats {
  readonly #found = new Map<string, Repeat>();

  take(event: AuditEvent, call: CountedCall): void {
    const kind = kinds.get(call.operation);
    if (kind === undefined || call.hasFailed) return;
    const context = contextOf(event);
    const bucket = bucketOf(context['aws:s3:arn']);
    const window = Math.floor(Date.parse(event.eventTime) / windowMs);
    const { account, region, principal, key, operation } = call;
    const common = { account, region, principal, key, operation, day: event.eventTime.slice(0, 10) };
    const asked: Asked =
      bucket === undefined
        ? { kind, ...common, context: shown(context) }
        : { kind: 'object', ...common, context: bucket };
    this.add({ ...asked, calls: 1, windows: 1, first: window, last: window });
  }

  /** Those of a later time come later. */
  add(repeat: Repeat): void {
    const id = idOf(repeat);
    const before = this.#found.get(id);
    this.#found.set(id, before === undefined ? repeat : joined(before, repeat));
  }

  /** The `atMost` that would save most; those that would save nothing are left out. */
  most(atMost: number): readonly Repeat[] {
    return [...this.#found.values()]
      .filter((repeat) => savedBy(repeat) > 0)
      .sort((a, b) => savedBy(b) - savedBy(a))
      .slice(0, atMost);
  }
}

/** Who asks for what, without the day. */
export function askedBy({ kind, account, region, principal, key, operation, context }: Omit<Asked, 'day'>): string {
  return `${kind}\n${account}\n${region}\n${principal}\n${key}\n${operation}\n${context}`;
}

function idOf(asked: Asked): string {
  return `${askedBy(asked)}\n${asked.day}`;
}

/** What is a little late falls into the last window that is known: it was one of the many in it. */
export function joined<R extends Pick<Repeat, 'calls' | 'windows' | 'first' | 'last'>>(before: R, later: R): R {
  const shared = later.first <= before.last ? 1 : 0;
  return {
    ...before,
    calls: before.calls + later.calls,
    windows: before.windows + later.windows - shared,
    last: Math.max(before.last, later.last),
  };
}

/** How many calls more there were than windows. */
export function savedBy({ calls, windows }: Pick<Repeat, 'calls' | 'windows'>): number {
  return calls - windows;
}

function contextOf({ requestParameters }: AuditEvent): Readonly<Record<string, unknown>> {
  return Object(requestParameters?.['encryptionContext']);
}

/** The bucket of an object; undefined for a bucket itself, which has a bucket key then, and for anything else. */
function bucketOf(arn: unknown): string | undefined {
  if (typeof arn !== 'string') return undefined;
  return /^(arn:[\w-]+:s3:::[^/]{1,200})\/./.exec(arn)?.[1];
}

function shown(context: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(context).sort();
  const json = JSON.stringify(Object.fromEntries(names.map((name) => [name, context[name]])));
  return json.length <= longestContext ? json : `${json.slice(0, shownOfLong)}… ${sha256Hex(json).slice(0, 16)}`;
}
