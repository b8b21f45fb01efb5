/**
 * The lifecycle of keys, model and server side by side: random sequences of all lifecycle operations, on a clock that jumps
 * over rotations, expiries and deletions, with SIGKILL in between and in the middle of operations. After each step both have to
 * agree about all that can be seen of the key. KEYWRIGHT_LIFECYCLE_RUNS is how many sequences.
 */
import assert from 'node:assert/strict';
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { ClockedServer } from './lifecycle/clocked-server.ts';
import {
  currentOf,
  type Key,
  type Model,
  moveTo,
  otherRegion,
  type Region,
  regions,
  type Step,
  take,
} from './lifecycle/model.ts';

const runs = Number(process.env['KEYWRIGHT_LIFECYCLE_RUNS'] ?? 6);
const dayMs = 86_400_000;

/** The server, and what the model knows by number only. */
interface Real {
  readonly server: ClockedServer;
  readonly keyIds: string[];
  readonly ciphertexts: string[];
  /** Imported bytes by label. */
  readonly imported: Map<number, Buffer>;
  readonly tokens: Map<string, Parameters>;
  readonly counts: Map<string, number>;
}

interface Parameters {
  readonly ImportToken: string;
  readonly PublicKey: string;
  readonly ParametersValidTo: number;
}

/** A step before it is known which keys there are: numbers are taken modulo what there is. */
interface Draft {
  readonly do: Step['do'];
  readonly key: number;
  readonly region: Region;
  readonly days: number;
  readonly number: number;
  readonly flags: readonly [boolean, boolean];
}

let labels = 0;

function stepOf(draft: Draft, model: Model): Step | undefined {
  const { do: what, region, days, number, flags } = draft;
  if (what === 'CreateKey') return { do: what, isExternal: number % 4 === 0, isMultiRegion: number % 4 > 1 };
  if (what === 'Decrypt') {
    const count = model.ciphertexts.length;
    return count === 0 ? undefined : { do: what, ciphertext: number % count, region };
  }
  const { keys } = model;
  const candidates = candidatesFor(draft, keys);
  const key = candidates[draft.key % candidates.length];
  if (key === undefined) return undefined;
  const at = { key, region: region === 'eu-west-1' && keys[key]?.isMultiRegion ? region : ('us-east-1' as const) };
  const materials = keys[key]?.materials ?? [];
  switch (what) {
    case 'ScheduleKeyDeletion':
      return { do: what, ...at, days: 7 + (days % 24) };
    case 'EnableKeyRotation':
      return { do: what, ...at, days: 90 + days };
    case 'ImportKeyMaterial': {
      const again = number % (materials.length + 2);
      if (again < materials.length) {
        const isPending = materials[again]?.isPending === true;
        return {
          do: what,
          ...at,
          what: again,
          label: 0,
          ...(flags[0] && !isPending ? { days: 1 + (days % 364) } : {}),
        };
      }
      return { do: what, ...at, what: flags[1] || materials.length === 0 ? 'freshAsNew' : 'fresh', label: ++labels };
    }
    case 'DeleteImportedKeyMaterial':
      return { do: what, ...at, material: number % Math.max(1, materials.length) };
    default:
      return { do: what, ...at };
  }
}

/** Mostly keys that there still are, and that the operation is for; now and then any. */
function candidatesFor({ do: what, number }: Draft, keys: readonly Key[]): readonly number[] {
  const all = [...keys.keys()];
  const living = all.filter((key) => Object.keys(keys[key]?.members ?? {}).length > 0);
  const fitting = living.filter((key) => {
    if (what === 'ImportKeyMaterial' || what === 'DeleteImportedKeyMaterial') return keys[key]?.isExternal;
    if (what === 'ReplicateKey' || what === 'UpdatePrimaryRegion') return keys[key]?.isMultiRegion;
    return true;
  });
  return number % 8 === 0 || living.length === 0 ? all : number % 8 === 1 || fitting.length === 0 ? living : fitting;
}

class StepCommand implements fc.AsyncCommand<Model, Real> {
  readonly draft: Draft;
  readonly isKilled: boolean;

  constructor(draft: Draft, isKilled: boolean) {
    this.draft = draft;
    this.isKilled = isKilled;
  }

  check(model: Readonly<Model>): boolean {
    const step = stepOf(this.draft, model);
    return step !== undefined && !(this.isKilled && ['CreateKey', 'Encrypt', 'Decrypt'].includes(step.do));
  }

