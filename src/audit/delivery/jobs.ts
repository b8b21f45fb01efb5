/** What the thread of delivery does, one call at a time: each looks at the state, does a bounded step, and says how things are. */
import { join } from 'node:path';
import type { Head } from '#audit/head.ts';
import { Segments } from '#audit/segments.ts';
import type { DigestSigningKey } from '#crypto/audit-digest.ts';
import { deliverDigests, nextDigestMs } from './digests.ts';
import { deliverLogs, isBefore, type StepSizes } from './log-files.ts';
import { beginningOf } from './reading.ts';
import { removeOldFiles } from './retention.ts';
import { commit, type PlanSettings, readState, type State } from './state.ts';
import { Workplace, type WorkplaceSettings } from './workplace.ts';

/** Where things lie, and how far the trail has come. */
export interface Request {
  readonly directory: string;
  readonly segments: string;
  readonly head: Head;
  readonly settings: PlanSettings;
}

/** How things are. */
export interface Summary {
  /** The sequence number of the last record that has been delivered. */
  readonly through: number;
  readonly startedMs: number;
  /** What was begun and has not been finished. */
  readonly planned: 'logs' | 'digests' | null;
  /** Where the earliest digest file starts that has yet to be made, and where it ends at the latest. */
  readonly digestFromMs: number | undefined;
  readonly nextDigestMs: number | undefined;
  readonly batches: number;
  readonly buckets: readonly (string | null)[];
  readonly accounts: Readonly<Record<string, AccountSummary>>;
}

export interface AccountSummary {
  readonly latestDeliveryMs: number;
  readonly latestDigestMs: number | undefined;
}

/** What vouches for the state; the rest is a test's. */
export interface Conditions extends WorkplaceSettings {
  readonly sizes?: StepSizes;
}

/** Takes up where the process before has stopped, or begins. */
export function begin(request: Request, conditions: Conditions = {}): Summary {
  const { directory, head, settings } = request;
  const workplace = new Workplace(directory, conditions);
  const kept = readState(workplace);
  const segments = new Segments(request.segments);
  const state = kept === undefined ? newState(segments, request) : fitting(kept, segments, head);
  return summaryOf(state === kept ? kept : commit(workplace, state, [], settings));
}

/** Delivers the next records, of which there may be more afterwards: until `through` is what it was to be. */
export function deliver({ directory, segments, head, settings }: Request, conditions: Conditions = {}): Summary {
  const { sizes } = conditions;
  const workplace = new Workplace(directory, conditions);
  let state = requireState(workplace);
  if (state.plan?.kind === 'digests') return summaryOf(state);
  let { plan } = state;
  if (plan === null) {
    const to = { segment: head.segment, end: head.end };
    if (!isBefore(state.cursor, to)) return summaryOf(state);
    plan = { kind: 'logs', ...settings, to };
    state = { ...state, plan };
    workplace.writeState(state);
  }
  return summaryOf(deliverLogs(workplace, new Segments(segments), { state, plan, ...(sizes && { sizes }) }));
}

export interface DigestRequest extends Pick<Request, 'directory' | 'settings'> {
  readonly untilMs: number;
  readonly isFlush: boolean;
}

/** Makes the digest files that are due, or the next of them: until nothing is planned. */
export function digest(request: DigestRequest, key: DigestSigningKey, conditions: Conditions = {}): Summary {
  const { directory, settings, untilMs, isFlush } = request;
  const workplace = new Workplace(directory, conditions);
  let state = requireState(workplace);
  if (state.plan?.kind === 'logs') return summaryOf(state);
  let { plan } = state;
  if (plan === null) {
    plan = { kind: 'digests', ...settings, untilMs, isFlush };
    state = { ...state, plan };
    workplace.writeState(state);
  }
  return summaryOf(deliverDigests(workplace, { state, plan, key }));
}

/** Removes what was delivered before then, except what is still needed. */
export function retain(
  { directory, beforeMs }: { readonly directory: string; readonly beforeMs: number },
  conditions: Conditions = {},
): Summary {
  const workplace = new Workplace(directory, conditions);
  const state = requireState(workplace);
  removeOldFiles(workplace, state, beforeMs);
  return summaryOf(state);
}

function newState(segments: Segments, { head, settings }: Request): State {
  return {
    version: 1,
    trail: head.trail,
    startedMs: settings.atMs,
    cursor: beginningOf(segments, head),
    plan: null,
    chains: {},
    batches: 0,
    buckets: [],
  };
}

/** A trail may have been set aside or put back; the digest files go on from the last one all the same. */
function fitting(kept: State, segments: Segments, head: Head): State {
  const { cursor } = kept;
  const plan = kept.plan?.kind === 'digests' ? kept.plan : null;
  if (kept.trail !== head.trail || cursor.segment < head.firstSegment) {
    return { ...kept, plan, trail: head.trail, cursor: beginningOf(segments, head) };
  }
  const { segment, end: offset, last, hash } = head;
  const isAhead = cursor.segment > segment || (cursor.segment === segment && cursor.offset > offset);
  return isAhead ? { ...kept, plan, cursor: { segment, offset, last, hash } } : kept;
}

function requireState(workplace: Workplace): State {
  const state = readState(workplace);
  if (state === undefined) throw new Error(`There is no ${join(workplace.directory, 'state.json')}.`);
  return state;
}

function summaryOf({ cursor, startedMs, plan, chains, batches, buckets }: State): Summary {
  const accounts: Record<string, AccountSummary> = {};
  for (const { accountId, latestDeliveryMs, latestDigestMs } of Object.values(chains)) {
    const before = accounts[accountId];
    accounts[accountId] = {
      latestDeliveryMs: Math.max(latestDeliveryMs, before?.latestDeliveryMs ?? 0),
      latestDigestMs: Math.max(latestDigestMs ?? 0, before?.latestDigestMs ?? 0) || undefined,
    };
  }
  const starts = Object.values(chains).map(({ startMs }) => startMs);
  return {
    through: cursor.last,
    startedMs,
    planned: plan?.kind ?? null,
    digestFromMs: starts.length === 0 ? undefined : Math.min(...starts),
    nextDigestMs: nextDigestMs(chains),
    batches,
    buckets,
    accounts,
  };
}
