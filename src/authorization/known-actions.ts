/** The actions that are asked about often enough to remember which statements are about them. */
import { kmsOperationNames } from '#model/operation-names.ts';

export const knownActions: ReadonlySet<string> = new Set([
  ...kmsOperationNames.map((name) => `kms:${name}`),
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
]);
