/** Holds what a twentieth of the full size shows already: nothing takes longer, or more memory, because there is more of it. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openData } from '#assemble.ts';
import { aliasBytes, grantListBytes, keyBytes, principalBytes, shareCache } from '#base/cache-shares.ts';
import { Credentials } from '#identity/credentials.ts';
import { parseAccountId, parseRegion } from '#model/arn.ts';
import { region as regionName } from './requests.ts';
import { type List, measurePages, measureStarts, startServer } from './scale-measure.ts';
import { makeScaleState, type ScaleState, scaleAccount } from './scale-state.ts';
import { temporaryDirectory } from './targets.ts';

const sizes = { keys: 5000, aliases: 10_000, grants: 50_000, principals: 500 };
const signal = AbortSignal.timeout(240_000);
const temporary = temporaryDirectory();
const large = join(temporary.path, 'large');
const small = join(temporary.path, 'small');
let state: ScaleState;

before(async () => {
  state = await makeScaleState(large, sizes, () => undefined);
  await makeScaleState(small, { keys: 1, aliases: 2, grants: 10, principals: 5 }, () => undefined);
});
after(() => temporary[Symbol.dispose]());

test('a store that is too large to be checked before it is opened is served about as soon as a small one', async () => {
  assert(statSync(join(large, 'keywright.db')).size > 32 * 2 ** 20);
  await measureStarts({ small, large }, 1, signal); // the first ones make what later ones find
  const starts = await measureStarts({ small, large }, 3, signal);
  // Checking all of it takes as long again as the whole start, and at the full size thirty times that.
  assert(starts.large.firstAnswerMs.min < starts.small.firstAnswerMs.min * 1.5 + 150, JSON.stringify(starts));
});

test('the last pages of a list take as long as the first', async () => {
  await using server = await startServer(large, [], signal);
  const lists: readonly List[] = [
    { name: 'ListKeys', service: 'kms', input: { Limit: 50 } },
    { name: 'ListAliases', service: 'kms', input: { Limit: 50 } },
    { name: 'ListGrants', service: 'kms', input: { Limit: 20, KeyId: state.keyIds[0] ?? '' } },
    { name: 'ListRetirableGrants', service: 'kms', input: { Limit: 50, RetiringPrincipal: state.retirerArn } },
    { name: 'ListUsers', service: 'iam', input: { MaxItems: 10 } },
  ];
  const wanted = [sizes.keys, sizes.aliases, sizes.grants / 4 / state.busyKeys, sizes.grants / 4, state.users.length];
  for (const [index, list] of lists.entries()) {
    const pages = await measurePages(server, list);
    assert.equal(pages.items, wanted[index], list.name);
    assert(pages.pages > 30, list.name);
    const most = pages.firstMs * 3 + 5;
    assert(pages.middleMs < most && pages.lastMs < most, JSON.stringify(pages));
  }
});

test('what is remembered stays within its budget while everything is used in turn', async () => {
  const cacheMib = 8;
  const shares = shareCache(cacheMib);
  const settings = { directory: large, root: {}, auditAnchors: 'off', command: 'test', mayCreate: false, cacheMib };
  const { keyring, identities, close } = await openData(settings);
  const [accountId, region] = [parseAccountId(scaleAccount), parseRegion(regionName)];
  assert(accountId !== undefined && region !== undefined);
  const place = { accountId, region };
  const credentials = await Credentials.open(identities);
  for (const keyId of state.keyIds) {
    const key = await keyring.snapshots.key(place, keyId);
    assert.equal(key?.materials.size, 1);
    for (const alias of key.aliases) assert.equal(await keyring.snapshots.alias(place, alias), keyId);
    for (const grantee of ['AIDA1', 'AIDA2']) await keyring.grantees.of([accountId, region, keyId], grantee);
  }
  for (const { accessKeyId } of state.users) {
    const credential = await credentials.find({ accessKeyId });
    assert.equal((await identities.principals.of(credential, 'aws'))?.kind, 'user');
  }
  const { keys, aliases } = keyring.snapshots.sizes;
  const { principals, policies } = identities.principals.sizes;
  const within = (size: number, least: number, most: number) =>
    assert(least < size && size <= most, `${size}, ${most}`);
  within(keys, 200, shares.keys / keyBytes);
  within(aliases, 500, shares.aliases / aliasBytes);
  within(keyring.grantees.size, 500, shares.grants / grantListBytes);
  within(credentials.size, 50, credentials.capacity);
  within(principals, 50, shares.principals / principalBytes);
  within(policies, 50, shares.principals / principalBytes);
  await close();
});
