/**
 * Key policies: read when they are put, compiled when they are first asked, and remembered for as long as the record that
 * holds them. The users and roles that a policy names are bound to their unique ids when it is put, so that a later one of
 * the same name is not meant. Source: AWS KMS Developer Guide, Key policies in AWS KMS; IAM User Guide, Principal element.
 */
import { sharedPolicyLength } from '#base/cache-shares.ts';
import { Lru } from '#base/lru.ts';
import { parseJson } from '#base/strict-json.ts';
import { knownActions } from './known-actions.ts';
import { type CompiledPolicy, compilePolicy } from './policy/compile.ts';
import type { PolicyDocument } from './policy/document.ts';
import { parsePolicyDocument } from './policy/parse.ts';
import { invalidPrincipals } from './policy/parse-principals.ts';

/** Names of a policy's principals, each with the id of whom it meant when the policy was put. */
export type PrincipalIds = readonly (readonly [name: string, id: string])[];

export interface ReadPolicy {
  readonly policy: CompiledPolicy;
  readonly principals: PrincipalIds;
}

/**
 * A policy that is to be put, ready to be asked. `idOf` gives the id of whom a name stands for at this moment, or undefined
 * where there is nobody. Throws MalformedPolicyDocumentException, also for principals that do not exist, and
 * LimitExceededException.
 */
export async function readKeyPolicy(
  text: string,
  idOf: (name: string) => Promise<string | undefined>,
): Promise<ReadPolicy> {
  const document = parsePolicyDocument(text, 'key');
  const principals = await bindPrincipals(document, idOf, invalidPrincipals);
  const uniqueIds = new Map(principals);
  return { policy: compilePolicy(document, { knownActions, uniqueIds }), principals };
}

/** The ids of a document's principals. Throws what `refuse` makes of a name that nobody bears. */
export async function bindPrincipals(
  { statements }: PolicyDocument,
  idOf: (name: string) => Promise<string | undefined>,
  refuse: (name: string) => Error,
): Promise<PrincipalIds> {
  const principals: [name: string, id: string][] = [];
  for (const name of new Set(statements.flatMap((statement) => statement.principals?.names ?? []))) {
    const id = await idOf(name);
    if (id === undefined) throw refuse(name);
    if (isUniqueId(id)) principals.push([name, id]);
  }
  return principals;
}

function isUniqueId(name: string): boolean {
  return /^(?:AIDA|AROA)/.test(name);
}

/** What of a key's record its policy is. */
export interface PolicyHolder {
  readonly policy: string;
  readonly policyPrincipals?: PrincipalIds;
}

const compiled = new WeakMap<object, CompiledPolicy>();
/** By text: many keys have the default policy. */
const shared = new Lru<CompiledPolicy>(1000);

/**
 * The policy of a key, compiled once for each state of the key's record, and once for all that share it. One that cannot be read any more is our own fault,
 * and permits nothing: the error is none that the caller is told about.
 */
export function policyOf(record: PolicyHolder): CompiledPolicy {
  const known = compiled.get(record);
  if (known !== undefined) return known;
  const { policy: text, policyPrincipals = [] } = record;
  const isShared = policyPrincipals.length === 0 && text.length <= sharedPolicyLength;
  const policy = (isShared ? shared.get(text) : undefined) ?? compileStored(record);
  if (isShared) shared.set(text, policy);
  compiled.set(record, policy);
  return policy;
}

function compileStored({ policy, policyPrincipals = [] }: PolicyHolder): CompiledPolicy {
  try {
    const uniqueIds = new Map(policyPrincipals);
    return compilePolicy(parsePolicyDocument(policy, 'key'), { knownActions, uniqueIds });
  } catch (error) {
    throw new Error('A stored key policy cannot be read.', { cause: error });
  }
}

/**
 * A policy as it is shown: as it was sent, but with the names that its principals have now. `nameOf` gives the ARN of an id;
 * an id whose bearer is gone is shown itself.
 */
export async function shownPolicy(
  { policy, policyPrincipals = [] }: PolicyHolder,
  nameOf: (id: string) => Promise<string | undefined>,
): Promise<string> {
  const names = new Map<string, string>();
  for (const [name, id] of policyPrincipals) {
    const current = (await nameOf(id)) ?? id;
    if (current !== name) names.set(name, current);
  }
  return names.size === 0 ? policy : renamePrincipals(policy, names);
}

function renamePrincipals(text: string, names: ReadonlyMap<string, string>): string {
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    return typeof value === 'object' && value !== null ? mapMembers(value, (_, member) => rename(member)) : value;
  };
  const inStatement = (statement: unknown) =>
    mapMembers(Object(statement), (name, value) => (/^(?:Not)?Principal$/.test(name) ? rename(value) : value));
  const document = mapMembers(Object(parseJson(text)), (name, value) => {
    if (name !== 'Statement') return value;
    return Array.isArray(value) ? value.map(inStatement) : inStatement(value);
  });
  return JSON.stringify(document);
}

function mapMembers(object: object, change: (name: string, value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}
