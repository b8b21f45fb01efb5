/** keywright quota: how many requests there may be a second, and how much of what; while a server runs, from the next request on. */
import type { Vault } from '#custody/vault.ts';
import { quotaClasses } from '#limits/classes.ts';
import { changeKept, QuotaError, readKept, withChange, withoutChange } from '#limits/kept.ts';
import { type ProfileName, profileNames, resourceQuotas } from '#limits/profiles.ts';
import { changeFor, isResource, parseProfile, type QuotaSettings, rateOf, settingsInForce } from '#limits/settings.ts';
import { type AccountId, type Place, parseAccountId, parseRegion } from '#model/arn.ts';
import type { QuotaChange, QuotaSettingsRecord } from '#storage/store.ts';
import type { OperatorEvents } from './operator-events.ts';
import { UsageError } from './settings.ts';

export interface ShownQuota {
  readonly class: string;
  /** Requests per second, or, of the last three, how many there may be; null for any number of requests. */
  readonly value: number | null;
  readonly isSet: boolean;
}

export interface ShownQuotas {
  readonly profile: ProfileName;
  /** Where the profile is from: the setting of a running server, the store, or neither. */
  readonly profileFrom: string;
  readonly quotas: readonly ShownQuota[];
  readonly changes: readonly QuotaChange[];
}

export type QuotaInput = Readonly<
  Partial<Record<'class' | 'account' | 'region' | 'rate' | 'count' | 'profile', string | undefined>>
>;

export interface QuotaDesk {
  show(input: QuotaInput): Promise<ShownQuotas>;
  setProfile(input: QuotaInput): Promise<ShownQuotas>;
  set(input: QuotaInput): Promise<ShownQuotas>;
  /** All, where the input names no class. */
  reset(input: QuotaInput): Promise<ShownQuotas>;
}

export interface QuotaDeskSettings {
  readonly vault: Vault;
  readonly events: OperatorEvents;
  /** The profile that the running server was told at its start. */
  readonly asked?: ProfileName | undefined;
  /** Puts settings into force in every process that serves, before the change is reported. */
  readonly apply?: (settings: QuotaSettings) => void | Promise<void>;
}

// Diverges: quota-command
/** Its functions throw UsageError or QuotaError; then nothing has changed. */
export function openQuotaDesk({ vault, events, asked, apply }: QuotaDeskSettings): QuotaDesk {
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, so that what is applied last is what is kept. */
  const change = (
    happening: Pick<Parameters<OperatorEvents['along']>[0], 'eventName' | 'accountId' | 'details'>,
    make: (kept: QuotaSettingsRecord) => QuotaSettingsRecord,
  ): Promise<ShownQuotas> => {
    const changed = last.then(async () => {
      const kept = await events.along(happening, async (store) => {
        const changed = await changeKept(store, make);
        await apply?.(settingsInForce(changed, asked)); // it is kept, whatever becomes of its record
        return changed;
      });
      return shown(kept, asked, {});
    });
    last = changed.catch(() => undefined);
    return changed;
  };
  return {
    async show(input) {
      return shown(await readKept(vault.store), asked, input);
    },
    async setProfile({ profile: text }) {
      const profile = requireProfile(text);
      if (asked !== undefined) {
        throw new QuotaError(
          `The server was started with --quotas ${asked}, which decides as long as it is given. Start it without to have the profile of the store.`,
        );
      }
      return change({ eventName: 'SetQuotaProfile', details: { profile } }, (kept) => ({ ...kept, profile }));
    },
    async set(input) {
      const made = { ...requireWhich(input), value: requireValue(input) };
      return change({ eventName: 'SetQuota', ...ownerOf(made), details: { ...made } }, (kept) =>
        withChange(kept, made),
      );
    },
    async reset(input) {
      if (input.class === undefined) return change({ eventName: 'ResetQuotas', details: {} }, () => ({ changes: [] }));
      const which = requireWhich(input);
      return change({ eventName: 'ResetQuotas', ...ownerOf(which), details: { ...which } }, (kept) =>
        withoutChange(kept, which),
      );
    },
  };
}

function ownerOf({ accountId }: Pick<QuotaChange, 'accountId'>) {
  return accountId === undefined ? {} : { accountId: accountId as AccountId }; // requireWhich has parsed it
}

/** Before a server is asked: what is used wrongly here is not for it to say. Throws UsageError. */
export function requireProfile(text: string | undefined): ProfileName {
  const profile = parseProfile(text);
  if (profile === undefined) throw new UsageError(`The profiles are ${profileNames.join(', ')}.`);
  return profile;
}

const mostPerSecond = 10_000_000;
const mostResources = 10_000_000;

/** Throws UsageError. */
export function requireValue({ class: name = '', rate, count }: QuotaInput): number | null {
  if (isResource(name)) {
    const value = Number(count);
    if (rate === undefined && /^\d+$/.test(count ?? '') && value <= mostResources) return value;
    throw new UsageError(`${name} takes --count, a whole number up to ${mostResources}.`);
  }
  if (count === undefined && rate === 'unlimited') return null;
  const value = Number(rate);
  if (count === undefined && /^\d+(\.\d{1,3})?$/.test(rate ?? '') && value <= mostPerSecond) return value;
  throw new UsageError(`${name} takes --rate, requests per second up to ${mostPerSecond}, or "unlimited".`);
}

/** Throws UsageError. */
export function requireWhich({ class: name, account, region }: QuotaInput): Omit<QuotaChange, 'value'> {
  if (name === undefined || !(isResource(name) || quotaClasses.some((one) => one === name))) {
    throw new UsageError(`There is no quota class ${name ?? ''}. "keywright quota show" lists them.`);
  }
  requirePlace({ account, region });
  return { quota: name, ...(account && { accountId: account }), ...(region && { region }) };
}

/** Throws UsageError. */
export function requirePlace({ account, region }: Pick<QuotaInput, 'account' | 'region'>): void {
  if (account !== undefined && parseAccountId(account) === undefined)
    throw new UsageError('An account id has 12 digits.');
  if (region !== undefined && parseRegion(region) === undefined) throw new UsageError(`${region} is no Region.`);
}

function shown(
  kept: QuotaSettingsRecord,
  asked: ProfileName | undefined,
  { account, region }: QuotaInput,
): ShownQuotas {
  const settings = settingsInForce(kept, asked);
  // Of nobody, what is set for some does not count.
  const place = { accountId: account ?? '', region: region ?? '' } as Place;
  const requests = quotaClasses.map((name) => {
    const value = rateOf(settings, place, name);
    return { class: name, value: value === Number.POSITIVE_INFINITY ? null : value, isSet: isSet(name) };
  });
  const resources = Object.entries(resourceQuotas).map(([name, value]) => ({
    class: name,
    value: changeFor(kept.changes, place, name)?.value ?? value,
    isSet: isSet(name),
  }));
  function isSet(name: string): boolean {
    return changeFor(kept.changes, place, name) !== undefined;
  }
  const { profile, profileFrom, changes } = settings;
  return { profile, profileFrom, quotas: [...requests, ...resources], changes };
}
