/** The operations of IAM on users, groups, roles, access keys, OpenID Connect providers and the account. */
import type { QueryOperation } from '#call/query/operation.ts';
import { accessKeyOperations } from './access-keys.ts';
import { accountOperations } from './account.ts';
import { emptyOperations } from './empty.ts';
import { groupOperations } from './groups.ts';
import { membershipOperations } from './memberships.ts';
import { openIdProviderOperations } from './openid-providers.ts';
import { roleOperations } from './roles.ts';
import { entityTagging } from './tagging.ts';
import { userOperations } from './users.ts';

export const usersAndRolesOperations: readonly QueryOperation[] = [
  ...userOperations,
  ...groupOperations,
  ...membershipOperations,
  ...roleOperations,
  ...accessKeyOperations,
  ...entityTagging,
  ...openIdProviderOperations,
  ...accountOperations,
  ...emptyOperations,
];
