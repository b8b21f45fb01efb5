/** Which keys a request is about. */
import { type Awaitable, after } from '#base/after.ts';
import { readMaterialName } from '#crypto/envelope.ts';
import { parseAliasName } from '#keys/aliases.ts';
import type { Keyring } from '#keys/keyring.ts';
import { locateByAlias, locateKey } from '#keys/locate.ts';
import { relatedKey } from '#keys/related.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { ciphertextKeyDenied, invalidArn, invalidCiphertext } from '#model/errors.ts';
import { requireMember } from '#model/schema.ts';
import type { KeyAccess, KeySource } from './operation.ts';
import type { Decoded, Located } from './stages.ts';

/** A source that names its key by itself. */
type NamingSource = Exclude<KeySource, { readonly from: 'related' }>;

/** Throws NotFoundException and its kin; for a ciphertext whose key is not to be had, AccessDeniedException. */
export function locate(decoded: Decoded, keyring: Keyring): Awaitable<Located> {
  return locateFrom(0, { ...decoded, keys: {} }, keyring);
}

/** Fills the slots one after the other, from the one at `index` on. */
function locateFrom(index: number, located: Filling, keyring: Keyring): Awaitable<Located> {
  const next = located.operation.slots[index];
  if (next === undefined) return located;
  const [slot, { source, action }] = next;
  const rest = () => locateFrom(index + 1, located, keyring);
  if (source.from === 'identifier' && located.input[source.member] === undefined) return rest();
  if (source.from === 'related') {
    const of = located.keys[source.to];
    return after(of && relatedKey(keyring, of, text(located, source.member)), (key) => {
      if (key !== undefined) located.keys[slot] = key;
      return rest();
    });
  }
  return after(find(located, { source, action }, keyring), (key) => {
    located.keys[slot] = key;
    return rest();
  });
}

interface Filling extends Decoded {
  readonly keys: Record<string, LocatedKey | undefined>;
}

function find(
  decoded: Decoded,
  { source, action }: { readonly source: NamingSource; readonly action: KeyAccess['action'] },
  keyring: Keyring,
): Awaitable<LocatedKey | undefined> {
  switch (source.from) {
    case 'identifier':
      return byIdentifier(decoded, source, keyring);
    case 'alias':
      return locateByAlias(keyring, parseAliasName(text(decoded, source.member)), decoded.place);
    case 'ciphertext':
      if (decoded.input[source.identifier] !== undefined) {
        return byIdentifier(decoded, { from: 'identifier', member: source.identifier }, keyring);
      }
      // API Reference, DryRunModifiers: without regard to a ciphertext, the key has to be named.
      if (ignoresCiphertext(decoded)) requireMember(source.identifier, undefined);
      return byCiphertext(decoded, { member: source.member, action }, keyring);
  }
}

function ignoresCiphertext({ input }: Decoded): boolean {
  const modifiers = input['DryRunModifiers'];
  return Array.isArray(modifiers) && modifiers.includes('IGNORE_CIPHERTEXT');
}

function byIdentifier(decoded: Decoded, source: KeySource & { readonly from: 'identifier' }, keyring: Keyring) {
  return locateKey(keyring, text(decoded, source.member), {
    here: decoded.place,
    refuseAlias: source.refuseAlias,
    malformedArn: (arn) => invalidArn(arn, malformedArnName(decoded)),
    occasion: { viaService: decoded.caller.viaService, isLook: decoded.operation.name === 'DescribeKey' },
  });
}

function byCiphertext(
  { input, place, caller, operation }: Decoded,
  { member, action = `kms:${operation.name}` }: { readonly member: string; readonly action: string | undefined },
  { snapshots }: Keyring,
): Awaitable<LocatedKey> {
  const ciphertext = requireMember(member, input[member]);
  const name = ciphertext instanceof Uint8Array ? readMaterialName(ciphertext) : undefined;
  // Diverges: unnamed-asymmetric-key
  if (name === undefined) throw invalidCiphertext('not a ciphertext of this service');
  return after(snapshots.key({ ...place, accountId: name.accountId }, name.keyId), (key) => {
    if (key === undefined) throw ciphertextKeyDenied(caller.arn, action);
    return key;
  });
}

/** Not every operation declares InvalidArnException; the others have only NotFoundException to say it with. */
// Diverges: malformed-arn
function malformedArnName({ operation }: Decoded): 'InvalidArnException' | 'NotFoundException' {
  return operation.errors.includes('InvalidArnException') ? 'InvalidArnException' : 'NotFoundException';
}

function text({ input }: Decoded, member: string): string {
  return String(input[member]);
}
