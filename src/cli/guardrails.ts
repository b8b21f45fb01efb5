/** keywright guardrail: policies that bind a whole account. */
import { readFileSync } from 'node:fs';
import { parsePolicyDocument } from '#authorization/policy/parse.ts';
import { AccountError } from '#identity/accounts.ts';
import { type GuardrailKind, listGuardrails, putGuardrail, removeGuardrail } from '#identity/guardrails.ts';
import type { Identities } from '#identity/identities.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import type { Store } from '#storage/store.ts';
import type { OperatorEvents } from './operator-events.ts';
import { UsageError } from './settings.ts';

/** As it is shown. */
export interface ShownGuardrail {
  readonly accountId: string;
  /** `scp` or `rcp`. */
  readonly type: string;
  readonly name: string;
  readonly document: string;
}

const kinds = { scp: 'service-control', rcp: 'resource-control' } as const;

/** The document of a file, read before a server is asked, so that a path means what it means here. Throws UsageError. */
export function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read.`);
  }
}

/** Throws UsageError. Before a server is asked: what is used wrongly here is not for it to say. */
export function requireGuardrailName({
  name,
  account,
  type,
}: Readonly<Record<'name' | 'account' | 'type', string>>): void {
  if (parseAccountId(account) === undefined) throw new UsageError('An account id has 12 digits.');
  if (!Object.hasOwn(kinds, type)) throw new UsageError('The type of a guardrail is scp or rcp.');
  if (!/^[\w.-]{1,128}$/.test(name))
    throw new UsageError('The name is of letters, digits, dots, hyphens, underscores.');
}

/** Throws UsageError, AccountError for an account that is not there, or what is wrong with the document. */
export async function setGuardrail(
  identities: Identities,
  events: OperatorEvents,
  input: Readonly<Record<string, unknown>>,
) {
  const name = await readName(identities, input);
  const document = textIn(input, 'document');
  const { statements } = parsePolicyDocument(
    document,
    name.kind === 'service-control' ? 'identity' : 'resource-guardrail',
  );
  const isDenial = statements.every(({ effect, principals }) => effect === 'Deny' && principals?.isEveryone === true);
  // AWS Organizations User Guide, RCP syntax.
  if (name.kind === 'resource-control' && !isDenial) {
    throw new AccountError('The statements of an rcp have the Effect Deny and the Principal "*".');
  }
  const shown = { accountId: name.accountId, type: typeOf(name.kind), name: name.name };
  const happening = { eventName: 'SetGuardrail', accountId: name.accountId, details: { ...shown, document } } as const;
  await events.along(happening, (store) => putGuardrail(inStore(identities, store), name, document));
  return shown;
}

export async function dropGuardrail(
  identities: Identities,
  events: OperatorEvents,
  input: Readonly<Record<string, unknown>>,
) {
  const name = await readName(identities, input);
  const shown = { accountId: name.accountId, type: typeOf(name.kind), name: name.name };
  const happening = { eventName: 'RemoveGuardrail', accountId: name.accountId, details: shown } as const;
  const isGone = await events.along(happening, (store) => removeGuardrail(inStore(identities, store), name));
  if (!isGone) throw new AccountError(`There is no guardrail ${name.name}.`);
  return shown;
}

function inStore(identities: Identities, store: Store): Identities {
  return { ...identities, vault: { ...identities.vault, store } };
}

export async function showGuardrails({ vault }: Identities): Promise<readonly ShownGuardrail[]> {
  const records = await listGuardrails(vault.store);
  return records.map(({ accountId, kind, name, document }) => ({ accountId, type: typeOf(kind), name, document }));
}

function typeOf(kind: GuardrailKind): string {
  return kind === 'service-control' ? 'scp' : 'rcp';
}

async function readName({ vault }: Identities, input: Readonly<Record<string, unknown>>) {
  const [name, account, type] = [textIn(input, 'name'), textIn(input, 'account'), textIn(input, 'type')];
  requireGuardrailName({ name, account, type });
  const accountId = account as AccountId; // just checked
  const kind = kinds[type as keyof typeof kinds];
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
