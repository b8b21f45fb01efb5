/** The operations on policies and their simulation; iam/api.ts joins them with those on users, groups and roles. */
import type { QueryOperation } from '#call/query/operation.ts';
import { attachmentOperations } from './attachments.ts';
import { boundaryOperations } from './boundaries.ts';
import { detailOperations } from './details.ts';
import { inlinePolicyOperations } from './inline-policies.ts';
import { managedPolicyOperations } from './managed-policies.ts';
import { policyTagOperations } from './policy-tags.ts';
import { policyVersionOperations } from './policy-versions.ts';
import { simulationOperations } from './simulation.ts';

export const policyOperations: readonly QueryOperation[] = [
  ...managedPolicyOperations,
  ...policyVersionOperations,
  ...inlinePolicyOperations,
  ...attachmentOperations,
  ...boundaryOperations,
  ...policyTagOperations,
  ...detailOperations,
  ...simulationOperations,
];
