/** The keys that digest files have been signed with. Source: AWS CloudTrail API Reference, ListPublicKeys. */
import { cloudTrailOperation } from '#call/cloudtrail/operation.ts';
import { invalidTimeRange, invalidToken } from '#model/cloudtrail-errors.ts';
import { blob, list, optional, string, structure, timestamp } from '#model/schema.ts';
import { asksInGeneral } from './trails.ts';

export const listPublicKeys = cloudTrailOperation({
  name: 'ListPublicKeys',
  input: structure({
    StartTime: optional(timestamp),
    EndTime: optional(timestamp),
    NextToken: optional(string()),
  }),
  output: structure({
    PublicKeyList: optional(
      list(
        structure({
          Value: optional(blob()),
          ValidityStartTime: optional(timestamp),
          ValidityEndTime: optional(timestamp),
          Fingerprint: optional(string()),
        }),
      ),
    ),
    NextToken: optional(string()),
  }),
  errors: ['InvalidTimeRangeException', 'InvalidTokenException'],
  asks: asksInGeneral,
  async run({ input, place, nowMs }, { archive }) {
    // All of them come at once.
    if (input.NextToken !== undefined) throw invalidToken();
    const { StartTime: fromMs = nowMs, EndTime: toMs = Math.max(fromMs, nowMs) } = input;
    if (fromMs > toMs) throw invalidTimeRange('StartTime is after EndTime.');
    const keys = await archive.digestKeys(place.accountId);
    return {
      PublicKeyList: keys
        .filter(({ validFromMs, validToMs }) => validFromMs <= toMs && validToMs >= fromMs)
        .map(({ publicKey, validFromMs, validToMs, fingerprint }) => ({
          Value: publicKey,
          ValidityStartTime: validFromMs,
          ValidityEndTime: validToMs,
          Fingerprint: fingerprint,
        })),
    };
  },
});
