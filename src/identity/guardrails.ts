/**
 * Guardrails: policies that bind a whole account, as the service and resource control policies of an organisation do. A
 * service control policy binds the account's principals, its root user included, and has to allow what they may do; a
 * resource control policy binds its keys, whoever asks, and only ever denies. Source: AWS Organizations User Guide.
 */
import type { AccountId } from '#model/arn.ts';
import type { GuardrailRecord, Reader } from '#storage/store.ts';
import { changeAccount, type Identities } from './identities.ts';

export type GuardrailKind = GuardrailRecord['kind'];

export interface GuardrailName {
  readonly accountId: AccountId;
  readonly kind: GuardrailKind;
  readonly name: string;
}

const all = Number.MAX_SAFE_INTEGER;

/** Puts a guardrail, in the place of one of the same name. The document must have been read as a policy. */
export async function putGuardrail(identities: Identities, guardrail: GuardrailName, document: string): Promise<void> {
  const { accountId, kind, name } = guardrail;
  if (kind === 'resource-control') identities.resourceControlled.add(accountId); // before it is in force, not after
  await changeAccount(identities, accountId, async (transaction) => {
    const createdAtMs = identities.vault.clock.now();
    transaction.put('guardrails', [accountId, kind, name], { accountId, kind, name, document, createdAtMs });
  });
}

/** Whether there was one. An account stays among the controlled ones, with no policies: that costs a look-up, no more. */
export function removeGuardrail(identities: Identities, { accountId, kind, name }: GuardrailName): Promise<boolean> {
  return changeAccount(identities, accountId, async (transaction) => {
    const key = [accountId, kind, name];
    if ((await transaction.get('guardrails', key)) === undefined) return false;
    transaction.delete('guardrails', key);
    return true;
  });
}

/** Of one account, or of all. */
export async function listGuardrails(reader: Reader, accountId?: AccountId): Promise<readonly GuardrailRecord[]> {
  const within = accountId === undefined ? [] : [accountId];
  return (await reader.list('guardrails', { within, limit: all })).map(({ record }) => record);
}
