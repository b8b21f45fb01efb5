/**
 * Policy documents: text to types, refusing whatever is not wholly understood. Source: IAM User Guide, IAM JSON policy
 * element reference and Grammar of the IAM JSON policy language; AWS KMS Developer Guide, Key policies; AWS KMS API
 * Reference, PutKeyPolicy. Left to the caller: whether principals exist, the lockout check, the sizes of IAM policies.
 */
import { JsonError, parseJson } from '#base/strict-json.ts';
import { limitExceeded, malformedPolicy } from '#model/errors.ts';
import { quotas } from '#model/quotas.ts';
import { splitArn } from './arn-pattern.ts';
import type { Effect, Patterns, PolicyDocument, PolicyKind, Principals, Statement } from './document.ts';
import { parseConditions } from './parse-conditions.ts';
import { parsePrincipals } from './parse-principals.ts';
import { asList, asObject, asTexts, brief, type Json, requireMembers } from './shape.ts';
import { parseTemplate, type Scope } from './template.ts';

interface Rules {
  /** Whether statements have a Principal, and documents an Id; never one without the other. */
  readonly hasPrincipals: boolean;
  readonly maxBytes: number | undefined;
  readonly sid: RegExp;
  /** Whether a statement may lack its Action or Resource. */
  readonly mayBeInert: boolean;
  /** Absent where a statement says what it is about; else all of them are about this. */
  readonly onlyAbout?: Patterns;
}

const rules: Readonly<Record<PolicyKind, Rules>> = {
  key: { hasPrincipals: true, maxBytes: quotas.keyPolicyBytes, sid: /^/, mayBeInert: true },
  identity: { hasPrincipals: false, maxBytes: undefined, sid: /^[A-Za-z\d]*$/, mayBeInert: false },
  'resource-guardrail': { hasPrincipals: true, maxBytes: undefined, sid: /^[A-Za-z\d]*$/, mayBeInert: false },
  trust: {
    hasPrincipals: true,
    maxBytes: undefined,
    sid: /^[A-Za-z\d]*$/,
    mayBeInert: false,
    onlyAbout: { isExcept: false, patterns: ['*'] },
  },
};

/** Throws MalformedPolicyDocumentException, and LimitExceededException for a key policy that is too long. */
export function parsePolicyDocument(text: string, kind: PolicyKind): PolicyDocument {
  const { maxBytes, hasPrincipals } = rules[kind];
  if (maxBytes !== undefined && Buffer.byteLength(text) > maxBytes) {
    throw limitExceeded(`The key policy is larger than ${maxBytes} bytes.`);
  }
  if (!/^[\t\n\r\u0020-\u00ff]+$/.test(text)) throw malformedPolicy('The policy has a character that is not allowed.');
  const document = asObject(parseText(text), 'The policy');
  requireMembers(document, ['Version', 'Statement', ...(hasPrincipals ? ['Id'] : [])], 'The policy');
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformedPolicy('Version must be 2012-10-17 or 2008-10-17.');
  }
  if (document['Id'] !== undefined && typeof document['Id'] !== 'string') throw malformedPolicy('Id must be a string.');
  const list = asList(document['Statement']);
  if (list.length === 0) throw malformedPolicy('The policy has no Statement.');
  const scope = { kind, hasVariables: version === '2012-10-17' };
  const statements = list.map((statement) => parseStatement(asObject(statement, 'A statement'), scope));
  requireUniqueSids(statements);
  return { ...scope, statements };
}

function parseText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw malformedPolicy(error.message);
    throw error;
  }
}

