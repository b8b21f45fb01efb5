/**
 * A server that is killed in the middle of changes to users, access keys, policies and grants. Whatever it acknowledged is
 * there after the next start, and in force; what it did not acknowledge is wholly there or not at all. KEYWRIGHT_IDENTITY_KILLS
 * is how often.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { type ServerProcess, startServer, until } from '#test/harness/server-process.ts';

const kills = Number(process.env['KEYWRIGHT_IDENTITY_KILLS'] ?? 12);
const account = '000000000000';
const mayEncrypt = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }] });

/** How far a user came: each step was acknowledged. */
interface Person {
  readonly name: string;
  /** 0: it is deleted again; 1: it is given a policy; 2: it is given a grant. */
  readonly kind: number;
  userId?: string;
  credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  hasPolicy?: boolean;
  grantId?: string;
  isGone?: boolean;
}

class World {
  readonly server: ServerProcess;
  readonly people: Person[] = [];
  keyId = '';
  isKilled = false;
  acknowledged = 0;

  constructor(server: ServerProcess) {
    this.server = server;
  }

  #settings(credentials: NonNullable<Person['credentials']> = this.server.credentials) {
    return { endpoint: this.server.url, region: 'us-east-1', credentials: { ...credentials }, maxAttempts: 1 };
  }

  async prepare(): Promise<void> {
    const { KeyMetadata } = await new kms.KMSClient(this.#settings()).send(new kms.CreateKeyCommand({}));
    this.keyId = KeyMetadata?.KeyId ?? '';
  }

  /** Makes one person after another, until the server is killed. */
  async work(): Promise<void> {
    try {
      while (!this.isKilled) await this.#makePerson();
    } catch (error) {
      if (!this.isKilled) throw error;
    }
  }

  async #makePerson(): Promise<void> {
    const client = new iam.IAMClient(this.#settings());
    const keys = new kms.KMSClient(this.#settings());
    const kind = this.people.length % 3;
    const person: Person = { name: `user-${this.people.length}`, kind };
    this.people.push(person);
    const at = { UserName: person.name };
    const { User } = await client.send(new iam.CreateUserCommand(at));
    person.userId = User?.UserId ?? '';
    this.acknowledged++;
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand(at));
    person.credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    this.acknowledged++;
    if (kind === 0) {
      await client.send(new iam.DeleteAccessKeyCommand({ ...at, AccessKeyId: person.credentials.accessKeyId }));
      await client.send(new iam.DeleteUserCommand(at));
      person.isGone = true;
      this.acknowledged++;
    } else if (kind === 1) {
      await client.send(new iam.PutUserPolicyCommand({ ...at, PolicyName: 'p', PolicyDocument: mayEncrypt }));
      person.hasPolicy = true;
      this.acknowledged++;
    } else {
      const GranteePrincipal = `arn:aws:iam::${account}:user/${person.name}`;
      const grant = new kms.CreateGrantCommand({ KeyId: this.keyId, GranteePrincipal, Operations: ['Encrypt'] });
      person.grantId = (await keys.send(grant)).GrantId ?? '';
      this.acknowledged++;
    }
  }

  async verify(): Promise<void> {
    const client = new iam.IAMClient(this.#settings());
    const users = new Map<string | undefined, string | undefined>();
    for await (const { Users = [] } of iam.paginateListUsers({ client }, {})) {
      for (const { UserName, UserId } of Users) users.set(UserName, UserId);
    }
    const grants = new Set<string | undefined>();
    const keys = new kms.KMSClient(this.#settings());
    for await (const { Grants = [] } of kms.paginateListGrants({ client: keys }, { KeyId: this.keyId })) {
      for (const { GrantId } of Grants) grants.add(GrantId);
    }
    for (const person of this.people) {
      if (person.isGone) assert.equal(users.has(person.name), false, `${person.name} is back`);
      else if (person.userId !== undefined) await this.#verifyUser(person, users.get(person.name));
      if (person.grantId !== undefined) assert(grants.has(person.grantId), `the grant of ${person.name} is gone`);
    }
  }

  async #verifyUser(person: Person, found: string | undefined): Promise<void> {
    const { name, kind, userId, credentials, hasPolicy, grantId } = person;
    // A deletion may have been under way, unacknowledged.
    if (found === undefined) return assert(kind === 0 && credentials !== undefined, `${name} is gone`);
    assert.equal(found, userId, name);
    if (credentials === undefined || (!hasPolicy && grantId === undefined)) return;
    const settings = this.#settings(credentials);
    const { UserId } = await new sts.STSClient(settings).send(new sts.GetCallerIdentityCommand({}));
    assert.equal(UserId, userId);
    const encrypt = new kms.EncryptCommand({ KeyId: this.keyId, Plaintext: Buffer.from('x') });
    await new kms.KMSClient(settings).send(encrypt);
  }
}

test('what IAM and grants acknowledged survives SIGKILL', { timeout: 60_000 + kills * 20_000 }, async (t) => {
  await using server = await startServer();
  const world = new World(server);
  await world.prepare();
  for (let kill = 0; kill < kills; kill++) {
    const load = [world.work(), world.work(), world.work()];
    const enough = world.acknowledged + 6 + ((kill * 5) % 9);
    const begun = until('enough is acknowledged', () => world.acknowledged >= enough);
    await Promise.race([begun, Promise.all(load)]); // the load ends early only by failing
    world.isKilled = true;
    await server.kill();
    await Promise.all(load);
    world.isKilled = false;
    await server.start();
    await world.verify();
  }
  const letIn = world.people.filter(({ hasPolicy, grantId }) => hasPolicy || grantId !== undefined);
  assert(letIn.length > kills / 3, `${letIn.length} were let in`);
  t.diagnostic(`${kills} kills; ${world.people.length} users begun, all that was acknowledged found`);
});
