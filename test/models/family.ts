/** A model of one multi-Region key: what every request must answer, and what is there afterwards. */
import { dayMs } from '#base/clock.ts';

export const regions = ['us-east-1', 'eu-west-1', 'ap-south-1', 'sa-east-1'] as const;
export type RegionName = (typeof regions)[number];

/** What is done to the key in one Region. Each does with its own part of this. */
export interface Action {
  readonly do:
    | 'ReplicateKey'
    | 'UpdatePrimaryRegion'
    | 'ScheduleKeyDeletion'
    | 'CancelKeyDeletion'
    | 'EnableKey'
    | 'DisableKey'
    | 'Encrypt'
    | 'wait';
  readonly at: RegionName;
  readonly to: RegionName;
  readonly days: number;
}

export type State =
  | { readonly name: 'Enabled' | 'Disabled' }
  | { readonly name: 'PendingDeletion'; readonly dueMs: number }
  | { readonly name: 'PendingReplicaDeletion'; readonly days: number };

const isEnding = ({ name }: State) => name === 'PendingDeletion' || name === 'PendingReplicaDeletion';

export class Family {
  /** Undefined once the primary is gone. */
  primary: RegionName | undefined = 'us-east-1';
  readonly members = new Map<RegionName, State>([['us-east-1', { name: 'Enabled' }]]);

  get replicas(): readonly RegionName[] {
    return [...this.members.keys()].filter((region) => region !== this.primary);
  }

  /** The error that the action is refused with, or undefined and the family is as it is afterwards. */
  act(action: Action, nowMs: number): string | undefined {
    if (action.do === 'wait') return this.#wait(nowMs);
    const state = this.members.get(action.at);
    if (state === undefined) return 'NotFoundException';
    switch (action.do) {
      case 'ReplicateKey':
        return this.#replicate(action, state);
      case 'UpdatePrimaryRegion':
        return this.#move(action, state);
      case 'ScheduleKeyDeletion': {
        if (isEnding(state)) return 'KMSInvalidStateException';
        const { days, at } = action;
        const waits = at === this.primary && this.replicas.length > 0;
        const dueMs = nowMs + days * dayMs;
        this.members.set(at, waits ? { name: 'PendingReplicaDeletion', days } : { name: 'PendingDeletion', dueMs });
        return undefined;
      }
      case 'CancelKeyDeletion':
        if (!isEnding(state)) return 'KMSInvalidStateException';
        this.members.set(action.at, { name: 'Disabled' });
        return undefined;
      case 'EnableKey':
      case 'DisableKey':
        if (isEnding(state)) return 'KMSInvalidStateException';
        this.members.set(action.at, { name: action.do === 'EnableKey' ? 'Enabled' : 'Disabled' });
        return undefined;
      case 'Encrypt':
        return this.#unusable(state);
    }
  }

  #unusable(state: State): string | undefined {
    if (state.name === 'Enabled') return undefined;
    return state.name === 'Disabled' ? 'DisabledException' : 'KMSInvalidStateException';
  }

  #replicate({ at, to }: { readonly at: RegionName; readonly to: RegionName }, state: State): string | undefined {
    const unusable = this.#unusable(state);
    if (unusable !== undefined) return unusable;
    if (at !== this.primary) return 'UnsupportedOperationException';
    if (to === at) return 'ValidationException';
    if (this.members.has(to)) return 'AlreadyExistsException';
    this.members.set(to, { name: 'Enabled' });
    return undefined;
  }

  #move({ at, to }: { readonly at: RegionName; readonly to: RegionName }, state: State): string | undefined {
    const target = to === at ? undefined : this.members.get(to);
    const unusable = this.#unusable(state) ?? (target && this.#unusable(target));
    if (unusable !== undefined) return unusable;
    if (at !== this.primary) return 'UnsupportedOperationException';
    if (to === at) return 'ValidationException';
    if (target === undefined) return 'NotFoundException';
    this.primary = to;
    return undefined;
  }

  #wait(nowMs: number): undefined {
    for (const [region, state] of [...this.members]) {
      if (state.name !== 'PendingDeletion' || state.dueMs > nowMs) continue;
      this.members.delete(region);
      if (region === this.primary) this.primary = undefined;
    }
    const waiting = this.primary && this.members.get(this.primary);
    if (this.primary === undefined || waiting?.name !== 'PendingReplicaDeletion' || this.replicas.length > 0) return;
    this.members.set(this.primary, { name: 'PendingDeletion', dueMs: nowMs + waiting.days * dayMs });
  }
}
