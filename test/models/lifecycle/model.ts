/**
 * The life of keys as AWS documents it, in as few words as possible, and without a look at the server's code: what each
 * operation answers, what it changes, and what time does. Source: AWS KMS Developer Guide, Key states; Rotate; Import;
 * Multi-Region keys; Delete.
 */

export const regions = ['us-east-1', 'eu-west-1'] as const;
export type Region = (typeof regions)[number];

const dayMs = 86_400_000;
const twentyMinutesMs = 1_200_000;

export type State =
  | { readonly name: 'Enabled' | 'Disabled' | 'PendingImport' }
  | { readonly name: 'PendingDeletion'; readonly at: number }
  | { readonly name: 'PendingReplicaDeletion'; readonly days: number };

/** One of the keys that share a key id: the only one, or the one of a Region. */
export interface Member {
  state: State;
  /** Of imported material: whether it is there, and until when. */
  readonly parts: Part[];
}

interface Part {
  isPresent: boolean;
  validTo?: number | undefined;
}

interface Material {
  /** Which one it is, among all imported ones. */
  readonly label?: number;
  rotated?: 'AUTOMATIC' | 'ON_DEMAND';
  isPending?: boolean;
}

export interface Key {
  readonly isExternal: boolean;
  readonly isMultiRegion: boolean;
  primary: Region;
  readonly members: Partial<Record<Region, Member>>;
  readonly materials: Material[];
  rotation?: { readonly days: number; readonly next: number } | undefined;
}

export interface Ciphertext {
  readonly key: number;
  readonly material: number;
}

export interface Model {
  now: number;
  readonly keys: Key[];
  readonly ciphertexts: Ciphertext[];
}

/** What is done; keys, materials and ciphertexts by their number in the model. */
export type Step =
  | { readonly do: 'CreateKey'; readonly isExternal: boolean; readonly isMultiRegion: boolean }
  | ({ readonly do: OnKey } & At)
  | ({ readonly do: 'ScheduleKeyDeletion' | 'EnableKeyRotation'; readonly days: number } & At)
  | ({ readonly do: 'ImportKeyMaterial'; readonly what: What; readonly label: number; readonly days?: number } & At)
  | ({ readonly do: 'DeleteImportedKeyMaterial'; readonly material: number } & At)
  | { readonly do: 'Decrypt'; readonly ciphertext: number; readonly region: Region };

/** What is imported: new bytes, said to be new or not, or those of one of the key's materials. */
type What = 'fresh' | 'freshAsNew' | number;

type OnKey =
  | 'EnableKey'
  | 'DisableKey'
  | 'CancelKeyDeletion'
  | 'DisableKeyRotation'
  | 'RotateKeyOnDemand'
  | 'ReplicateKey'
  | 'UpdatePrimaryRegion'
  | 'Encrypt';

interface At {
  readonly key: number;
  readonly region: Region;
}

export const otherRegion = (region: Region): Region => (region === 'us-east-1' ? 'eu-west-1' : 'us-east-1');

/** The name of the error, `refused` where any will do, or `ok`, and then the model is what it has become. */
export function take(model: Model, step: Step): string {
  if (step.do === 'CreateKey') return create(model, step);
  const at = step.do === 'Decrypt' ? { key: model.ciphertexts[step.ciphertext]?.key ?? -1, region: step.region } : step;
  const key = model.keys[at.key];
  const member = key?.members[at.region];
  if (key === undefined || member === undefined) {
    return step.do === 'Decrypt' ? 'AccessDeniedException' : 'NotFoundException';
  }
  const refusal = refusals[step.do](key, member, at.region);
  if (refusal !== undefined) return refusal;
  return change(model, step, { key, member });
}

function create(model: Model, { isExternal, isMultiRegion }: Step & { readonly do: 'CreateKey' }): string {
  model.keys.push({
    isExternal,
    isMultiRegion,
    primary: 'us-east-1',
    members: { 'us-east-1': { state: { name: isExternal ? 'PendingImport' : 'Enabled' }, parts: [] } },
    materials: isExternal ? [] : [{}],
  });
  return 'ok';
}

