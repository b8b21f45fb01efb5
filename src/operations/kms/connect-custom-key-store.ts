/** Connects a custom key store. Source: AWS KMS API Reference, ConnectCustomKeyStore. Not built yet. */
import { asksInGeneral, unbuilt } from '#call/operation.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const connectCustomKeyStore = unbuilt({
  name: 'ConnectCustomKeyStore',
  because: 'custom key stores are on the roadmap',
  keys: {},
  asks: asksInGeneral,
  input: structure({ CustomKeyStoreId: shapes.customKeyStoreId }),
  output: structure({}),
});
