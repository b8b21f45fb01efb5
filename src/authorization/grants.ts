/**
 * What a grant permits. Source: AWS KMS Developer Guide, Grants in AWS KMS, Using grant constraints, "Granting CreateGrant
 * permission"; API Reference, GrantConstraints.
 */

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
}

/** Operations that have no encryption context of their own: a constraint on it does not keep from them. */
const withoutContext: ReadonlySet<string> = new Set(['DescribeKey', 'GetPublicKey', 'RetireGrant', 'CreateGrant']);

/** Whether the grant allows it to whom it names. Names and values of the context are compared by case. */
// Diverges: grant-constraint-case
export function covers({ operations, constraints }: GrantTerms, { operation, encryptionContext }: GrantWish): boolean {
  if (!operations.includes(operation)) return false;
  // Only services ask for a resource of theirs, and none does here.
  if (constraints?.sourceArn !== undefined && operation !== 'RetireGrant') return false;
  if (withoutContext.has(operation)) return true;
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints ?? {};
  if (equals !== undefined && (encryptionContext?.size !== equals.length || !includes(encryptionContext, equals))) {
    return false;
  }
  return subset === undefined || includes(encryptionContext, subset);
}

function includes(context: ReadonlyMap<string, string> | undefined, pairs: Pairs): boolean {
  return pairs.every(([name, value]) => context?.get(name) === value);
}
