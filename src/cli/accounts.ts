/** keywright account create and access-key mark: a new account, its root access key, and a profile for it in the files of AWS clients. */
import type { Vault } from '#custody/vault.ts';
import { createAccount, listRootAccessKeys, randomAccountId } from '#identity/accounts.ts';
import { readEndpoint, writeClientFiles } from '#identity/client-files.ts';
import type { Identities } from '#identity/identities.ts';
import { markAccessKey } from '#identity/via-service.ts';
import { parseAccountId } from '#model/arn.ts';
import type { OperatorEvents } from './operator-events.ts';
import { UsageError } from './settings.ts';

export interface NewAccount {
  readonly accountId: string;
  /** Its name in the two files. */
  readonly profile: string;
}

/** Where a server listens that was never started: the defaults of `serve`. */
const noServerYet = { url: 'http://127.0.0.1:4566', region: 'us-east-1' };

/** Throws UsageError for what is no account id, and AccountError for one that is taken. */
export async function addAccount(
  { vault, events }: { readonly vault: Vault; readonly events: OperatorEvents },
  dataDirectory: string,
  id?: string,
): Promise<NewAccount> {
  const accountId = id === undefined ? randomAccountId() : parseAccountId(id);
  if (accountId === undefined) throw new UsageError('An account id has 12 digits.');
  const happening = { eventName: 'CreateAccount', accountId, details: { accountId } } as const;
  await events.along(happening, (store) => createAccount({ ...vault, store }, accountId));
  writeClientFiles(dataDirectory, await listRootAccessKeys(vault), readEndpoint(dataDirectory) ?? noServerYet);
  return { accountId, profile: accountId };
}

/** keywright access-key mark: what a trusted service signs with its key carries its name. Throws AccountError. */
export async function markKey(
  identities: Identities,
  events: OperatorEvents,
  input: { readonly id?: unknown; readonly service?: unknown },
) {
  const { vault } = identities;
  const accessKeyId = String(input.id);
  const service = typeof input.service === 'string' ? input.service : undefined;
  const owner = parseAccountId((await vault.store.get('accessKeys', [accessKeyId]))?.accountId ?? '');
  const details = { accessKeyId, service: service ?? null };
  await events.along({ eventName: 'MarkAccessKey', ...(owner && { accountId: owner }), details }, (store) =>
    markAccessKey({ ...identities, vault: { ...vault, store } }, accessKeyId, service),
  );
  return { accessKeyId, service: service ?? null };
}
