/**
 * A server under load is killed again and again, at moments that nobody chose. The client keeps a model: for everything
 * that changes, the last acknowledged value, and beside it the value of a change that was never answered. After each
 * restart the server must show one of the two for everything in the model. KEYWRIGHT_KILLS is how often, and
 * KEYWRIGHT_SEED repeats the choices of an earlier run.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tag } from '@aws-sdk/client-kms';
import { sendCommand } from '#server/control.ts';
import { Cell, call, type Members, Random } from '../harness/client.ts';
import { freePort, runCli, type ServerProcess, startServer, temporaryDirectory } from '../harness/server-process.ts';
import { recordedRequests } from '../harness/trail.ts';

const kills = Number(process.env['KEYWRIGHT_KILLS'] ?? 80);
const seed = Number(process.env['KEYWRIGHT_SEED'] ?? Date.now() % 1_000_000);
const random = new Random(seed);
const lanes = 8;

for (const workers of [1, 2]) {
  const title = `every acknowledged change survives SIGKILL, and no call is answered without its record (workers: ${workers})`;
  test(title, { timeout: 60_000 + kills * 6_000 }, (t) => killAgainAndAgain(t, workers));
}

async function killAgainAndAgain(t: TestContext, workers: number): Promise<void> {
  using anchors = temporaryDirectory();
  const auditAnchors = { KEYWRIGHT_AUDIT_ANCHORS: anchors.path };
  // Always the same port: it is free again at once.
  const port = await freePort();
  await using server = await startServer({ env: auditAnchors, port, args: ['--workers', String(workers)] });
  const world = new World(server, workers);
  await server.stop(); // an orderly end saves the compiled modules, and every later start is quicker
  await server.start();
  try {
    for (let kill = 0; kill < kills / 2; kill++) {
      await loadAndKill(world);
      if (random.chance(0.1)) await killDuringStart(server);
      await server.start();
      await world.verify({ keys: 10, ciphertexts: 50 });
      if (kill % 20 === 0) await world.verifyTrail();
    }
    await world.reviveKeys();
    await world.verify({ keys: Number.POSITIVE_INFINITY, ciphertexts: Number.POSITIVE_INFINITY });
    assert.equal(await server.stop(), 0);
    // The runtime itself has something to say of a worker that finds its leader gone while it starts.
    const ownLines = server
      .complaints()
      .split('\n')
      .filter((line) => line.startsWith('{') || workers === 1);
    const complaints = ownLines.filter((line) => !line.includes('"worker died and is replaced"'));
    assert.equal(complaints.join('\n'), '', 'the server had nothing to complain about');
    await world.verifyTrail();
    const verified = await runCli(['audit', 'verify', '--data', server.data], { env: auditAnchors });
    assert.match(verified.stdout, /^The audit trail is all that was ever written/);
  } catch (error) {
    t.diagnostic(`KEYWRIGHT_SEED=${seed} repeats the choices of this run`);
    throw error;
  }
  const { acknowledged, unanswered, rotations, ciphertexts, keys } = world;
  const changes = `${acknowledged} changes to ${keys.size} keys acknowledged and found, ${unanswered} requests unanswered`;
  const checks = `${rotations} rotations; ${ciphertexts.length} ciphertexts verified; ${world.answered.size} answers recorded`;
  t.diagnostic(`${kills / 2} kills, ${world.workerKills} of single workers; ${changes}; ${checks}`);
}

async function loadAndKill(world: World): Promise<void> {
  const load = Array.from({ length: lanes }, () => world.work());
  if (random.chance(0.35)) load.push(delay(random.integer(0, 60)).then(() => world.rotateDomainKey()));
  const soon = () => Promise.race([delay(random.integer(20, 200)), Promise.all(load)]); // the load ends early only by failing
  await soon();
  if (world.workers > 1 && random.chance(0.7)) {
    await world.killWorker();
    await soon();
  }
  world.isKilled = true;
  await world.server.kill();
  await Promise.all(load);
  world.isKilled = false;
  world.hasLostWorker = false;
}

async function killDuringStart(server: ServerProcess): Promise<void> {
  server.launch();
  await delay(random.integer(0, 350));
  await server.kill();
}

/** What a key has that can change. */
const aspects = ['description', 'tags', 'policy', 'state'] as const;
type Aspect = (typeof aspects)[number];
const pendingDeletion = 'PendingDeletion';
const noTarget = 'none';

