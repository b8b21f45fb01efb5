/**
 * The form of a key policy document: which elements there are and what they may hold. Source: IAM User Guide, Grammar of
 * the IAM JSON policy language; AWS KMS API Reference, PutKeyPolicy. Who is named and what it means is not looked at
 * here; issue #3 brings that, and puts policies in force.
 */
import { JsonError, parseJson } from '#base/strict-json.ts';
import { limitExceeded, malformedPolicy } from '#model/errors.ts';

/** AWS KMS quotas, Key policy document size. */
const maxBytes = 32_768;

type Json = Readonly<Record<string, unknown>>;

/** The document as it was sent. Throws MalformedPolicyDocumentException or LimitExceededException. */
export function parsePolicy(text: string): string {
  if (Buffer.byteLength(text) > maxBytes) {
    throw limitExceeded(`The key policy is larger than ${maxBytes} bytes.`);
  }
  const document = asObject(parseDocument(text), 'The policy');
  requireMembers(document, ['Version', 'Id', 'Statement'], 'The policy');
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformedPolicy('Version must be 2012-10-17 or 2008-10-17.');
  }
  const statements = listOf(document['Statement']);
  if (statements.length === 0) throw malformedPolicy('The policy has no Statement.');
  for (const statement of statements) checkStatement(asObject(statement, 'A statement'));
  return text;
}

function parseDocument(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw malformedPolicy(error.message);
    throw error;
  }
}

function checkStatement(statement: Json): void {
  const members = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource'];
  requireMembers(statement, [...members, 'Condition'], 'A statement');
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') {
    throw malformedPolicy('The Effect of a statement must be Allow or Deny.');
  }
  if ((statement['Principal'] === undefined) === (statement['NotPrincipal'] === undefined)) {
    throw malformedPolicy('A statement must have either Principal or NotPrincipal.');
  }
  checkPrincipal(statement['Principal'] ?? statement['NotPrincipal']);
  for (const [element, opposite] of [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
  ] as const) {
    if (statement[element] !== undefined && statement[opposite] !== undefined) {
      throw malformedPolicy(`A statement must not have both ${element} and ${opposite}.`);
    }
    // AWS takes a statement without Action or Resource, and lets it mean nothing.
    requireTexts(statement[element] ?? statement[opposite] ?? [], element);
  }
  if (statement['Sid'] !== undefined && typeof statement['Sid'] !== 'string')
    throw malformedPolicy('Sid must be a string.');
  checkCondition(statement['Condition'] ?? {});
}

function checkPrincipal(principal: unknown): void {
  if (principal === '*') return;
  const kinds = asObject(principal, 'A Principal other than "*"');
  requireMembers(kinds, ['AWS', 'Service', 'Federated', 'CanonicalUser'], 'A Principal');
  for (const [kind, names] of Object.entries(kinds)) requireTexts(names, kind);
}

function checkCondition(condition: unknown): void {
  for (const keys of Object.values(asObject(condition, 'A Condition'))) {
    for (const [key, values] of Object.entries(asObject(keys, 'A Condition operator'))) {
      if (!listOf(values).every((value) => ['string', 'number', 'boolean'].includes(typeof value))) {
        throw malformedPolicy(`The values of the condition key ${key} must be strings, numbers or booleans.`);
      }
    }
  }
}

function requireTexts(value: unknown, element: string): void {
  if (!listOf(value).every((text) => typeof text === 'string')) {
    throw malformedPolicy(`${element} must be a string or a list of strings.`);
  }
}

function requireMembers(object: Json, known: readonly string[], what: string): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformedPolicy(`${what} has the unknown element ${unknown}.`);
}

function asObject(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedPolicy(`${what} must be an object.`);
  }
  return value as Json; // a parsed JSON object
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
