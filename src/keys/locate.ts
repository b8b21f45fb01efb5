/**
 * From what a request calls a key to the key itself. Four forms: key id, key ARN, alias name, alias ARN; which of them
 * an operation takes is in its record. Source: AWS KMS API Reference, the KeyId parameter of each action.
 */

import type { ApiError } from '#model/api-error.ts';
import {
  type AliasName,
  aliasArn,
  isAliasName,
  isPossibleAlias,
  type KeyId,
  keyArn,
  type Place,
  parseKeyId,
  parseKmsArn,
} from '#model/arn.ts';
import { aliasNotFound, arnOfOtherRegion, invalidKeyId, keyNotFound } from '#model/errors.ts';
import { awsManagedKeyToBe, type Occasion, serviceToServe } from './aws-managed.ts';
import type { Keyring } from './keyring.ts';
import type { LocatedKey } from './snapshots.ts';

export interface Search {
  /** Account of the caller and Region of the request: what a bare id or alias name is relative to. */
  readonly here: Place;
  /** What to say of an alias name or alias ARN; absent where the operation takes them. */
  readonly refuseAlias?: (() => ApiError) | undefined;
  /** What to say of an ARN that is none. */
  readonly malformedArn: (arn: string) => ApiError;
  /** Absent where no AWS managed key comes into being. */
  readonly occasion?: Occasion;
}

type Reference =
  | { readonly kind: 'key'; readonly place: Place; readonly keyId: KeyId }
  | { readonly kind: 'alias'; readonly place: Place; readonly name: AliasName };

/** The key that an alias of this place stands for. Throws NotFoundException where there is no such alias. */
export async function locateByAlias(keyring: Keyring, name: AliasName, place: Place): Promise<LocatedKey> {
  const key = await behindAlias(keyring, place, name);
  if (key === undefined) throw aliasNotFound(aliasArn(place, name));
  return key;
}

/**
 * Finds the key. Throws NotFoundException, or InvalidArnException. A key of another account that is not there is
 * undefined: only the authorization step may answer for another account.
 */
export async function locateKey(keyring: Keyring, text: string, search: Search): Promise<LocatedKey | undefined> {
  const reference = readReference(text, search);
  const { place } = reference;
  const isForeign = place.accountId !== search.here.accountId;
  if (reference.kind === 'key') {
    const key = await keyring.snapshots.key(place, reference.keyId);
    if (key === undefined && !isForeign) throw keyNotFound(keyArn(place, reference.keyId));
    return key;
  }
  const key = await behindAlias(keyring, place, reference.name);
  if (key !== undefined) return { ...key, viaAlias: reference.name };
  if (isForeign) return undefined;
  const service = search.occasion && serviceToServe(reference.name, search.occasion);
  if (service === undefined) throw aliasNotFound(aliasArn(place, reference.name));
  return awsManagedKeyToBe(keyring, place, service);
}

async function behindAlias({ snapshots }: Keyring, place: Place, name: AliasName) {
  if (!isPossibleAlias(name)) return undefined;
  const keyId = await snapshots.alias(place, name);
  return keyId === undefined ? undefined : snapshots.key(place, keyId);
}

function readReference(text: string, { here, refuseAlias, malformedArn }: Search): Reference {
  const isArn = text.startsWith('arn:');
  const arn = isArn ? parseKmsArn(text) : undefined;
  if (isArn && arn === undefined) throw malformedArn(text);
  if (arn !== undefined && arn.place.region !== here.region) throw arnOfOtherRegion(arn.place.region);
  const place = arn?.place ?? here;
  const resource = arn?.resource ?? text;
  if (isAliasName(resource)) {
    if (refuseAlias !== undefined) throw refuseAlias();
    return { kind: 'alias', place, name: resource };
  }
  if (isArn && !resource.startsWith('key/')) throw malformedArn(text);
  const keyId = parseKeyId(isArn ? resource.slice('key/'.length) : resource);
  if (keyId === undefined) throw invalidKeyId(isArn ? resource.slice('key/'.length) : resource);
  return { kind: 'key', place, keyId };
}
