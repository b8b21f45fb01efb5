/**
 * The managed policies that AWS gives every account, as far as they say something about what is served here. Source: AWS
 * Managed Policy Reference; IAM User Guide, AWS managed policies for job functions.
 */
import type { PolicyReference } from '#storage/store.ts';

export interface AwsManagedPolicy {
  readonly reference: PolicyReference;
  readonly name: string;
  readonly path: string;
  readonly policyId: string;
  readonly description: string;
  readonly document: string;
}

const power = [
  'kms:CreateAlias',
  'kms:CreateKey',
  'kms:DeleteAlias',
  'kms:Describe*',
  'kms:GenerateRandom',
  'kms:Get*',
  'kms:List*',
  'kms:TagResource',
  'kms:UntagResource',
  'iam:ListGroups',
  'iam:ListRoles',
  'iam:ListUsers',
];
const reading = [
  'kms:Describe*',
  'kms:Get*',
  'kms:List*',
  'iam:Get*',
  'iam:List*',
  'iam:SimulateCustomPolicy',
  'iam:SimulatePrincipalPolicy',
  'sts:GetAccessKeyInfo',
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
];

export const awsManagedPolicies: ReadonlyMap<PolicyReference, AwsManagedPolicy> = new Map(
  [
    policy('AdministratorAccess', 'Provides full access to AWS services and resources.', { Action: '*' }),
    policy(
      'PowerUserAccess',
      'Provides full access to AWS services and resources, but does not allow management of Users and groups.',
      { NotAction: ['iam:*', 'organizations:*', 'account:*'] },
    ),
    policy('ReadOnlyAccess', 'Provides read-only access to AWS services and resources.', { Action: reading }),
    policy('IAMFullAccess', 'Provides full access to IAM.', { Action: ['iam:*'] }),
    policy('IAMReadOnlyAccess', 'Provides read only access to IAM.', {
      Action: reading.filter((action) => action.startsWith('iam:')),
    }),
    policy('AWSKeyManagementServicePowerUser', 'Provides access to AWS Key Management Service (KMS).', {
      Action: power,
    }),
  ].map((one) => [one.reference, one]),
);

function policy(name: string, description: string, about: object): AwsManagedPolicy {
  return {
    reference: `aws:policy/${name}`,
    name,
    path: '/',
    policyId: `ANPA${name
      .toUpperCase()
      .replace(/[^A-Z]/g, '')
      .padEnd(17, 'A')
      .slice(0, 17)}`,
    description,
    document: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...about, Resource: '*' }] }),
  };
}