  async run(model: Model, real: Real): Promise<void> {
    const step = stepOf(this.draft, model);
    assert(step !== undefined);
    if (this.isKilled) return this.#runKilled(model, real, step);
    const doing = await callOf(model, real, step);
    const expected = take(model, step);
    const { status, body, text } = await real.server.send(step.do, doing.input, doing.region);
    const found = status === 200 ? 'ok' : body.__type;
    const said = `${JSON.stringify(step)}: ${text}`;
    if (expected === 'refused') assert.notEqual(found, 'ok', said);
    else assert.equal(found, expected, said);
    count(real, `${step.do} ${found}`);
    learn(real, step, body, found);
    if (step.do === 'Decrypt' && found === 'ok') assert.equal(body.Plaintext, plaintext);
    await settle(model, real);
    await assertAgree(model, real, 'key' in step ? step.key : model.keys.length - 1);
  }

  /** Whether it was done or not is not known, but it is one of the two. */
  async #runKilled(model: Model, real: Real, step: Step): Promise<void> {
    const { server } = real;
    const { input, region } = await callOf(model, real, step);
    const unanswered = server.send(step.do, input, region).catch(() => undefined);
    await delay(this.draft.number % 8);
    await server.kill();
    await unanswered;
    await server.start();
    const done = structuredClone(model);
    const outcome = take(done, step);
    moveTo(done, server.nowMs);
    moveTo(model, server.nowMs);
    const key = 'key' in step ? step.key : 0;
    const seen = JSON.stringify(await observe(real, key));
    const [before, after] = [model, done].map((one) => JSON.stringify(expectation(one, key)));
    assert(
      [before, after].includes(seen),
      `killed in ${JSON.stringify(step)}: ${seen}\nis neither ${before}\nnor ${after}`,
    );
    const isDone = outcome === 'ok' && seen === after;
    count(real, `killed, ${before === after ? 'nothing to see' : isDone ? 'done' : 'not done'}`);
    if (isDone) Object.assign(model, done);
  }

  toString(): string {
    return JSON.stringify({ ...this.draft, isKilled: this.isKilled });
  }
}

class MoveCommand implements fc.AsyncCommand<Model, Real> {
  readonly days: number;

  constructor(days: number) {
    this.days = days;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const now = real.server.nowMs + this.days * dayMs;
    moveTo(model, now);
    await real.server.moveTo(now);
    await assertAllAgree(model, real);
  }

  toString(): string {
    return `${this.days} days pass`;
  }
}

class KillCommand implements fc.AsyncCommand<Model, Real> {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await real.server.killAndStart();
    await assertAllAgree(model, real);
  }

  toString(): string {
    return 'killed';
  }
}

const plaintext = Buffer.from('plaintext').toString('base64');

/** The request that makes a step real. */
async function callOf(
  model: Model,
  real: Real,
  step: Step,
): Promise<{ readonly input: object; readonly region: Region }> {
  if (step.do === 'CreateKey') {
    const input = { MultiRegion: step.isMultiRegion, ...(step.isExternal ? { Origin: 'EXTERNAL' } : {}) };
    return { input, region: 'us-east-1' };
  }
  if (step.do === 'Decrypt') {
    return { input: { CiphertextBlob: real.ciphertexts[step.ciphertext] }, region: step.region };
  }
  const { region } = step;
  const KeyId = real.keyIds[step.key] ?? '';
  switch (step.do) {
    case 'ScheduleKeyDeletion':
      return { input: { KeyId, PendingWindowInDays: step.days }, region };
    case 'EnableKeyRotation':
      return { input: { KeyId, RotationPeriodInDays: step.days }, region };
    case 'ReplicateKey':
      return { input: { KeyId, ReplicaRegion: otherRegion(region) }, region };
    case 'UpdatePrimaryRegion':
      return { input: { KeyId, PrimaryRegion: otherRegion(region) }, region };
    case 'Encrypt':
      return { input: { KeyId, Plaintext: plaintext }, region };
    case 'ImportKeyMaterial':
      return { input: await importOf(model, real, step, KeyId), region };
    case 'DeleteImportedKeyMaterial':
      return { input: await deletionOf(model, real, step, KeyId), region };
    default:
      return { input: { KeyId }, region };
  }
}

async function importOf(model: Model, real: Real, step: Step & { readonly do: 'ImportKeyMaterial' }, KeyId: string) {
  const { what, days } = step;
  const label = typeof what === 'number' ? (model.keys[step.key]?.materials[what]?.label ?? 0) : step.label;
  const bytes = real.imported.get(label) ?? randomBytes(32);
  real.imported.set(label, bytes);
  const { ImportToken, PublicKey } = await parametersFor(real, KeyId);
  return {
    KeyId,
    ImportToken,
    EncryptedKeyMaterial: wrap(bytes, PublicKey),
    ...(what === 'freshAsNew' ? { ImportType: 'NEW_KEY_MATERIAL' } : {}),
    ...(days === undefined
      ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
      : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: (real.server.nowMs + days * dayMs) / 1000 }),
  };
}