type Refusal = (key: Key, member: Member, region: Region) => string | undefined;

const invalidState = 'KMSInvalidStateException';
const unsupported = 'UnsupportedOperationException';

const isEnding = ({ state }: Member) => state.name.endsWith('Deletion');
const unlessEnding: Refusal = (_, member) => (isEnding(member) ? invalidState : undefined);
const whenEnabled: Refusal = (_, { state }) =>
  state.name === 'Enabled' ? undefined : state.name === 'Disabled' ? 'DisabledException' : invalidState;
const whenOnOrOff: Refusal = (_, { state }) =>
  state.name === 'Enabled' || state.name === 'Disabled' ? undefined : invalidState;
const isPrimary: Refusal = (key, _, region) => (key.isMultiRegion && key.primary !== region ? unsupported : undefined);
const isMultiRegionPrimary: Refusal = (key, _, region) =>
  key.isMultiRegion && key.primary === region ? undefined : unsupported;
const isImported: Refusal = ({ isExternal }) => (isExternal ? undefined : unsupported);
const isOwn: Refusal = ({ isExternal }) => (isExternal ? unsupported : undefined);
const pendingImportIsUnsupported: Refusal = (_, { state }) =>
  state.name === 'PendingImport' ? unsupported : undefined;
/** Which of its reasons a request that is wrong twice is refused for, AWS does not document. */
const isOtherEnabled: Refusal = ({ isMultiRegion, members }, _, region) =>
  !isMultiRegion || members[otherRegion(region)]?.state.name === 'Enabled' ? undefined : 'refused';