interface Change {
  readonly operation: string;
  readonly input: Members;
  /** What it makes of the thing that it changes. */
  readonly next: string;
}

class World {
  readonly server: ServerProcess;
  readonly keys = new Map<string, Readonly<Record<Aspect, Cell>>>();
  readonly ciphertexts: { keyId: string; EncryptionContext: Members; plaintext: unknown; blob: string }[] = [];
  /** Each with its target. */
  readonly #aliases = new Map(Array.from({ length: 40 }, (_, n) => [`alias/a-${n}`, new Cell(noTarget)]));
  /** Tags, by description, of keys whose creation was not answered: they may exist, whole, or not at all. */
  readonly #unansweredKeys = new Map<string, string>();
  /** What has been worked on since it was last verified. */
  readonly #touchedKeys = new Set<string>();
  #verifiedCiphertexts = 0;
  #agent = new Agent({ keepAlive: true, maxSockets: lanes });
  isKilled = false;
  /** A worker has been killed since the server was started: its calls are not answered. */
  hasLostWorker = false;
  workerKills = 0;
  readonly workers: number;
  /** The request ids of all answers. */
  readonly answered = new Set<string>();
  acknowledged = 0;
  unanswered = 0;
  rotations = 0;

  constructor(server: ServerProcess, workers: number) {
    this.server = server;
    this.workers = workers;
  }

  async killWorker(): Promise<void> {
    const { workers } = Object(await sendCommand(this.#controlSocket(), 'status'));
    this.hasLostWorker = true;
    process.kill(random.pick<number>(workers) ?? 0, 'SIGKILL');
    this.workerKills++;
  }

  #controlSocket(): string {
    return JSON.parse(readFileSync(join(this.server.data, 'holder.json'), 'utf8')).controlSocket;
  }

  /** One client's work until the server is gone. */
  async work(): Promise<void> {
    while (!this.isKilled) {
      const keyId = random.pick([...this.keys.keys()]);
      const dice = random.integer(0, 99);
      if (keyId === undefined || dice < 3) await this.#createKey();
      else if (dice < 30) await this.#encrypt(keyId);
      else if (dice < 50) await this.#changeAlias(keyId);
      else await this.#changeKey(keyId);
    }
  }

  async rotateDomainKey(): Promise<void> {
    try {
      await sendCommand(this.#controlSocket(), 'domain-key/rotate');
      this.rotations++;
    } catch (error) {
      if (!this.isKilled) throw error;
    }
  }

  async #createKey(): Promise<void> {
    const Description = newName();
    const tag = { TagKey: 't', TagValue: newName() };
    this.#unansweredKeys.set(Description, tagsText([tag]));
    const answer = await this.#send('CreateKey', { Description, Tags: [tag], Policy: policyNamed(Description) });
    if (answer === undefined) return;
    this.acknowledged++;
    this.#unansweredKeys.delete(Description);
    this.#admitKey(String((answer['KeyMetadata'] as Members)['KeyId']), Description, tagsText([tag]));
  }

  #admitKey(keyId: string, description: string, tags: string): void {
    const [policy, state] = [new Cell(policyNamed(description)), new Cell('Enabled')];
    this.keys.set(keyId, { description: new Cell(description), tags: new Cell(tags), policy, state });
    this.#touchedKeys.add(keyId);
  }

