/** What the quotas are set to: a profile, and what differs from it. Plain JSON, so that it can be kept and sent to other processes. */
import type { Place } from '#model/arn.ts';
import type { QuotaChange, QuotaSettingsRecord, Reader } from '#storage/store.ts';
import type { QuotaClass } from './classes.ts';
import { type ProfileName, profileNames, profileRate, type ResourceQuota, resourceQuotas } from './profiles.ts';

/** What is in force. */
export interface QuotaSettings {
  readonly profile: ProfileName;
  readonly changes: readonly QuotaChange[];
}

export const unlimited: QuotaSettings = { profile: 'unlimited', changes: [] };

export function parseProfile(text: string | undefined): ProfileName | undefined {
  return profileNames.find((name) => name === text);
}

/** Whether no request can be one too many. */
export function areUnlimited({ profile, changes }: QuotaSettings): boolean {
  return profile === 'unlimited' && changes.every(({ quota, value }) => value === null || isResource(quota));
}

export function isResource(quota: string): quota is ResourceQuota {
  return Object.hasOwn(resourceQuotas, quota);
}

/** Requests per second of one account in one Region; Infinity for as many as there are. */
export function rateOf({ profile, changes }: QuotaSettings, place: Place, name: QuotaClass): number {
  const changed = changeFor(changes, place, name);
  return changed === undefined ? profileRate(profile, place.region, name) : (changed.value ?? Number.POSITIVE_INFINITY);
}

/** A resource quota, as the transaction that uses it up finds it. */
export async function resourceQuota(reader: Reader, place: Place, name: ResourceQuota): Promise<number> {
  const kept = await reader.get('quotas', ['settings']);
  return changeFor(kept?.changes ?? [], place, name)?.value ?? resourceQuotas[name];
}

/** The one that is most to the point: of the account in the Region, of the account, of the Region, of all. */
export function changeFor(changes: readonly QuotaChange[], place: Place, quota: string): QuotaChange | undefined {
  let found: QuotaChange | undefined;
  for (const change of changes) {
    const { accountId = place.accountId, region = place.region } = change;
    const applies = change.quota === quota && accountId === place.accountId && region === place.region;
    if (applies && (found === undefined || weightOf(change) > weightOf(found))) found = change;
  }
  return found;
}

function weightOf({ accountId, region }: QuotaChange): number {
  return (accountId === undefined ? 0 : 2) + (region === undefined ? 0 : 1);
}

/** Whom a profile is from. */
export type ProfileSource = 'setting' | 'store' | 'default';

/** What is in force when `asked` is the profile that a server was told at its start: that decides as long as it is there. */
export function settingsInForce(kept: QuotaSettingsRecord | undefined, asked: ProfileName | undefined) {
  const stored = parseProfile(kept?.profile);
  const profileFrom: ProfileSource = asked !== undefined ? 'setting' : stored !== undefined ? 'store' : 'default';
  return { profile: asked ?? stored ?? 'unlimited', changes: kept?.changes ?? [], profileFrom } as const;
}
