/**
 * What the policy language must know about single condition keys; which requests have them is the context's business.
 * Source: IAM User Guide, Single-valued vs. multivalued context keys, and AWS global condition context keys; AWS KMS
 * Developer Guide, Condition keys for AWS KMS. Names are in lower case, as keys are compared.
 */
import type { PolicyKind } from './document.ts';

const multivalued: ReadonlySet<string> = new Set([
  'aws:calledvia',
  'aws:principalorgpaths',
  'aws:principalservicenameslist',
  'aws:resourceorgpaths',
  'aws:sourceorgpaths',
  'aws:tagkeys',
  'aws:vpceorgpaths',
  'kms:encryptioncontextkeys',
  'kms:grantoperations',
  'kms:resourcealiases',
  'sts:transitivetagkeys',
]);

/** Multivalued keys cannot be policy variables, however many values a request happens to have. */
export function isMultivalued(key: string): boolean {
  return multivalued.has(key);
}

/**
 * AWS KMS Developer Guide, ABAC: tags and aliases of a key are for identity policies only. In a key policy they are absent.
 */
export function isReadable(key: string, kind: PolicyKind): boolean {
  return kind !== 'key' || !(key === 'kms:resourcealiases' || key.startsWith('aws:resourcetag/'));
}

/** The single-valued keys for which PutKeyPolicy refuses ForAllValues, by what they hold. */
export function singleValuedKind(key: string): 'encryption context' | 'tag' | undefined {
  if (key.startsWith('kms:encryptioncontext:')) return 'encryption context';
  return key.startsWith('aws:requesttag/') ? 'tag' : undefined;
}
