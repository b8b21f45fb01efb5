/** Lists the aliases of an account in a Region, or those of one key. Source: AWS KMS API Reference, ListAliases. */
import { asksInGeneral, keyById, operation, readingErrors } from '#call/operation.ts';
import { listAliasRecords } from '#keys/aliases.ts';
import { readPage } from '#keys/paging.ts';
import type { UsableKey } from '#keys/require.ts';
import { aliasArn } from '#model/arn.ts';
import { boolean, list, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listAliases = operation({
  name: 'ListAliases',
  keys: { key: { ...keyById().key, isFilter: true } },
  input: structure({
    KeyId: optional(shapes.keyId),
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
  }),
  output: structure({
    Aliases: list(
      structure({
        AliasName: optional(shapes.aliasName),
        AliasArn: optional(shapes.arn),
        TargetKeyId: optional(shapes.keyId),
        CreationDate: optional(timestamp),
        LastUpdatedDate: optional(timestamp),
      }),
    ),
    NextMarker: optional(shapes.marker),
    Truncated: boolean,
  }),
  errors: [...readingErrors, 'InvalidMarkerException'],
  asks: asksInGeneral,
  async run({ input, place, keys }, keyring) {
    const key: UsableKey | undefined = keys.key; // absent where the request names none
    const { items, ...page } = await readPage(
      {
        keyring,
        listing: { operation: 'ListAliases', place, filter: key?.keyId },
        size: { default: 50, max: 100 },
      },
      input,
      (after, limit) => listAliasRecords(keyring, key ?? { place }, { after, limit }),
    );
    // Diverges: predefined-aliases
    const records = items.map(({ record }) => record).filter((record) => record !== undefined);
    const Aliases = records.map((record) => ({
      AliasName: record.name,
      AliasArn: aliasArn(place, record.name),
      TargetKeyId: record.keyId,
      CreationDate: record.createdAtMs,
      LastUpdatedDate: record.updatedAtMs,
    }));
    return { Aliases, ...page };
  },
});
