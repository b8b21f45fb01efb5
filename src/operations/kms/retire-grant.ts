/**
 * Ends a grant, by whom the grant itself lets do so: its retiring principal, its grantee, the account that made it. The key's
 * policy is not asked. Source: AWS KMS API Reference, RetireGrant; Developer Guide, Retiring and revoking grants.
 */
import { judgeRetirement } from '#authorization/decide.ts';
import { waysToRetire } from '#authorization/grants.ts';
import { denialText, type Permission } from '#authorization/policy/verdict.ts';
import { keyContextOf } from '#call/key-context.ts';
import { type Call, managementErrors, operation } from '#call/operation.ts';
import { idsOf } from '#identity/principal-ids.ts';
import { openGrantToken } from '#keys/grant-tokens.ts';
import { findGrant, removeGrant, requireGrantId } from '#keys/grants.ts';
import type { Keyring } from '#keys/keyring.ts';
import { locateKey } from '#keys/locate.ts';
import {
  accessDenied,
  accessDeniedElsewhere,
  aliasNotSupported,
  grantNotFound,
  invalid,
  invalidArn,
  invalidGrantToken,
} from '#model/errors.ts';
import { boolean, optional, type Structure, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { constraintsOf } from './grant-entries.ts';

const input = structure({
  GrantToken: optional(shapes.grantToken),
  KeyId: optional(shapes.keyId),
  GrantId: optional(shapes.grantId),
  DryRun: optional(boolean),
});

type RetireCall = Call<Structure<(typeof input)['members']>, Readonly<Record<string, never>>>;

export const retireGrant = operation({
  name: 'RetireGrant',
  keys: {},
  input,
  errors: [...managementErrors, 'DryRunOperationException', 'InvalidGrantIdException', 'InvalidGrantTokenException'],
  async run(call, keyring) {
    const { key, grant } = await locateGrant(call, keyring);
    Object.assign(call.findings, { keys: { key }, grantId: grant.grantId });
    call.findings.permissions = { key: requireRetirement(call, key, grant, keyring.vault.clock.now()) };
    await removeGrant(keyring, key, grant.grantId, { isDryRun: call.input.DryRun === true });
    return {};
  },
});

/** Throws NotFoundException for a key or a grant that is not there, alike if the key is another account's. */
async function locateGrant(call: RetireCall, keyring: Keyring) {
  const { key, grantId } = await locate(call, keyring);
  const grant = key && (await findGrant(keyring.vault.store, key, grantId));
  if (key === undefined || grant === undefined) throw grantNotFound(grantId);
  return { key, grant };
}

async function locate({ input: { GrantToken, KeyId, GrantId }, place }: RetireCall, keyring: Keyring) {
  if (GrantToken !== undefined && KeyId === undefined && GrantId === undefined) {
    const content = openGrantToken(keyring, GrantToken);
    if (content.place.region !== place.region) throw invalidGrantToken();
    return { key: await keyring.snapshots.key(content.place, content.keyId), grantId: content.grantId };
  }
  // Diverges: retire-grant-forms
  if (GrantToken !== undefined || KeyId === undefined || GrantId === undefined) {
    throw invalid('Grant token OR (grant ID, key ID) must be specified');
  }
  const malformedArn = (arn: string) => invalidArn(arn, 'InvalidArnException');
  if (!KeyId.startsWith('arn:')) throw malformedArn(KeyId);
  const grantId = requireGrantId(GrantId);
  return {
    key: await locateKey(keyring, KeyId, { here: place, refuseAlias: aliasNotSupported, malformedArn }),
    grantId,
  };
}

type Found = Awaited<ReturnType<typeof locateGrant>>;

/** Throws AccessDeniedException. */
function requireRetirement(call: RetireCall, key: Found['key'], grant: Found['grant'], nowMs: number): Permission {
  const { caller } = call;
  const asked = { ...call, input: { Constraints: constraintsOf(grant) } };
  const context = keyContextOf({ call: asked, nowMs, key });
  const ways = waysToRetire(grant, { accountId: caller.accountId, ids: idsOf(caller) });
  const verdict = judgeRetirement({ caller, context }, key, ways);
  if (verdict.isAllowed) return verdict;
  const action = 'kms:RetireGrant';
  if (verdict.isCrossAccount) throw accessDeniedElsewhere(caller.arn, action, verdict);
  // The key's policy was not asked, so no refusal of it may be told.
  const bare = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${key.arn}`;
  const isOwn = verdict.isExplicit || verdict.because !== 'resource-based policy';
  const text = isOwn ? denialText(verdict, { callerArn: caller.arn, action, resource: key.arn }) : bare;
  throw accessDenied(text, verdict);
}
