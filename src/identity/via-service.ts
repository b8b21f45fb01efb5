/**
 * Access keys of trusted services: what such a key signs carries kms:ViaService, as requests do that an AWS service makes on
 * behalf of a user. Source: AWS KMS Developer Guide, kms:ViaService.
 */
import { type AccountId, isServiceName } from '#model/arn.ts';
import { listInSteps } from '#storage/steps.ts';
import { AccountError } from './accounts.ts';
import { changeAccount, type Identities } from './identities.ts';

/** Marks an access key with the name of a service (`s3`), or takes the mark away. Throws AccountError. */
export async function markAccessKey(
  identities: Identities,
  accessKeyId: string,
  service: string | undefined,
): Promise<void> {
  if (service !== undefined && !isServiceName(service)) {
    throw new AccountError('The name of a service is of lower-case letters, digits and hyphens, such as "s3".');
  }
  const found = await identities.vault.store.get('accessKeys', [accessKeyId]);
  if (found === undefined) throw new AccountError(`There is no access key ${accessKeyId}.`);
  const accountId = found.accountId as AccountId; // stored as parsed
  await changeAccount(identities, accountId, async (transaction) => {
    const record = await transaction.get('accessKeys', [accessKeyId]);
    if (record === undefined) throw new AccountError(`There is no access key ${accessKeyId}.`);
    const { viaService: _, ...unmarked } = record;
    transaction.put(
      'accessKeys',
      [accessKeyId],
      service === undefined ? unmarked : { ...unmarked, viaService: service },
    );
  });
}

export interface MarkedAccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly service: string;
}

/** The access keys that carry a mark, of all accounts. */
export async function listMarkedAccessKeys({ vault }: Identities): Promise<readonly MarkedAccessKey[]> {
  const all = await listInSteps(vault.store, 'accessKeys', []);
  return all.flatMap(({ record: { accessKeyId, accountId, viaService: service } }) =>
    service === undefined ? [] : [{ accessKeyId, accountId, service }],
  );
}
