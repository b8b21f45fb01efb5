/**
 * For how much of a month keys are charged. Source: the AWS KMS pricing page: prorated hourly; the first and the second rotation
 * of a symmetric key add to its price; AWS managed keys are free, and so are keys from the time when their deletion was
 * scheduled, unless it is cancelled: then it is as if it never was. Related multi-Region keys are a key each.
 */
import type { KeyEvent } from './figures.ts';

/** What a store knows of a key that it has. */
export interface KeyFacts {
  readonly arn: string;
  readonly spec: string;
  readonly createdAtMs: number;
  readonly isAwsManaged: boolean;
  /** Whether it waits for its deletion. */
  readonly isPending: boolean;
  readonly rotatedAtMs: readonly number[];
}

/** Both in milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface KeyMonths {
  readonly arn: string;
  /** Parts of the span, from 0 to 1. */
  readonly months: number;
  /** The same of the rotations that are charged, added up. */
  readonly rotationMonths: number;
  /** When it was made, or from when on it is free, has been guessed. */
  readonly isApproximate: boolean;
}

export interface History {
  readonly keys: readonly KeyFacts[];
  /** In the order of time. */
  readonly events: readonly KeyEvent[];
  readonly chargedRotations: number;
  /** Nothing is charged for what is yet to come. */
  readonly nowMs: number;
}

/** All keys for which anything is charged in the span. */
export function keyMonths({ keys, events, chargedRotations, nowMs }: History, span: Span): readonly KeyMonths[] {
  const known = eventsByKey(events);
  const charged = keys
    .filter(({ isAwsManaged }) => !isAwsManaged)
    .map((key) => lifeOfKept(key, known.get(key.arn) ?? []));
  const kept = new Set(keys.map(({ arn }) => arn));
  for (const [arn, ofKey] of known) if (!kept.has(arn)) charged.push(lifeOfGone(arn, ofKey));
  const months = charged.map((life) => {
    const partFrom = (fromMs: number) => part({ fromMs, toMs: Math.min(life.toMs, nowMs) }, span);
    const rotations = life.rotatedAtMs.slice(0, chargedRotations).map((atMs) => partFrom(Math.max(atMs, life.fromMs)));
    const rotationMonths = rotations.reduce((sum, one) => sum + one, 0);
    return { arn: life.arn, months: partFrom(life.fromMs), rotationMonths, isApproximate: life.isApproximate };
  });
  return months.filter((one) => one.months > 0);
}

interface Life extends Span {
  readonly arn: string;
  readonly rotatedAtMs: readonly number[];
  readonly isApproximate: boolean;
}

function lifeOfKept({ arn, createdAtMs, isPending, rotatedAtMs }: KeyFacts, events: readonly KeyEvent[]): Life {
  const common = { arn, fromMs: createdAtMs, rotatedAtMs: [...rotatedAtMs].sort((a, b) => a - b) };
  if (!isPending) return { ...common, toMs: Number.POSITIVE_INFINITY, isApproximate: false };
  const scheduledAtMs = scheduledAt(events);
  return { ...common, toMs: scheduledAtMs ?? createdAtMs, isApproximate: scheduledAtMs === undefined };
}

function lifeOfGone(arn: string, events: readonly KeyEvent[]): Life {
  const createdAtMs = timeOf(events, 'CreateKey');
  const endMs = scheduledAt(events) ?? timeOf(events, 'DeleteKey');
  const rotatedAtMs = events.filter(({ name }) => name === 'RotateKey').map(({ at }) => Date.parse(at));
  return {
    arn,
    fromMs: createdAtMs ?? 0,
    // The store does not have it, and nothing says when it went: an older store has been put back.
    toMs: endMs ?? createdAtMs ?? 0,
    rotatedAtMs,
    isApproximate: createdAtMs === undefined || endMs === undefined,
  };
}

/** Since when the deletion that has not been cancelled has been pending. */
function scheduledAt(events: readonly KeyEvent[]): number | undefined {
  let since: number | undefined;
  for (const { name, at } of events) {
    if (name === 'ScheduleKeyDeletion') since = Date.parse(at);
    if (name === 'CancelKeyDeletion') since = undefined;
  }
  return since;
}

function timeOf(events: readonly KeyEvent[], wanted: string): number | undefined {
  const found = events.find(({ name }) => name === wanted);
  return found === undefined ? undefined : Date.parse(found.at);
}

function eventsByKey(events: readonly KeyEvent[]): ReadonlyMap<string, readonly KeyEvent[]> {
  const byKey = new Map<string, KeyEvent[]>();
  for (const event of events) {
    const before = byKey.get(event.key);
    if (before === undefined) byKey.set(event.key, [event]);
    else before.push(event);
  }
  return byKey;
}

function part(life: Span, { fromMs, toMs }: Span): number {
  const charged = Math.min(life.toMs, toMs) - Math.max(life.fromMs, fromMs);
  return Math.max(0, charged) / (toMs - fromMs);
}
