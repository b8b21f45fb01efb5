/** Changes a custom key store's settings. Source: AWS KMS API Reference, UpdateCustomKeyStore. Not built yet. */
import { asksInGeneral, unbuilt } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const updateCustomKeyStore = unbuilt({
  name: 'UpdateCustomKeyStore',
  because: 'custom key stores are on the roadmap',
  keys: {},
  asks: asksInGeneral,
  input: structure({
    CustomKeyStoreId: shapes.customKeyStoreId,
    NewCustomKeyStoreName: optional(shapes.customKeyStoreName),
    KeyStorePassword: optional(shapes.keyStorePassword),
    CloudHsmClusterId: optional(shapes.cloudHsmClusterId),
    XksProxyUriEndpoint: optional(shapes.xksProxyUriEndpoint),
    XksProxyUriPath: optional(shapes.xksProxyUriPath),
    XksProxyVpcEndpointServiceName: optional(shapes.xksProxyVpcEndpointServiceName),
    XksProxyVpcEndpointServiceOwner: optional(shapes.accountId),
    XksProxyAuthenticationCredential: optional(shapes.xksProxyAuthenticationCredential),
    XksProxyConnectivity: optional(shapes.xksProxyConnectivity),
  }),
  output: structure({}),
});
