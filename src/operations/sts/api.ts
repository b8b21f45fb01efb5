/** AWS Security Token Service, as far as it is served. Source: STS API Reference, version 2011-06-15. */
import type { QueryApi } from '#call/query/operation.ts';
import { stsOperations } from './registry.ts';

const operations: QueryApi['operations'] = new Map(stsOperations.map((operation) => [operation.name, operation]));

export const sts: QueryApi = {
  service: 'sts',
  version: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations,
};
