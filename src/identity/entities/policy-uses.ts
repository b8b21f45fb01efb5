/** Who uses which managed policy, and as what: the index that is kept with every change of a user, role or group. */
import type { AccountId } from '#model/arn.ts';
import { listInSteps } from '#storage/steps.ts';
import type { PolicyReference, Reader } from '#storage/store.ts';
import type { EntityKind } from './entities.ts';

export interface PolicyUse {
  readonly reference: PolicyReference;
  readonly kind: EntityKind;
  readonly isBoundary: boolean;
  /** In lower case. */
  readonly name: string;
}

/** Of one policy, or of all. */
export async function readPolicyUses(
  reader: Reader,
  accountId: AccountId,
  reference?: PolicyReference,
): Promise<readonly PolicyUse[]> {
  const within = reference === undefined ? [accountId] : [accountId, reference];
  const entries = await listInSteps(reader, 'policyUses', within);
  return entries.map(({ key: [, used = '', use = '', name = ''] }) => {
    const [kind = '', boundary] = use.split('-');
    return { reference: used, kind: kind as EntityKind, isBoundary: boundary !== undefined, name }; // written as a kind
  });
}

/** How often a policy is attached, and how often it is a permissions boundary. */
export interface UseCount {
  readonly attachments: number;
  readonly boundaries: number;
}

const unused: UseCount = { attachments: 0, boundaries: 0 };

/** Counts once for all policies; what is asked for a policy that nobody uses gives zeros. */
export function countUses(uses: readonly PolicyUse[]): (reference: PolicyReference) => UseCount {
  const counts = new Map<PolicyReference, UseCount>();
  for (const { reference, isBoundary } of uses) {
    const { attachments, boundaries } = counts.get(reference) ?? unused;
    const count = isBoundary
      ? { attachments, boundaries: boundaries + 1 }
      : { attachments: attachments + 1, boundaries };
    counts.set(reference, count);
  }
  return (reference) => counts.get(reference) ?? unused;
}
