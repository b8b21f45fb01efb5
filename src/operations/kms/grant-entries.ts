/** Grants as ListGrants and ListRetirableGrants show them. Source: AWS KMS API Reference, GrantListEntry. */
import { principalNameOf } from '#identity/principal-ids.ts';
import type { ListedGrant } from '#keys/grants.ts';
import type { Keyring } from '#keys/keyring.ts';
import { keyArn, type Place, partitionOf, rootArn } from '#model/arn.ts';
import type { ValueOf } from '#model/schema.ts';
import type * as shapes from '#model/shapes.ts';

type Entries = NonNullable<ValueOf<typeof shapes.grantPage>['Grants']>;
type Entry = Entries[number];
type Grant = NonNullable<ListedGrant['grant']>;

/** Grants that went while the list was read are left out. */
export async function grantEntries({ vault: { store } }: Keyring, listed: readonly ListedGrant[]): Promise<Entries> {
  const names = new Map<string, string | undefined>();
  /** A service as it is; anyone else by the present ARN, or by the unique id if there is nobody of it any more. */
  const shown = async ({ id, name }: Grant['grantee'], { region }: Place) => {
    if (!/^(?:AIDA|AROA)/.test(id)) return name;
    if (!names.has(id)) names.set(id, await principalNameOf(store, id, partitionOf(region)));
    return names.get(id) ?? id;
  };
  const entries: Entry[] = [];
  for (const { place, keyId, grant } of listed) {
    if (grant === undefined) continue;
    const { grantee, retirer, issuingAccountId } = grant;
    const grantedTo = await shown(grantee, place);
    const retiredBy = retirer && (await shown(retirer, place));
    entries.push({
      KeyId: keyArn(place, keyId),
      GrantId: grant.grantId,
      Name: grant.name,
      CreationDate: grant.createdAtMs,
      [isService(grantee) ? 'GranteeServicePrincipal' : 'GranteePrincipal']: grantedTo,
      ...(retirer && { [isService(retirer) ? 'RetiringServicePrincipal' : 'RetiringPrincipal']: retiredBy }),
      IssuingAccount: rootArn({ ...place, accountId: issuingAccountId as Place['accountId'] }), // stored as parsed
      Operations: grant.operations as Entry['Operations'], // only those of the shape are ever stored
      Constraints: constraintsOf(grant),
    });
  }
  return entries;
}

/** As requests and answers have them. */
export function constraintsOf({ constraints }: Grant): Entry['Constraints'] {
  if (constraints === undefined) return undefined;
  const { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn } = constraints;
  return {
    EncryptionContextEquals: equals && new Map(equals),
    EncryptionContextSubset: subset && new Map(subset),
    SourceArn: sourceArn,
  };
}

function isService({ name }: Grant['grantee']): boolean {
  return !name.startsWith('arn:');
}