/** What is left of an earlier answer's 24 hours is used up first: making a wrapping key takes its time. */
async function parametersFor({ server, tokens }: Real, KeyId: string): Promise<Parameters> {
  const kept = tokens.get(KeyId);
  if (kept !== undefined && kept.ParametersValidTo * 1000 > server.nowMs) return kept;
  const wish = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' };
  const { status, body } = await server.send('GetParametersForImport', wish, 'us-east-1');
  // The key cannot be imported into, and ImportKeyMaterial is about to say why: whatever it is given.
  if (status !== 200) return { ImportToken: 'AAAA', PublicKey: '', ParametersValidTo: 0 };
  tokens.set(KeyId, body);
  return body;
}

function wrap(bytes: Buffer, publicKey: string): string {
  if (publicKey === '') return 'AAAA';
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key, padding, oaepHash: 'sha256' }, bytes).toString('base64');
}

async function deletionOf(
  model: Model,
  { server }: Real,
  step: Step & { readonly do: 'DeleteImportedKeyMaterial' },
  KeyId: string,
) {
  if (model.keys[step.key]?.materials[step.material] === undefined) return { KeyId };
  const { body } = await server.send(
    'ListKeyRotations',
    { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
    step.region,
  );
  return { KeyId, KeyMaterialId: body.Rotations?.[step.material]?.KeyMaterialId };
}

function learn(real: Real, step: Step, body: Record<string, unknown>, found: string): void {
  if (found !== 'ok') return;
  if (step.do === 'CreateKey') real.keyIds.push(String(Object(body['KeyMetadata']).KeyId));
  if (step.do === 'Encrypt') real.ciphertexts.push(String(body['CiphertextBlob']));
}

/** What has fallen due by what was done is done. */
async function settle(model: Model, { server }: Real): Promise<void> {
  moveTo(model, server.nowMs);
  await server.moveTo(server.nowMs);
}

async function assertAllAgree(model: Model, real: Real): Promise<void> {
  for (const key of model.keys.keys()) await assertAgree(model, real, key);
}

async function assertAgree(model: Model, real: Real, key: number): Promise<void> {
  assert.deepEqual(await observe(real, key), expectation(model, key));
}

/** What can be seen of a key in each Region. */
async function observe(real: Real, key: number): Promise<object> {
  const seen: Record<string, object> = {};
  for (const region of regions) {
    const KeyId = real.keyIds[key] ?? '';
    const { status, body } = await real.server.send('DescribeKey', { KeyId }, region);
    if (status !== 200) {
      assert.equal(body.__type, 'NotFoundException');
      continue;
    }
    const { KeyMetadata: metadata } = body;
    const family = metadata.MultiRegionConfiguration;
    const listed = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' };
    const { Rotations } = (await real.server.send('ListKeyRotations', listed, region)).body;
    seen[region] = {
      state: metadata.KeyState,
      isEnabled: metadata.Enabled,
      deletion: metadata.DeletionDate ?? metadata.PendingDeletionWindowInDays ?? 'none',
      primary: family?.PrimaryKey.Region ?? 'none',
      replicas: family?.ReplicaKeys.map(({ Region }: { Region: string }) => Region) ?? [],
      rotation: await rotationSeen(real, metadata, region),
      materials: Rotations.map((one: Record<string, unknown>) =>
        [one['KeyMaterialState'], one['ImportState'], one['ValidTo'], one['RotationType']].map((fact) => fact ?? '-'),
      ),
      isCurrentKnown: metadata.CurrentKeyMaterialId === currentIdOf(Rotations),
    };
  }
  return seen;
}

function currentIdOf(rotations: readonly Record<string, unknown>[]): unknown {
  return rotations.find(({ KeyMaterialState }) => KeyMaterialState === 'CURRENT')?.['KeyMaterialId'];
}

/** The primary's: what the others say of it while either is about to be deleted, AWS does not document. */
async function rotationSeen({ server }: Real, metadata: Record<string, unknown>, region: Region) {
  const { KeyId, Origin, MultiRegionConfiguration: family } = metadata;
  if (Origin === 'EXTERNAL' || Object(family).MultiRegionKeyType === 'REPLICA') return 'not asked';
  const { body } = await server.send('GetKeyRotationStatus', { KeyId }, region);
  return body.KeyRotationEnabled ? [body.RotationPeriodInDays, body.NextRotationDate] : 'off';
}

function expectation(model: Model, number: number): object {
  const key = model.keys[number];
  const seen: Record<string, object> = {};
  for (const region of regions) {
    const member = key?.members[region];
    if (key === undefined || member === undefined) continue;
    const { state } = member;
    seen[region] = {
      state: state.name,
      isEnabled: state.name === 'Enabled',
      deletion: 'at' in state ? state.at / 1000 : 'days' in state ? state.days : 'none',
      primary: key.isMultiRegion ? key.primary : 'none',
      replicas: key.isMultiRegion ? regions.filter((one) => one !== key.primary && key.members[one] !== undefined) : [],
      rotation: expectedRotation(key, region),
      materials: key.materials.map((material, index) => [
        material.isPending ? 'PENDING_ROTATION' : index === currentOf(key) ? 'CURRENT' : 'NON_CURRENT',
        key.isExternal ? (member.parts[index]?.isPresent ? 'IMPORTED' : 'PENDING_IMPORT') : '-',
        (member.parts[index]?.validTo ?? Number.NaN) / 1000 || '-',
        material.rotated ?? '-',
      ]),
      isCurrentKnown: true,
    };
  }
  return seen;
}

function expectedRotation(key: Key, region: Region): unknown {
  if (key.primary !== region || key.isExternal) return 'not asked';
  const isEnding = key.members[region]?.state.name.endsWith('Deletion');
  return key.rotation === undefined || isEnding ? 'off' : [key.rotation.days, key.rotation.next / 1000];
}

function count({ counts }: Real, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

const operations: readonly (readonly [Step['do'], number])[] = [
  ['CreateKey', 3],
  ['EnableKey', 3],
  ['DisableKey', 2],
  ['ScheduleKeyDeletion', 2],
  ['CancelKeyDeletion', 3],
  ['EnableKeyRotation', 2],
  ['DisableKeyRotation', 1],
  ['RotateKeyOnDemand', 4],
  ['ImportKeyMaterial', 8],
  ['DeleteImportedKeyMaterial', 2],
  ['ReplicateKey', 5],
  ['UpdatePrimaryRegion', 4],
  ['Encrypt', 3],
  ['Decrypt', 4],
];

const drafts = fc.record<Draft>({
  do: fc.oneof(...operations.map(([name, weight]) => ({ arbitrary: fc.constant(name), weight }))),
  key: fc.nat({ max: 20 }),
  region: fc.constantFrom(...regions),
  days: fc.nat({ max: 300 }),
  number: fc.nat({ max: 50 }),
  flags: fc.tuple(fc.boolean(), fc.boolean()),
});

/** What every sequence begins with: a key of each kind. */
const first: readonly Draft[] = [
  { do: 'CreateKey', number: 0 },
  { do: 'ImportKeyMaterial', number: 8 },
  { do: 'CreateKey', number: 1 },
  { do: 'CreateKey', number: 2 },
  { do: 'ReplicateKey', number: 2 },
].map((draft) => ({ key: 0, region: 'us-east-1', days: 0, flags: [false, true], ...draft }) as Draft);

async function begin(server: ClockedServer, counts: Map<string, number>) {
  const model: Model = { now: server.nowMs, keys: [], ciphertexts: [] };
  const none = { keyIds: [], ciphertexts: [], imported: new Map(), tokens: new Map() };
  const real: Real = { server, counts, ...none };
  for (const draft of first) await new StepCommand(draft, false).run(model, real);
  return { model, real };
}

test('keys live as the model says, whatever happens to them and whenever the server dies', {
  timeout: 600_000,
}, async (t) => {
  const counts = new Map<string, number>();
  await using server = new ClockedServer(Date.now());
  await server.start();
  const commands = fc.commands(
    [
      drafts.map((draft) => new StepCommand(draft, false)),
      drafts.map((draft) => new StepCommand(draft, false)),
      drafts.map((draft) => new StepCommand(draft, false)),
      drafts.map((draft) => new StepCommand(draft, false)),
      drafts.map((draft) => new StepCommand(draft, false)),
      drafts.map((draft) => new StepCommand(draft, false)),
      fc
        .oneof(
          { arbitrary: fc.nat({ max: 12 }), weight: 4 },
          { arbitrary: fc.nat({ max: 45 }), weight: 2 },
          { arbitrary: fc.nat({ max: 400 }), weight: 1 },
        )
        .map((days) => new MoveCommand(days)),
      fc.oneof(
        { arbitrary: fc.constant(new KillCommand()), weight: 1 },
        { arbitrary: drafts.map((draft) => new StepCommand(draft, true)), weight: 3 },
      ),
    ],
    { size: 'max', maxCommands: 100 },
  );
  await fc.assert(
    fc.asyncProperty(commands, (sequence) => fc.asyncModelRun(() => begin(server, counts), sequence)),
    { numRuns: runs, endOnFailure: true },
  );
  t.diagnostic(
    [...counts]
      .sort()
      .map(([what, times]) => `${what}: ${times}`)
      .join('; '),
  );
});
