/**
 * The shapes of what IAM has and this service does not: answers name them, in lists that are always empty. Source: the
 * service's published model, API version 2010-05-08.
 */
import { blob, boolean, enumeration, list, optional, string, structure } from '#model/schema.ts';
import * as shapes from './shapes.ts';

const name = string({ min: 1, max: 128, pattern: '[\\w+=,.@-]+' });
const longId = string({ min: 20, max: 128, pattern: '[\\w]+' });
const serialNumber = string({ min: 9, max: 256, pattern: '[\\w+=/:,.@-]+' });

export const assignmentStatus = enumeration(['Assigned', 'Unassigned', 'Any']);

export const instanceProfile = structure({
  Path: shapes.path,
  InstanceProfileName: name,
  InstanceProfileId: shapes.id,
  Arn: shapes.arn,
  CreateDate: shapes.date,
  Roles: list(shapes.role),
  Tags: optional(shapes.tags),
});

export const mfaDevice = structure({
  UserName: shapes.newUserName,
  SerialNumber: serialNumber,
  EnableDate: shapes.date,
});

export const virtualMfaDevice = structure({
  SerialNumber: serialNumber,
  Base32StringSeed: optional(blob()),
  QRCodePNG: optional(blob()),
  User: optional(shapes.user),
  EnableDate: optional(shapes.date),
  Tags: optional(shapes.tags),
});

export const sshPublicKey = structure({
  UserName: shapes.newUserName,
  SSHPublicKeyId: longId,
  Status: shapes.status,
  UploadDate: shapes.date,
});

export const signingCertificate = structure({
  UserName: shapes.newUserName,
  CertificateId: string({ min: 24, max: 128, pattern: '[\\w]+' }),
  CertificateBody: string({ min: 1, max: 16_384, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' }),
  Status: shapes.status,
  UploadDate: optional(shapes.date),
});

export const serviceSpecificCredential = structure({
  UserName: shapes.newUserName,
  Status: shapes.status,
  ServiceUserName: optional(string({ min: 0, max: 200, pattern: '[\\w+=,.@-]*' })),
  ServiceCredentialAlias: optional(string({ min: 0, max: 200, pattern: '[\\w+=,.@-]+' })),
  CreateDate: shapes.date,
  ExpirationDate: optional(shapes.date),
  ServiceSpecificCredentialId: longId,
  ServiceName: shapes.text,
});

export const serverCertificate = structure({
  Path: shapes.path,
  ServerCertificateName: name,
  ServerCertificateId: shapes.id,
  Arn: shapes.arn,
  UploadDate: optional(shapes.date),
  Expiration: optional(shapes.date),
});

export const samlProvider = structure({
  Arn: optional(shapes.arn),
  ValidUntil: optional(shapes.date),
  CreateDate: optional(shapes.date),
});

export const loginProfile = structure({
  UserName: shapes.newUserName,
  CreateDate: shapes.date,
  PasswordResetRequired: optional(boolean),
});
