/**
 * Trust policies of roles as requests bring them. What a statement of one may say is not looked at here: a document that
 * does not parse as a trust policy permits nobody anything when it is asked. Source: IAM User Guide, Principal element.
 */
import type { PrincipalIds } from '#authorization/key-policy.ts';
import { JsonError, parseJson } from '#base/strict-json.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import type { NewTrust } from '#identity/roles.ts';
import { type Place, partitionOf } from '#model/arn.ts';
import { iamMalformedPolicy } from '#model/iam-errors.ts';

export function newTrust(text: string, { region }: Place): NewTrust {
  const partition = partitionOf(region);
  return { text, read: (reader) => readTrustPolicy(text, (name) => principalIdOf(reader, name, partition)) };
}

/**
 * The ids of the users and roles that a trust policy names under `AWS`; `idOf` gives the id of a name, or undefined where there
 * is nobody. Throws MalformedPolicyDocument, also for principals that do not exist.
 */
export async function readTrustPolicy(
  text: string,
  idOf: (name: string) => Promise<string | undefined>,
): Promise<{ readonly principals: PrincipalIds }> {
  const names = new Set(statementsOf(text).flatMap(principalsOf));
  const principals: [name: string, id: string][] = [];
  for (const name of names) {
    const id = await idOf(name);
    if (id === undefined) throw iamMalformedPolicy(`Invalid principal in policy: "AWS":"${name}"`);
    if (/^(?:AIDA|AROA)/.test(id)) principals.push([name, id]); // the others are names themselves
  }
  return { principals };
}

function statementsOf(text: string): readonly object[] {
  const document = membersOf(parsed(text));
  const statements = [document['Statement']].flat();
  if (statements.length === 0 || !statements.every(isObject)) throw iamMalformedPolicy('Syntax errors in policy.');
  return statements;
}

function principalsOf(statement: object): readonly string[] {
  const { Principal, NotPrincipal } = membersOf(statement);
  if (NotPrincipal !== undefined) throw iamMalformedPolicy('A trust policy cannot have a NotPrincipal.');
  if (Principal === '*') return [];
  if (!isObject(Principal)) throw iamMalformedPolicy('A statement of a trust policy needs a Principal.');
  const names = [membersOf(Principal)['AWS'] ?? []].flat();
  if (!names.every((name) => typeof name === 'string')) throw iamMalformedPolicy('Syntax errors in policy.');
  return names.filter((name) => name !== '*');
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw iamMalformedPolicy('This policy contains invalid Json');
    throw error;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw iamMalformedPolicy('Syntax errors in policy.');
  return value as Readonly<Record<string, unknown>>;
}
