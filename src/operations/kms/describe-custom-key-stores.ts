/** Lists custom key stores. Source: AWS KMS API Reference, DescribeCustomKeyStores. Not built yet. */
import { asksInGeneral, unbuilt } from '#call/operation.ts';
import { boolean, enumeration, list, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const describeCustomKeyStores = unbuilt({
  name: 'DescribeCustomKeyStores',
  because: 'custom key stores are on the roadmap',
  keys: {},
  asks: asksInGeneral,
  input: structure({
    CustomKeyStoreId: optional(shapes.customKeyStoreId),
    CustomKeyStoreName: optional(shapes.customKeyStoreName),
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
  }),
  output: structure({
    CustomKeyStores: optional(
      list(
        structure({
          CustomKeyStoreId: optional(shapes.customKeyStoreId),
          CustomKeyStoreName: optional(shapes.customKeyStoreName),
          CloudHsmClusterId: optional(shapes.cloudHsmClusterId),
          TrustAnchorCertificate: optional(shapes.trustAnchorCertificate),
          ConnectionState: optional(
            enumeration(['CONNECTED', 'CONNECTING', 'FAILED', 'DISCONNECTED', 'DISCONNECTING']),
          ),
          ConnectionErrorCode: optional(
            enumeration([
              'INVALID_CREDENTIALS',
              'CLUSTER_NOT_FOUND',
              'NETWORK_ERRORS',
              'INTERNAL_ERROR',
              'INSUFFICIENT_CLOUDHSM_HSMS',
              'USER_LOCKED_OUT',
              'USER_NOT_FOUND',
              'USER_LOGGED_IN',
              'SUBNET_NOT_FOUND',
              'INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET',
              'XKS_PROXY_ACCESS_DENIED',
              'XKS_PROXY_NOT_REACHABLE',
              'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND',
              'XKS_PROXY_INVALID_RESPONSE',
              'XKS_PROXY_INVALID_CONFIGURATION',
              'XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION',
              'XKS_PROXY_TIMED_OUT',
              'XKS_PROXY_INVALID_TLS_CONFIGURATION',
            ]),
          ),
          CreationDate: optional(timestamp),
          CustomKeyStoreType: optional(shapes.customKeyStoreType),
          XksProxyConfiguration: optional(shapes.xksProxyConfiguration),
        }),
      ),
    ),
    NextMarker: optional(shapes.marker),
    Truncated: optional(boolean),
  }),
});