  async #encrypt(KeyId: string): Promise<void> {
    const EncryptionContext: Members = random.chance(0.5) ? { purpose: newName() } : {};
    const Plaintext = randomBytes(random.integer(1, 200)).toString('base64');
    const answer = random.chance(0.5)
      ? await this.#send('Encrypt', { KeyId, EncryptionContext, Plaintext })
      : await this.#send('GenerateDataKey', { KeyId, EncryptionContext, KeySpec: 'AES_256' });
    const { CiphertextBlob: blob, Plaintext: plaintext = Plaintext } = answer ?? {};
    if (typeof blob === 'string') this.ciphertexts.push({ keyId: KeyId, EncryptionContext, plaintext, blob });
  }

  async #changeAlias(TargetKeyId: string): Promise<void> {
    const [AliasName, alias] = random.pick([...this.#aliases]) ?? [];
    if (alias === undefined || alias.isBusy) return;
    const operation = alias.known === noTarget ? 'CreateAlias' : random.chance(0.5) ? 'UpdateAlias' : 'DeleteAlias';
    if (operation === 'DeleteAlias') await this.#change(alias, { operation, input: { AliasName }, next: noTarget });
    else await this.#change(alias, { operation, input: { AliasName, TargetKeyId }, next: TargetKeyId });
  }

  async #changeKey(KeyId: string): Promise<void> {
    const aspect = random.pick(aspects) ?? 'state';
    const cell = this.#key(KeyId)[aspect];
    if (cell.isBusy || (cell.known === 'Enabled' && random.chance(0.6))) return; // keys are to be of use, mostly
    this.#touchedKeys.add(KeyId);
    const change = proposals[aspect](cell.known);
    await this.#change(cell, { ...change, input: { KeyId, ...change.input } });
  }

  #change(cell: Cell, { operation, input, next }: Change): Promise<void> {
    return cell.change(next, async () => {
      const answer = await this.#send(operation, input);
      if (answer === undefined) return undefined;
      if ('__type' in answer) return cell.known;
      this.acknowledged++;
      return next === pendingDeletion ? stateText(next, answer['DeletionDate']) : next;
    });
  }

  /** The answer, or that the key's state forbids it; undefined where the server was killed before it answered. */
  async #send(operation: string, input: Members): Promise<Members | undefined> {
    try {
      const { status, body = {}, text, headers } = await call(this.server, operation, input, { agent: this.#agent });
      this.answered.add(String(headers['x-amzn-requestid']));
      const isRefusal = /^(DisabledException|KMSInvalidStateException)$/.test(String(body['__type']));
      assert(status === 200 || isRefusal, `${operation}: ${status} ${text}`);
      return body;
    } catch (error) {
      if (!(this.isKilled || this.hasLostWorker) || error instanceof assert.AssertionError) throw error;
      this.unanswered++;
      return undefined;
    }
  }

  /** That all keys and aliases are there; everything that was done since the last time; and a sample of what is older. */
  async verify(sample: { readonly keys: number; readonly ciphertexts: number }): Promise<void> {
    const listed = new Set((await this.#list('ListKeys', 'Keys', 1000)).map(({ KeyId }) => String(KeyId)));
    for (const keyId of this.keys.keys()) assert(listed.has(keyId), `the key ${keyId} is gone`);
    for (const keyId of listed) if (!this.keys.has(keyId)) await this.#adoptKey(keyId);
    this.#unansweredKeys.clear();
    const aliases = await this.#list('ListAliases', 'Aliases', 100);
    const targets = new Map(aliases.map(({ AliasName, TargetKeyId }) => [AliasName, String(TargetKeyId)]));
    for (const [name, cell] of this.#aliases) cell.observe(name, targets.get(name) ?? noTarget);
    const keyIds = new Set([...this.#touchedKeys, ...random.some([...this.keys.keys()], sample.keys)]);
    await Promise.all(Array.from(keyIds, (keyId) => this.#verifyKey(keyId)));
    const fresh = this.ciphertexts.slice(this.#verifiedCiphertexts);
    const ciphertexts = new Set([...fresh, ...random.some(this.ciphertexts, sample.ciphertexts)]);
    await Promise.all(Array.from(ciphertexts, (ciphertext) => this.#verifyCiphertext(ciphertext)));
    this.#touchedKeys.clear();
    this.#verifiedCiphertexts = this.ciphertexts.length;
  }

  /** That the trail has the record of every answer, once. */
  async verifyTrail(): Promise<void> {
    const recorded = recordedRequests(join(this.server.data, 'audit', 'segments'));
    for (const id of this.answered) assert.equal(recorded.get(id), 1, `the request ${id}`);
  }

  /** A key that is there although its creation was not answered: then all of it must be. */
  async #adoptKey(keyId: string): Promise<void> {
    const description = String(((await this.#ask('DescribeKey', keyId))['KeyMetadata'] as Members)['Description']);
    const tags = this.#unansweredKeys.get(description);
    assert(tags !== undefined, `nobody asked for the key ${keyId}`);
    this.#admitKey(keyId, description, tags);
  }

  async #verifyKey(keyId: string): Promise<void> {
    const questions = ['DescribeKey', 'ListResourceTags', 'GetKeyPolicy'];
    const answers = await Promise.all(questions.map((question) => this.#ask(question, keyId)));
    const { KeyMetadata, Tags, Policy } = Object.assign({}, ...answers);
    const { description, tags, policy, state } = this.#key(keyId);
    description.observe(`the description of ${keyId}`, KeyMetadata.Description);
    tags.observe(`the tags of ${keyId}`, tagsText(Tags));
    policy.observe(`the policy of ${keyId}`, Policy);
    const { KeyState, DeletionDate } = KeyMetadata;
    state.observe(`the state of ${keyId}`, stateText(KeyState, DeletionDate), KeyState);
  }

  async #verifyCiphertext({ keyId, EncryptionContext, plaintext, blob }: World['ciphertexts'][number]): Promise<void> {
    const answer = await this.#send('Decrypt', { CiphertextBlob: blob, EncryptionContext });
    const isUsable = this.#key(keyId).state.known === 'Enabled';
    assert.equal(answer?.['Plaintext'], isUsable ? plaintext : undefined, `a ciphertext of ${keyId}`);
  }

  /** Brings all keys back to where their ciphertexts decrypt. */
  async reviveKeys(): Promise<void> {
    for (const [KeyId, { state }] of this.keys) {
      const revive = (operation: string, next: string) => this.#change(state, { operation, input: { KeyId }, next });
      if (state.known.startsWith(pendingDeletion)) await revive('CancelKeyDeletion', 'Disabled');
      await revive('EnableKey', 'Enabled');
    }
  }

  async #list(operation: string, member: string, Limit: number): Promise<Members[]> {
    const found: Members[] = [];
    for (let page: Members = {}; page['Truncated'] !== false; ) {
      page = (await this.#send(operation, { Limit, Marker: page['NextMarker'] })) ?? {};
      found.push(...(page[member] as Members[]));
    }
    return found;
  }

  async #ask(question: string, KeyId: string): Promise<Members> {
    const answer = (await this.#send(question, { KeyId })) ?? {};
    assert(!('__type' in answer), `${question}: ${JSON.stringify(answer)}`);
    return answer;
  }

  #key(keyId: string): Readonly<Record<Aspect, Cell>> {
    return this.keys.get(keyId) ?? assert.fail(`the key ${keyId} is not in the model`);
  }
}

/** A change of each aspect, to something other than it is now. */
const proposals: Readonly<Record<Aspect, (now: string) => Change>> = {
  description() {
    const Description = newName();
    return { operation: 'UpdateKeyDescription', input: { Description }, next: Description };
  },
  tags(now) {
    const present: readonly Tag[] = JSON.parse(now);
    const tag = { TagKey: `t${random.integer(0, 4)}`, TagValue: newName() };
    const others = present.filter(({ TagKey }) => TagKey !== tag.TagKey);
    return others.length < present.length && random.chance(0.5)
      ? { operation: 'UntagResource', input: { TagKeys: [tag.TagKey] }, next: tagsText(others) }
      : { operation: 'TagResource', input: { Tags: [tag] }, next: tagsText([...others, tag]) };
  },
  policy() {
    const Policy = policyNamed(newName());
    return { operation: 'PutKeyPolicy', input: { Policy }, next: Policy };
  },
  state(now) {
    if (now.startsWith(pendingDeletion)) return { operation: 'CancelKeyDeletion', input: {}, next: 'Disabled' };
    if (random.chance(0.2)) return { operation: 'ScheduleKeyDeletion', input: {}, next: pendingDeletion };
    return now === 'Enabled'
      ? { operation: 'DisableKey', input: {}, next: 'Disabled' }
      : { operation: 'EnableKey', input: {}, next: 'Enabled' };
  },
};

const tagsText = (tags: readonly Tag[]): string =>
  JSON.stringify(tags.toSorted((a, b) => (String(a.TagKey) < String(b.TagKey) ? -1 : 1)));

const stateText = (state: string, date: unknown): string => (date === undefined ? state : `${state} on ${date}`);

const policyNamed = (Id: string): string =>
  JSON.stringify({ Id, Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' } });

let names = 0;
const newName = (): string => `name ${++names}`;
