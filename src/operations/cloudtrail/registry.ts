/**
 * The operations of CloudTrail, all of those that its model has. Trails cannot be changed, and there are no event data stores,
 * dashboards, channels or imports. Source: AWS CloudTrail API Reference, version 2013-11-01.
 */
import { type CloudTrailOperation, cloudTrailOperation } from '#call/cloudtrail/operation.ts';
import { unsupported } from '#model/errors.ts';
import { structure } from '#model/schema.ts';
import { lookupEvents } from './lookup-events.ts';
import { listPublicKeys } from './public-keys.ts';
import { describeTrails, getEventSelectors, getTrail, getTrailStatus, listTrails } from './trails.ts';

const served = [
  describeTrails,
  getEventSelectors,
  getTrail,
  getTrailStatus,
  listPublicKeys,
  listTrails,
  lookupEvents,
] as const;

/** What AWS has besides. */
const unserved = [
  'AddTags',
  'CancelQuery',
  'CreateChannel',
  'CreateDashboard',
  'CreateEventDataStore',
  'CreateTrail',
  'DeleteChannel',
  'DeleteDashboard',
  'DeleteEventDataStore',
  'DeleteResourcePolicy',
  'DeleteTrail',
  'DeregisterOrganizationDelegatedAdmin',
  'DescribeQuery',
  'DisableFederation',
  'EnableFederation',
  'GenerateQuery',
  'GetChannel',
  'GetDashboard',
  'GetEventConfiguration',
  'GetEventDataStore',
  'GetImport',
  'GetInsightSelectors',
  'GetQueryResults',
  'GetResourcePolicy',
  'ListChannels',
  'ListDashboards',
  'ListEventDataStores',
  'ListImportFailures',
  'ListImports',
  'ListInsightsData',
  'ListInsightsMetricData',
  'ListQueries',
  'ListTags',
  'PutEventConfiguration',
  'PutEventSelectors',
  'PutInsightSelectors',
  'PutResourcePolicy',
  'RegisterOrganizationDelegatedAdmin',
  'RemoveTags',
  'RestoreEventDataStore',
  'SearchSampleQueries',
  'StartDashboardRefresh',
  'StartEventDataStoreIngestion',
  'StartImport',
  'StartLogging',
  'StartQuery',
  'StopEventDataStoreIngestion',
  'StopImport',
  'StopLogging',
  'UpdateChannel',
  'UpdateDashboard',
  'UpdateEventDataStore',
  'UpdateTrail',
] as const;

// Diverges: one-trail
function unservedOperation(name: string): CloudTrailOperation {
  return cloudTrailOperation({
    name,
    input: structure({}),
    output: structure({}),
    errors: ['UnsupportedOperationException'],
    asks: () => [],
    run: () => {
      throw unsupported(
        `${name} is not supported by Keywright: each account has one trail, which records everything and cannot be changed.`,
      );
    },
  });
}

export const cloudTrailOperations: ReadonlyMap<string, CloudTrailOperation> = new Map(
  [...served, ...unserved.map(unservedOperation)].map((operation) => [operation.name, operation]),
);
