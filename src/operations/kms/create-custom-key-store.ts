/** Adds a custom key store. Source: AWS KMS API Reference, CreateCustomKeyStore. Not built yet. */
import { asksInGeneral, unbuilt } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const createCustomKeyStore = unbuilt({
  name: 'CreateCustomKeyStore',
  because: 'custom key stores are on the roadmap',
  keys: {},
  asks: asksInGeneral,
  input: structure({
    CustomKeyStoreName: shapes.customKeyStoreName,
    CloudHsmClusterId: optional(shapes.cloudHsmClusterId),
    TrustAnchorCertificate: optional(shapes.trustAnchorCertificate),
    KeyStorePassword: optional(shapes.keyStorePassword),
    CustomKeyStoreType: optional(shapes.customKeyStoreType),
    XksProxyUriEndpoint: optional(shapes.xksProxyUriEndpoint),
    XksProxyUriPath: optional(shapes.xksProxyUriPath),
    XksProxyVpcEndpointServiceName: optional(shapes.xksProxyVpcEndpointServiceName),
    XksProxyVpcEndpointServiceOwner: optional(shapes.accountId),
    XksProxyAuthenticationCredential: optional(shapes.xksProxyAuthenticationCredential),
    XksProxyConnectivity: optional(shapes.xksProxyConnectivity),
  }),
  output: structure({ CustomKeyStoreId: optional(shapes.customKeyStoreId) }),
});
