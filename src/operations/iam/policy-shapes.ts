/**
 * The shapes of operations on policies: limits, patterns and structures. Source: the service's published model, API version
 * 2010-05-08, as the AWS SDKs carry it.
 */
import { boolean, enumeration, integer, list, optional, string, structure, textMap, timestamp } from '#model/schema.ts';
import * as shapes from './shapes.ts';

export const policyName = string({ min: 1, max: 128, pattern: '[\\w+=,.@-]+' });
export const policyPath = string({ min: 1, max: 512, pattern: '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/' });
export const policyDescription = string({ max: 1000 });
export const versionId = string({ pattern: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' });
export const entityType = enumeration(['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy']);
export const usage = enumeration(['PermissionsPolicy', 'PermissionsBoundary']);

// --- Managed policies ------------------------------------------------------------------------------------------------

const aboutPolicy = {
  PolicyName: optional(policyName),
  PolicyId: optional(shapes.id),
  Arn: optional(shapes.arn),
  Path: optional(policyPath),
  DefaultVersionId: optional(versionId),
  AttachmentCount: optional(integer()),
  PermissionsBoundaryUsageCount: optional(integer()),
  IsAttachable: optional(boolean),
  Description: optional(policyDescription),
  CreateDate: optional(timestamp),
  UpdateDate: optional(timestamp),
};
export const policy = structure({ ...aboutPolicy, Tags: optional(shapes.tags) });

export const policyVersion = structure({
  Document: optional(shapes.policyDocument),
  VersionId: optional(versionId),
  IsDefaultVersion: optional(boolean),
  CreateDate: optional(timestamp),
});

export const attachedPolicies = list(structure({ PolicyName: optional(policyName), PolicyArn: optional(shapes.arn) }));

export const entitiesOfPolicy = {
  PolicyGroups: optional(list(structure({ GroupName: optional(shapes.groupName), GroupId: optional(shapes.id) }))),
  PolicyUsers: optional(list(structure({ UserName: optional(shapes.newUserName), UserId: optional(shapes.id) }))),
  PolicyRoles: optional(list(structure({ RoleName: optional(shapes.roleName), RoleId: optional(shapes.id) }))),
};

// --- GetAccountAuthorizationDetails ----------------------------------------------------------------------------------

const policyDetails = list(
  structure({ PolicyName: optional(policyName), PolicyDocument: optional(shapes.policyDocument) }),
);
const lastUsed = structure({ LastUsedDate: optional(timestamp), Region: optional(shapes.text) });
const about = { Path: optional(shapes.path), Arn: optional(shapes.arn), CreateDate: optional(timestamp) };
const bounded = { PermissionsBoundary: optional(shapes.attachedBoundary), Tags: optional(shapes.tags) };

const instanceProfile = structure({
  Path: shapes.path,
  InstanceProfileName: string({ min: 1, max: 128, pattern: '[\\w+=,.@-]+' }),
  InstanceProfileId: shapes.id,
  Arn: shapes.arn,
  CreateDate: timestamp,
  Roles: list(shapes.role),
  Tags: optional(shapes.tags),
});

export const userDetail = structure({
  ...about,
  ...bounded,
  UserName: optional(shapes.newUserName),
  UserId: optional(shapes.id),
  UserPolicyList: optional(policyDetails),
  GroupList: optional(list(shapes.groupName)),
  AttachedManagedPolicies: optional(attachedPolicies),
});

export const groupDetail = structure({
  ...about,
  GroupName: optional(shapes.groupName),
  GroupId: optional(shapes.id),
  GroupPolicyList: optional(policyDetails),
  AttachedManagedPolicies: optional(attachedPolicies),
});

export const roleDetail = structure({
  ...about,
  ...bounded,
  RoleName: optional(shapes.roleName),
  RoleId: optional(shapes.id),
  AssumeRolePolicyDocument: optional(shapes.policyDocument),
  InstanceProfileList: optional(list(instanceProfile)),
  RolePolicyList: optional(policyDetails),
  AttachedManagedPolicies: optional(attachedPolicies),
  RoleLastUsed: optional(lastUsed),
});

export const policyDetail = structure({ ...aboutPolicy, PolicyVersionList: optional(list(policyVersion)) });

// --- Simulation ------------------------------------------------------------------------------------------------------

export const policyInputs = list(shapes.policyDocument);
export const policyExclusions = list(
  structure({
    PolicyType: optional(shapes.text),
    PolicyArn: optional(shapes.text),
    InlinePolicyIdentifier: optional(
      structure({ PolicyName: shapes.text, AttachmentType: shapes.text, AttachmentName: shapes.text }),
    ),
  }),
);
/** One element for each level of an organisation. */
export const organizationPolicies = list(structure({ ServiceControlPolicyInputList: optional(policyInputs) }));
const contextKeyName = string({ min: 5, max: 256 });
export const contextKeyNames = list(contextKeyName);
export const actionNames = list(string({ min: 3, max: 128 }));
export const resourceName = string({ min: 1, max: 2048 });
export const resourceNames = list(resourceName);
export const resourceHandling = string({ min: 1, max: 64 });

export const contextEntries = list(
  structure({
    ContextKeyName: optional(contextKeyName),
    ContextKeyValues: optional(list(string())),
    ContextKeyType: optional(
      enumeration([
        'string',
        'stringList',
        'numeric',
        'numericList',
        'boolean',
        'booleanList',
        'ip',
        'ipList',
        'binary',
        'binaryList',
        'date',
        'dateList',
      ]),
    ),
  }),
);

const decision = enumeration(['allowed', 'explicitDeny', 'implicitDeny']);
const position = structure({ Line: optional(integer()), Column: optional(integer()) });

const whyDecided = {
  MatchedStatements: optional(
    list(
      structure({
        SourcePolicyId: optional(string()),
        SourcePolicyType: optional(
          enumeration(['user', 'group', 'role', 'aws-managed', 'user-managed', 'resource', 'none']),
        ),
        StartPosition: optional(position),
        EndPosition: optional(position),
      }),
    ),
  ),
  MissingContextValues: optional(contextKeyNames),
  EvalDecisionDetails: optional(textMap()),
  PermissionsBoundaryDecisionDetail: optional(structure({ AllowedByPermissionsBoundary: optional(boolean) })),
};

export const evaluationResults = list(
  structure({
    EvalActionName: string({ min: 3, max: 128 }),
    EvalResourceName: optional(resourceName),
    EvalDecision: decision,
    ...whyDecided,
    OrganizationsDecisionDetail: optional(structure({ AllowedByOrganizations: optional(boolean) })),
    ResourceSpecificResults: optional(
      list(structure({ EvalResourceName: resourceName, EvalResourceDecision: decision, ...whyDecided })),
    ),
  }),
);