const inTurn =
  (...checks: readonly Refusal[]): Refusal =>
  (...about) => {
    for (const check of checks) {
      const refusal = check(...about);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };

const calendar = inTurn(pendingImportIsUnsupported, whenEnabled, isOwn, isPrimary);

const refusals: Readonly<Record<Exclude<Step['do'], 'CreateKey'>, Refusal>> = {
  EnableKey: whenOnOrOff,
  DisableKey: whenOnOrOff,
  ScheduleKeyDeletion: unlessEnding,
  CancelKeyDeletion: (_, member) => (isEnding(member) ? undefined : invalidState),
  EnableKeyRotation: calendar,
  DisableKeyRotation: calendar,
  RotateKeyOnDemand: inTurn(whenEnabled, isPrimary),
  ReplicateKey: inTurn(whenEnabled, isMultiRegionPrimary),
  UpdatePrimaryRegion: inTurn(whenEnabled, isOtherEnabled, isMultiRegionPrimary),
  Encrypt: whenEnabled,
  Decrypt: whenEnabled,
  ImportKeyMaterial: inTurn(isImported, unlessEnding),
  DeleteImportedKeyMaterial: isImported,
};

function change(model: Model, step: Exclude<Step, { readonly do: 'CreateKey' }>, of: { key: Key; member: Member }) {
  const { key, member } = of;
  switch (step.do) {
    case 'EnableKey':
      member.state = { name: 'Enabled' };
      break;
    case 'DisableKey':
      member.state = { name: 'Disabled' };
      break;
    case 'ScheduleKeyDeletion': {
      const waits = key.isMultiRegion && key.primary === step.region && Object.keys(key.members).length > 1;
      member.state = waits
        ? { name: 'PendingReplicaDeletion', days: step.days }
        : { name: 'PendingDeletion', at: model.now + step.days * dayMs };
      break;
    }
    case 'CancelKeyDeletion':
      member.state = { name: isComplete(key, member) ? 'Disabled' : 'PendingImport' };
      break;
    case 'EnableKeyRotation':
      key.rotation = { days: step.days, next: model.now + step.days * dayMs };
      break;
    case 'DisableKeyRotation':
      key.rotation = undefined;
      break;
    case 'RotateKeyOnDemand':
      return rotate(model, key);
    case 'ReplicateKey':
      if (key.members[otherRegion(step.region)] !== undefined) return 'AlreadyExistsException';
      key.members[otherRegion(step.region)] = { state: { name: 'Enabled' }, parts: [] };
      break;
    case 'UpdatePrimaryRegion':
      key.primary = otherRegion(step.region);
      break;
    case 'Encrypt':
      model.ciphertexts.push({ key: step.key, material: currentOf(key) });
      break;
    case 'Decrypt':
      break;
    case 'ImportKeyMaterial':
      return bringIn(model, step, of);
    case 'DeleteImportedKeyMaterial':
      dropMaterial(key, member, step.material);
      break;
  }
  return 'ok';
}

function rotate(model: Model, key: Key): string {
  const { rotation } = key;
  if (rotation !== undefined && rotation.next - model.now <= twentyMinutesMs) return 'ConflictException';
  if (!key.isExternal) {
    key.materials.push({ rotated: 'ON_DEMAND' });
    return 'ok';
  }
  const pending = key.materials.find(({ isPending }) => isPending);
  if (pending === undefined) return invalidState;
  pending.isPending = false;
  pending.rotated = 'ON_DEMAND';
  return 'ok';
}

function bringIn(
  model: Model,
  step: Step & { readonly do: 'ImportKeyMaterial' },
  { key, member }: { key: Key; member: Member },
): string {
  const { materials } = key;
  const validTo = step.days === undefined ? undefined : model.now + step.days * dayMs;
  if (typeof step.what === 'number') {
    if (materials[step.what] === undefined) return 'IncorrectKeyMaterialException';
    member.parts[step.what] = { isPresent: true, validTo };
  } else if (materials.length === 0) {
    materials.push({ label: step.label });
    member.parts.push({ isPresent: true, validTo });
  } else if (step.what === 'fresh') {
    return 'IncorrectKeyMaterialException'; // taken for one that the key has
  } else if (materials.some(({ isPending }) => isPending)) {
    return invalidState;
  } else {
    materials.push({ label: step.label, isPending: true });
    member.parts.push({ isPresent: true, validTo });
  }
  if (member.state.name === 'PendingImport' && isComplete(key, member)) member.state = { name: 'Enabled' };
  return 'ok';
}

function dropMaterial(key: Key, member: Member, material: number): void {
  const { materials } = key;
  if (materials[material] === undefined) return;
  if (materials[material].isPending) {
    materials.splice(material, 1);
    member.parts.splice(material, 1);
    return;
  }
  member.parts[material] = { isPresent: false };
  if (!isEnding(member)) member.state = { name: 'PendingImport' };
}

export function currentOf({ materials }: Key): number {
  return materials.findLastIndex(({ isPending }) => !isPending);
}

function isComplete(key: Key, { parts }: Member): boolean {
  if (!key.isExternal) return true;
  const needed = key.materials.flatMap(({ isPending }, index) => (isPending ? [] : [parts[index]]));
  return needed.length > 0 && needed.every((part) => part?.isPresent);
}

/** Time goes on, and what is due is done; each thing once, however long it has been due. */
export function moveTo(model: Model, now: number): void {
  model.now = now;
  for (const key of model.keys) {
    for (const member of Object.values(key.members)) expire(member, now);
    destroy(key, now);
    if (key.rotation !== undefined && key.rotation.next <= now && key.members[key.primary]?.state.name === 'Enabled') {
      key.materials.push({ rotated: 'AUTOMATIC' });
      key.rotation = { ...key.rotation, next: now + key.rotation.days * dayMs };
    }
  }
}

function expire(member: Member, now: number): void {
  for (const [index, { validTo }] of member.parts.entries()) {
    if (validTo === undefined || validTo > now) continue;
    member.parts[index] = { isPresent: false };
    if (!isEnding(member)) member.state = { name: 'PendingImport' };
  }
}

function destroy(key: Key, now: number): void {
  for (const region of regions) {
    const state = key.members[region]?.state;
    if (state?.name !== 'PendingDeletion' || state.at > now) continue;
    delete key.members[region];
    const primary = key.members[key.primary];
    if (primary?.state.name !== 'PendingReplicaDeletion') continue;
    primary.state = { name: 'PendingDeletion', at: now + primary.state.days * dayMs };
  }
}
