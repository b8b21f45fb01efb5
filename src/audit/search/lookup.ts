/** Finding records, as LookupEvents does. Source: AWS CloudTrail API Reference, LookupEvents. */
import type { AccountId, Region } from '#model/arn.ts';

/** As LookupAttribute has them. */
export const lookupAttributes = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'ResourceType',
  'ResourceName',
  'EventSource',
  'AccessKeyId',
] as const;

export type LookupAttribute = (typeof lookupAttributes)[number];

export interface Lookup {
  /** Whose trail. */
  readonly accountId: AccountId;
  readonly region: Region;
  readonly attribute?: { readonly name: LookupAttribute; readonly value: string } | undefined;
  /** Both inclusive, in milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: Position | undefined;
}

/** A place in the trail: the sequence number of a record. */
export type Position = number;

export interface LookupPage {
  /** Management events, the newest first, each as the line of JSON that the trail has. */
  readonly lines: readonly string[];
  /** Where the next page begins; undefined where there is none. */
  readonly next: Position | undefined;
}

export interface EventSearch {
  lookup(wish: Lookup): Promise<LookupPage>;
}
