/** keywright guardrail: policies that bind a whole account. */
import { readFileSync } from 'node:fs';
import { parsePolicyDocument } from '#authorization/policy/parse.ts';
import { AccountError } from '#identity/accounts.ts';
import { type GuardrailKind, listGuardrails, putGuardrail, removeGuardrail } from '#identity/guardrails.ts';
import type { Identities } from '#identity/identities.ts';
import { parseAccountId } from '#model/arn.ts';
import { UsageError } from './settings.ts';

/** As it is shown. */
export interface ShownGuardrail {
  readonly accountId: string;
  readonly kind: GuardrailKind;
  readonly name: string;
  readonly document: string;
}

const kinds = { scp: 'service-control', rcp: 'resource-control' } as const;

/** The document of a file, read before a server is asked, so that a path means what it means here. */
export function readDocument(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Throws UsageError, AccountError for an account that is not there, or what is wrong with the document. */
export async function setGuardrail(identities: Identities, input: Readonly<Record<string, unknown>>) {
  const name = await readName(identities, input);
  const document = textIn(input, 'document');
  parsePolicyDocument(document, name.kind === 'service-control' ? 'identity' : 'resource-guardrail');
  await putGuardrail(identities, name, document);
  return { accountId: name.accountId, kind: name.kind, name: name.name };
}

export async function dropGuardrail(identities: Identities, input: Readonly<Record<string, unknown>>) {
  const name = await readName(identities, input);
  if (!(await removeGuardrail(identities, name))) throw new AccountError(`There is no guardrail ${name.name}.`);
  return { accountId: name.accountId, kind: name.kind, name: name.name };
}

export async function showGuardrails({ vault }: Identities): Promise<readonly ShownGuardrail[]> {
  const records = await listGuardrails(vault.store);
  return records.map(({ accountId, kind, name, document }) => ({ accountId, kind, name, document }));
}

async function readName({ vault }: Identities, input: Readonly<Record<string, unknown>>) {
  const accountId = parseAccountId(textIn(input, 'account'));
  if (accountId === undefined) throw new UsageError('An account id has 12 digits.');
  const kind = kinds[textIn(input, 'type') as keyof typeof kinds];
  if (kind === undefined) throw new UsageError('The type of a guardrail is scp or rcp.');
  const name = textIn(input, 'name');
  if (!/^[\w.-]{1,128}$/.test(name))
    throw new UsageError('The name is of letters, digits, dots, hyphens, underscores.');
  if ((await vault.store.get('accounts', [accountId])) === undefined) {
    throw new AccountError(`There is no account ${accountId}.`);
  }
  return { accountId, kind, name };
}

function textIn(input: Readonly<Record<string, unknown>>, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new UsageError(`--${name} is missing.`);
  return value;
}
