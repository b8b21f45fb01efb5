/** Every operation of STS that is served. */
import type { QueryOperation } from '#call/query/operation.ts';
import { assumeRole } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { getFederationToken, getSessionToken } from './user-sessions.ts';
import { decodeAuthorizationMessage, getAccessKeyInfo, getCallerIdentity } from './who-is.ts';

export const stsOperations: readonly QueryOperation[] = [
  assumeRole,
  assumeRoleWithWebIdentity,
  decodeAuthorizationMessage,
  getAccessKeyInfo,
  getCallerIdentity,
  getFederationToken,
  getSessionToken,
];
