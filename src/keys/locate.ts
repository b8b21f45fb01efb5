/**
 * From what a request calls a key to the key itself. Four forms: key id, key ARN, alias name, alias ARN; which of them
 * an operation takes is in its record. Source: AWS KMS API Reference, the KeyId parameter of each action.
 */

import { type Awaitable, after } from '#base/after.ts';
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
import type { KeySnapshot, LocatedKey } from './snapshots.ts';

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
export function locateByAlias(keyring: Keyring, name: AliasName, place: Place): Awaitable<LocatedKey> {
  return after(behindAlias(keyring, place, name), (key) => {
    if (key === undefined) throw aliasNotFound(aliasArn(place, name));
    return key;
  });
}

/**
 * Finds the key. Throws NotFoundException, or InvalidArnException. A key of another account that is not there is
 * undefined: only the authorization step may answer for another account.
 */
export function locateKey(keyring: Keyring, text: string, search: Search): Awaitable<LocatedKey | undefined> {
  const reference = readReference(text, search);
  const { place } = reference;
  const isForeign = place.accountId !== search.here.accountId;
  if (reference.kind === 'key') {
    const { keyId } = reference;
    return after(keyring.snapshots.key(place, keyId), (key) => {
      if (key === undefined && !isForeign) throw keyNotFound(keyArn(place, keyId));
      return key;
    });
  }
  const { name } = reference;
  return after(behindAlias(keyring, place, name), (key) => {
    if (key !== undefined) return { ...key, viaAlias: name };
    if (isForeign) return undefined;
    const service = search.occasion && serviceToServe(name, search.occasion);
    if (service === undefined) throw aliasNotFound(aliasArn(place, name));
    return awsManagedKeyToBe(keyring, place, service);
  });
}

function behindAlias({ snapshots }: Keyring, place: Place, name: AliasName): Awaitable<KeySnapshot | undefined> {
  if (!isPossibleAlias(name)) return undefined;
  return after(snapshots.alias(place, name), (keyId) =>
    keyId === undefined ? undefined : snapshots.key(place, keyId),
  );
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
