/**
 * The shapes that the operations of IAM share: limits, patterns and structures. Source: the service's published model, API
 * version 2010-05-08, as the AWS SDKs carry it.
 */
import {
  boolean,
  enumeration,
  integer,
  list,
  optional,
  secretString,
  string,
  structure,
  timestamp,
} from '#model/schema.ts';

// --- Names and text --------------------------------------------------------------------------------------------------

const named = (max: number) => string({ min: 1, max, pattern: '[\\w+=,.@-]+' });
export const newUserName = named(64);
/** Longer than a user can be called: AWS looks for it all the same. */
export const userName = named(128);
export const groupName = named(128);
export const roleName = named(64);
export const path = string({ min: 1, max: 512, pattern: '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)' });
export const pathPrefix = string({ min: 1, max: 512, pattern: '\\u002F[\\u0021-\\u007F]*' });
export const arn = string({ min: 20, max: 2048 });
export const id = string({ min: 16, max: 128, pattern: '[\\w]+' });
export const policyDocument = string({ min: 1, max: 131_072, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' });
export const roleDescription = string({
  max: 1000,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
});
export const maxSessionDuration = integer({ min: 3600, max: 43_200 });
export const status = enumeration(['Active', 'Inactive', 'Expired']);
export const text = string();
export const date = timestamp;

// --- Pages -----------------------------------------------------------------------------------------------------------

/** Members of every request for a page. */
export const pageWish = {
  Marker: optional(string({ min: 1, max: 320, pattern: '[\\u0020-\\u00FF]+' })),
  MaxItems: optional(integer({ min: 1, max: 1000 })),
};
/** Members of every page. */
export const pageEnd = { IsTruncated: optional(boolean), Marker: optional(text) };

// --- Tags ------------------------------------------------------------------------------------------------------------

const tagKey = string({ min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' });
const tagValue = string({ min: 0, max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' });
export const tags = list(structure({ Key: tagKey, Value: tagValue }), { max: 50 });
export const tagKeys = list(tagKey, { max: 50 });

// --- Users, groups, roles --------------------------------------------------------------------------------------------

export const attachedBoundary = structure({
  PermissionsBoundaryType: optional(enumeration(['PermissionsBoundaryPolicy'])),
  PermissionsBoundaryArn: optional(arn),
});

/** The root user has neither name nor path, though the model requires both. */
export const user = structure({
  Path: optional(path),
  UserName: optional(newUserName),
  UserId: id,
  Arn: arn,
  CreateDate: timestamp,
  PasswordLastUsed: optional(timestamp),
  PermissionsBoundary: optional(attachedBoundary),
  Tags: optional(tags),
});

export const group = structure({
  Path: path,
  GroupName: groupName,
  GroupId: id,
  Arn: arn,
  CreateDate: timestamp,
});

export const role = structure({
  Path: path,
  RoleName: roleName,
  RoleId: id,
  Arn: arn,
  CreateDate: timestamp,
  AssumeRolePolicyDocument: optional(policyDocument),
  Description: optional(roleDescription),
  MaxSessionDuration: optional(maxSessionDuration),
  PermissionsBoundary: optional(attachedBoundary),
  Tags: optional(tags),
  RoleLastUsed: optional(structure({ LastUsedDate: optional(timestamp), Region: optional(text) })),
});

// --- Access keys -----------------------------------------------------------------------------------------------------

export const accessKeyId = string({ min: 16, max: 128, pattern: '[\\w]+' });

/** Of a new one. Those of the root user have no user name, though the model requires it. */
export const accessKey = structure({
  UserName: optional(newUserName),
  AccessKeyId: accessKeyId,
  Status: status,
  SecretAccessKey: secretString,
  CreateDate: optional(timestamp),
});

export const accessKeyMetadata = structure({
  UserName: optional(newUserName),
  AccessKeyId: optional(accessKeyId),
  Status: optional(status),
  CreateDate: optional(timestamp),
});

// --- OpenID Connect providers ----------------------------------------------------------------------------------------

export const openIdProviderUrl = string({ min: 1, max: 255 });
export const clientId = string({ min: 1, max: 255 });
export const clientIds = list(clientId);
export const thumbprints = list(string({ min: 40, max: 40 }));

// --- Accounts --------------------------------------------------------------------------------------------------------

export const accountAlias = string({ min: 3, max: 63, pattern: '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$' });
