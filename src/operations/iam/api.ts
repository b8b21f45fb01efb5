/** AWS Identity and Access Management, as far as it is served. Source: IAM API Reference, version 2010-05-08. */
import type { QueryApi } from '#call/query/operation.ts';
import { policyOperations } from './policy-registry.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const all = [...usersAndRolesOperations, ...policyOperations];
const operations: QueryApi['operations'] = new Map(all.map((one) => [one.name, one]));

export const iam: QueryApi = {
  service: 'iam',
  version: '2010-05-08',
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations,
};
