/**
 * Key policies: read when they are put, compiled when they are first asked, and remembered for as long as the record that
 * holds them. Source: AWS KMS Developer Guide, Key policies in AWS KMS.
 */
import { kmsOperationNames } from '#model/operation-names.ts';
import { type CompiledPolicy, compilePolicy } from './policy/compile.ts';
import { parsePolicyDocument } from './policy/parse.ts';
import { invalidPrincipals } from './policy/parse-principals.ts';

const knownActions = new Set([
  ...kmsOperationNames.map((name) => `kms:${name}`),
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
]);

/**
 * A policy that is to be put, ready to be asked. Throws MalformedPolicyDocumentException, also for principals that do not
 * exist, and LimitExceededException. Accounts are taken at their word, as AWS takes accounts that it cannot see into;
 * users, roles and sessions do not exist before issue #3.
 */
export function readKeyPolicy(text: string): CompiledPolicy {
  const document = parsePolicyDocument(text, 'key');
  for (const { principals } of document.statements) {
    // Diverges: unknown-principals
    const isUnknown = (name: string) => name.startsWith('arn:') || /^(?:AIDA|AROA)/.test(name);
    if (principals?.names.some(isUnknown)) throw invalidPrincipals();
  }
  return compilePolicy(document, { knownActions });
}

const compiled = new WeakMap<object, CompiledPolicy>();

/**
 * The policy of a key, compiled once for each state of the key's record. One that cannot be read any more is our own fault,
 * and permits nothing: the error is none that the caller is told about.
 */
export function policyOf(record: { readonly policy: string }): CompiledPolicy {
  const known = compiled.get(record);
  if (known !== undefined) return known;
  const policy = compileStored(record.policy);
  compiled.set(record, policy);
  return policy;
}

function compileStored(text: string): CompiledPolicy {
  try {
    return compilePolicy(parsePolicyDocument(text, 'key'), { knownActions });
  } catch (error) {
    throw new Error('A stored key policy cannot be read.', { cause: error });
  }
}
