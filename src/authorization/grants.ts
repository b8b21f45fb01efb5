/**
 * What a grant permits. Source: AWS KMS Developer Guide, Grants in AWS KMS, Using grant constraints, "Granting CreateGrant
 * permission"; API Reference, GrantConstraints.
 */
import type { GrantMatch } from './policy/decide.ts';
import type { Strength } from './policy/principals.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** As the store keeps it. */
export interface GrantTerms {
  /** `Decrypt` */
  readonly operations: readonly string[];
  readonly constraints?: {
    readonly encryptionContextEquals?: Pairs;
    readonly encryptionContextSubset?: Pairs;
    readonly sourceArn?: string;
  };
}

/** What is asked of a grant. */
export interface GrantWish {
  /** `Decrypt` */
  readonly operation: string;
  /** Undefined where the request has none. */
  readonly encryptionContext: ReadonlyMap<string, string> | undefined;
  /** The grant that CreateGrant is to make. */
  readonly child?: GrantTerms | undefined;
}

/** Operations that have no encryption context of their own: a constraint on it does not keep from them. */
const withoutContext: ReadonlySet<string> = new Set(['DescribeKey', 'GetPublicKey']);

/** Whether the grant allows it to whom it names. Names and values of the context are compared by case. */
// Diverges: grant-constraint-case
export function covers(terms: GrantTerms, { operation, encryptionContext, child }: GrantWish): boolean {
  if (!terms.operations.includes(operation)) return false;
  if (operation === 'RetireGrant') return true; // no constraint applies to it
  const { sourceArn, encryptionContextEquals: equals, encryptionContextSubset: subset } = terms.constraints ?? {};
  // Only services ask for a resource of theirs, and none does here.
  if (sourceArn !== undefined) return false;
  if (operation === 'CreateGrant') return child !== undefined && mayHandOn(terms, child);
  if (withoutContext.has(operation)) return true;
  if (equals !== undefined && (encryptionContext?.size !== equals.length || !includes(encryptionContext, equals))) {
    return false;
  }
  return subset === undefined || includes(encryptionContext, subset);
}

/**
 * Whether who has no more than the grant `parent` may make the grant `child`: of operations of the parent, under constraints
 * that let nothing through that the parent's do not.
 */
export function mayHandOn(parent: GrantTerms, child: GrantTerms): boolean {
  const [wide, narrow] = [parent.constraints ?? {}, child.constraints ?? {}];
  const context = new Map(narrow.encryptionContextEquals ?? narrow.encryptionContextSubset);
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = wide;
  const isExact = equals === undefined || narrow.encryptionContextEquals?.length === equals.length;
  return (
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    (wide.sourceArn === undefined || narrow.sourceArn === wide.sourceArn) &&
    isExact &&
    includes(context, [...(equals ?? []), ...(subset ?? [])])
  );
}

/** Who is named by a grant, and the account that it was made by. */
export interface Retirable extends GrantTerms {
  readonly grantId: string;
  readonly grantee: { readonly id: string };
  readonly retirer?: { readonly id: string };
  readonly issuingAccountId: string;
}

export interface Retirer {
  readonly accountId: string;
  /** The ids under which grants may name the caller. */
  readonly ids: readonly (readonly [id: string, strength: Strength])[];
}

/**
 * In which ways the caller might retire the grant: as its retiring principal, as its grantee where it includes RetireGrant,
 * or by the account that made it. Where an account is meant, the account's own policies say who may.
 * Source: AWS KMS Developer Guide, Retiring and revoking grants; Controlling access to RetireGrant.
 */
export function waysToRetire(grant: Retirable, { accountId, ids }: Retirer): readonly GrantMatch[] {
  const { grantId, grantee, retirer, issuingAccountId } = grant;
  const named = new Set([retirer?.id]);
  if (covers(grant, { operation: 'RetireGrant', encryptionContext: undefined })) named.add(grantee.id);
  const ways = ids.filter(([id]) => named.has(id)).map(([, strength]) => ({ grantId, strength }));
  return accountId === issuingAccountId ? [...ways, { grantId, strength: 'account' }] : ways;
}

function includes(context: ReadonlyMap<string, string> | undefined, pairs: Pairs): boolean {
  return pairs.every(([name, value]) => context?.get(name) === value);
}