function parseStatement(statement: Json, scope: Scope): Statement {
  const { hasPrincipals, mayBeInert, onlyAbout, sid: sidForm } = rules[scope.kind];
  const members = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
  requireMembers(statement, [...members, 'Principal', 'NotPrincipal'], 'A statement');
  const sid = statement['Sid'];
  if (sid !== undefined && !(typeof sid === 'string' && sidForm.test(sid))) {
    throw malformedPolicy('Sid must be a string of letters and digits.');
  }
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw malformedPolicy('The Effect of a statement must be Allow or Deny.');
  }
  const actions = parsePatterns(statement, 'Action');
  const resources = onlyAbout ?? parsePatterns(statement, 'Resource');
  if (onlyAbout !== undefined) refuseResources(statement);
  if (!mayBeInert && !(actions?.patterns.length && resources?.patterns.length)) {
    throw malformedPolicy('A statement must have an Action and a Resource.');
  }
  for (const pattern of actions?.patterns ?? []) checkAction(pattern, scope);
  for (const pattern of resources?.patterns ?? []) checkResource(pattern, scope);
  const principals = hasPrincipals ? parseStatementPrincipals(statement, effect, scope) : refusePrincipals(statement);
  const conditions = parseConditions(statement['Condition'], scope);
  return { sid: sid || undefined, effect, principals, actions, resources, conditions };
}

function parseStatementPrincipals(statement: Json, effect: Effect, { kind }: Scope): Principals {
  const { Principal, NotPrincipal } = statement;
  if ((Principal === undefined) === (NotPrincipal === undefined)) {
    throw malformedPolicy('A statement must have either Principal or NotPrincipal.');
  }
  if (NotPrincipal !== undefined && effect === 'Allow') {
    throw malformedPolicy('NotPrincipal must not be used with the Effect Allow.');
  }
  const isExcept = Principal === undefined;
  return parsePrincipals(isExcept ? NotPrincipal : Principal, { isExcept, mayBeFederated: kind === 'trust' });
}

function refusePrincipals({ Principal, NotPrincipal }: Json): undefined {
  if (Principal !== undefined || NotPrincipal !== undefined) {
    throw malformedPolicy('Policy document should not specify a principal.');
  }
}

function refuseResources({ Resource, NotResource }: Json): void {
  if (Resource !== undefined || NotResource !== undefined) throw malformedPolicy('Has prohibited field Resource');
}

function parsePatterns(statement: Json, element: 'Action' | 'Resource'): Patterns | undefined {
  const positive = statement[element];
  const negative = statement[`Not${element}`];
  if (positive !== undefined && negative !== undefined) {
    throw malformedPolicy(`A statement must not have both ${element} and Not${element}.`);
  }
  if (positive === undefined && negative === undefined) return undefined;
  const isExcept = positive === undefined;
  return { isExcept, patterns: asTexts(isExcept ? negative : positive, element) };
}

/** Names that no service has are taken, as they may become actions of one. */
function checkAction(pattern: string, { kind }: Scope): void {
  if (kind === 'trust' && !/^sts:/i.test(pattern)) {
    throw malformedPolicy('AssumeRole policy may only specify STS AssumeRole actions.');
  }
  if (pattern !== '*' && !/^[a-z\d-]+:[\w*?-]+$/i.test(pattern)) {
    throw malformedPolicy(`The action ${brief(pattern)} is not of the form service:name.`);
  }
}

/** IAM User Guide, Resource: wildcards not in the service; variables only in the last part. */
function checkResource(pattern: string, { hasVariables }: Scope): void {
  if (pattern === '*') return;
  const parts = splitArn(pattern);
  if (parts?.[0] !== 'arn' || /[*?]/.test(parts[2] ?? '')) {
    throw malformedPolicy(`Resource ${brief(pattern)} must be in ARN format or "*".`);
  }
  const isMisplaced = hasVariables && parts.slice(0, -1).some((part) => part.includes('${'));
  if (isMisplaced || parseTemplate(pattern, { hasVariables, hasWildcards: true }) === undefined) {
    throw malformedPolicy(`Resource ${brief(pattern)} has a malformed or misplaced policy variable.`);
  }
}

function requireUniqueSids(statements: readonly Statement[]): void {
  const sids = statements.map(({ sid }) => sid).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) throw malformedPolicy('Statement IDs (SID) in a single policy must be unique.');
}
