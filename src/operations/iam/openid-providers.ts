/** OpenID Connect providers. Source: IAM API Reference, CreateOpenIDConnectProvider and its kin. */
import { type QueryCall, queryOperation } from '#call/query/operation.ts';
import { withIamTags } from '#identity/entities/iam-tags.ts';
import {
  changeOpenIdProvider,
  createOpenIdProvider,
  deleteOpenIdProvider,
  openIdProviderArn,
  openIdProvidersPerAccount,
  type ProviderName,
  parseOpenIdProviderArn,
  parseProviderUrl,
  requireOpenIdProvider,
} from '#identity/entities/openid-providers.ts';
import type { Identities } from '#identity/identities.ts';
import { list, optional, structure } from '#model/schema.ts';
import { type AnyCall, ask, asksInGeneral, asksToMake, realmOf, type Said } from './ask.ts';
import * as shapes from './shapes.ts';
import { shownTags, taggingOperations, tagPairs } from './tagging.ts';

const named = { OpenIDConnectProviderArn: shapes.arn };

interface Named {
  readonly OpenIDConnectProviderArn: string;
}

const asks = async (call: QueryCall<Named>, identities: Identities) => [
  await askProvider(call, identities, call.input.OpenIDConnectProviderArn),
];

export const openIdProviderOperations = [
  queryOperation({
    name: 'CreateOpenIDConnectProvider',
    input: structure({
      Url: shapes.openIdProviderUrl,
      ClientIDList: optional(shapes.clientIds),
      ThumbprintList: optional(shapes.thumbprints),
      Tags: optional(shapes.tags),
    }),
    output: structure({ OpenIDConnectProviderArn: optional(shapes.arn), Tags: optional(shapes.tags) }),
    errors: ['ConcurrentModification', 'EntityAlreadyExists', 'InvalidInput', 'LimitExceeded'],
    asks: (call) =>
      asksToMake(
        openIdProviderArn(realmOf(call), parseProviderUrl(call.input.Url)),
        'TagOpenIDConnectProvider',
        call.input,
      ),
    async run(call, identities) {
      const { Url, ClientIDList: clientIds = [], ThumbprintList: thumbprints = [], Tags } = call.input;
      const { accountId } = call.place;
      const { url, tags } = await createOpenIdProvider(identities, {
        accountId,
        url: parseProviderUrl(Url),
        clientIds,
        thumbprints,
        tags: withIamTags([], tagPairs(Tags)),
      });
      const OpenIDConnectProviderArn = openIdProviderArn(realmOf(call), url);
      return { OpenIDConnectProviderArn, Tags: tags.length === 0 ? undefined : shownTags(tags) };
    },
  }),
  queryOperation({
    name: 'GetOpenIDConnectProvider',
    input: structure(named),
    output: structure({
      Url: optional(shapes.openIdProviderUrl),
      ClientIDList: optional(shapes.clientIds),
      ThumbprintList: optional(shapes.thumbprints),
      CreateDate: optional(shapes.date),
      Tags: optional(shapes.tags),
    }),
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const record = await requireOpenIdProvider(identities.vault.store, nameOf(call));
      return {
        Url: record.url,
        ClientIDList: record.clientIds,
        ThumbprintList: record.thumbprints,
        CreateDate: record.createdAtMs,
        Tags: shownTags(record.tags),
      };
    },
  }),
  queryOperation({
    name: 'ListOpenIDConnectProviders',
    input: structure({}),
    output: structure({ OpenIDConnectProviderList: optional(list(structure({ Arn: optional(shapes.arn) }))) }),
    errors: [],
    asks: asksInGeneral,
    async run(call, { vault }) {
      const within = [call.place.accountId];
      const providers = await vault.store.list('openIdProviders', { within, limit: openIdProvidersPerAccount });
      const realm = realmOf(call);
      return {
        OpenIDConnectProviderList: providers.map(({ record }) => ({ Arn: openIdProviderArn(realm, record.url) })),
      };
    },
  }),
  queryOperation({
    name: 'DeleteOpenIDConnectProvider',
    input: structure(named),
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      await deleteOpenIdProvider(identities, nameOf(call));
      return {};
    },
  }),
  queryOperation({
    name: 'AddClientIDToOpenIDConnectProvider',
    input: structure({ ...named, ClientID: shapes.clientId }),
    errors: ['ConcurrentModification', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const { ClientID } = call.input;
      await changeOpenIdProvider(identities, nameOf(call), (record) => ({
        ...record,
        clientIds: [...record.clientIds, ClientID],
      }));
      return {};
    },
  }),
  queryOperation({
    name: 'RemoveClientIDFromOpenIDConnectProvider',
    input: structure({ ...named, ClientID: shapes.clientId }),
    errors: ['ConcurrentModification', 'InvalidInput', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const { ClientID } = call.input;
      await changeOpenIdProvider(identities, nameOf(call), (record) => ({
        ...record,
        clientIds: record.clientIds.filter((clientId) => clientId !== ClientID),
      }));
      return {};
    },
  }),
  queryOperation({
    name: 'UpdateOpenIDConnectProviderThumbprint',
    input: structure({ ...named, ThumbprintList: shapes.thumbprints }),
    errors: ['ConcurrentModification', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks,
    async run(call, identities) {
      const { ThumbprintList: thumbprints } = call.input;
      await changeOpenIdProvider(identities, nameOf(call), (record) => ({ ...record, thumbprints }));
      return {};
    },
  }),
  ...taggingOperations({
    noun: 'OpenIDConnectProvider',
    member: 'OpenIDConnectProviderArn',
    name: shapes.arn,
    ask: askProvider,
    async read(call, { vault }, arn) {
      return (await requireOpenIdProvider(vault.store, providerOf(call, arn))).tags;
    },
    async change(call, identities, arn, change) {
      await changeOpenIdProvider(identities, providerOf(call, arn), (record) => ({
        ...record,
        tags: change(record.tags),
      }));
    },
  }),
];

/** Throws InvalidInput, and NoSuchEntity for another account's. */
function providerOf(call: AnyCall, arn: string): ProviderName {
  return { accountId: call.place.accountId, url: parseOpenIdProviderArn(realmOf(call), arn) };
}

function nameOf(call: QueryCall<Named>): ProviderName {
  return providerOf(call, call.input.OpenIDConnectProviderArn);
}

async function askProvider(call: AnyCall, { vault }: Identities, arn: string, said: Said = {}) {
  const { accountId, url } = providerOf(call, arn);
  const record = await vault.store.get('openIdProviders', [accountId, url]);
  return ask(openIdProviderArn(realmOf(call), url), record?.tags ?? [], said);
}
