/**
 * The people and keys of the authorization cases, all made through the public API, and the table form that the cases are
 * written in. Account A (111122223333) owns the key K; the operation is Decrypt and the caller is Alice of A unless a case
 * says otherwise. Every request is signed, sent and answered for real.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '#call/explain.ts';
import { putGuardrail } from '#identity/guardrails.ts';
import { parseAccountId, type Region } from '#model/arn.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { type Answer, type Caller, type Kms, startKms } from '#test/harness/kms.ts';

export const A = '111122223333';
export const B = '444455556666';
export const region = 'us-west-2';

export type Json = Readonly<Record<string, unknown>>;

/** Statements of the kinds that the cases are about. Later members replace those before. */
export const allow = (more: Json = {}): Json => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more });
export const deny = (more: Json = {}): Json => allow({ Effect: 'Deny', ...more });
export const to = (...names: readonly string[]) => ({ Principal: { AWS: names } });
export const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
export const rootArn = (account = A) => `arn:aws:iam::${account}:root`;
export const userArn = (name: string, account = A) => `arn:aws:iam::${account}:user/${name}`;
export const roleArn = `arn:aws:iam::${A}:role/team/App`;
export const sessionArn = (name: string) => `arn:aws:sts::${A}:assumed-role/App/${name}`;
export const delegation = allow(to(rootArn()));
export const other = allow({ Action: 's3:*' });

export const document = (statements: readonly Json[], version = '2012-10-17') =>
  JSON.stringify({ ...(version === '' ? {} : { Version: version }), Statement: statements });

export type Name =
  | 'alice'
  | 'bob'
  | 'x'
  | 'y'
  | 'root'
  | 'root of B'
  | 'session s1'
  | 'session s2'
  | 'federated'
  | 'alice, temporary';

const users: Readonly<Record<string, readonly [name: string, account: string]>> = {
  alice: ['Alice', A],
  bob: ['Bob', A],
  x: ['X', B],
  y: ['Y', B],
};

export const trustOfA = document([
  { Effect: 'Allow', Principal: { AWS: rootArn() }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
]);

/** A server with Alice and Bob of A, X and Y of B, and the role /team/App of A. */
export class World implements AsyncDisposable {
  readonly kms: Kms;
  readonly #credentials = new Map<string, Caller>();

  private constructor(kms: Kms) {
    this.kms = kms;
  }

  static async make(): Promise<World> {
    const world = new World(await startKms());
    for (const [key, [UserName, account]] of Object.entries(users)) {
      const as = { caller: world.rootOf(account) };
      await world.kms.did('CreateUser', { UserName }, as);
      const { AccessKey } = await world.kms.did('CreateAccessKey', { UserName }, as);
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey;
      world.#credentials.set(key, { accessKeyId, secretAccessKey });
    }
    await world.makeRole();
    return world;
  }

  async makeRole(): Promise<void> {
    await this.kms.did('CreateRole', { RoleName: 'App', Path: '/team/', AssumeRolePolicyDocument: trustOfA });
  }

  rootOf(account: string): Caller {
    return account === A ? this.kms.root : this.kms.other;
  }

  /** Credentials of someone; sessions are made now, with a session policy if one is given. */
  async caller(name: Name, session?: string): Promise<Caller> {
    switch (name) {
      case 'root':
        return this.kms.root;
      case 'root of B':
        return this.kms.other;
      case 'session s1':
      case 'session s2':
        return this.assume(name.slice('session '.length), session);
      case 'federated':
        return this.#temporary('GetFederationToken', { Name: 'Alice', Policy: session }, 'alice');
      case 'alice, temporary':
        return this.#temporary('GetSessionToken', {}, 'alice');
      default: {
        const known = this.#credentials.get(name);
        assert(known !== undefined, name);
        return known;
      }
    }
  }

  /** A session of App, asked for by Bob, who may. */
  async assume(RoleSessionName: string, session?: string, more: Json = {}): Promise<Caller> {
    const mayAssume = document([allow({ Action: 'sts:*' })]);
    await this.kms.did('PutUserPolicy', { UserName: 'Bob', PolicyName: 'assume', PolicyDocument: mayAssume });
    return this.#temporary('AssumeRole', { RoleArn: roleArn, RoleSessionName, Policy: session, ...more }, 'bob');
  }

  async #temporary(action: string, parameters: Json, by: 'alice' | 'bob'): Promise<Caller> {
    if (action === 'GetFederationToken') {
      const mayAsk = document([allow({ Action: 'sts:GetFederationToken' })]);
      await this.kms.did('PutUserPolicy', { UserName: 'Alice', PolicyName: 'federate', PolicyDocument: mayAsk });
    }
    const { Credentials } = await this.kms.did(action, parameters, { caller: await this.caller(by) });
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials;
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }

  /** Replaces the inline policy of someone's user or role. */
  async identity(name: Name, statements: readonly Json[], version?: string): Promise<void> {
    const PolicyDocument = document(statements, version);
    const user = users[name === 'alice, temporary' || name === 'federated' ? 'alice' : name];
    if (user !== undefined) {
      const [UserName, account] = user;
      const parameters = { UserName, PolicyName: 'identity', PolicyDocument };
      await this.kms.did('PutUserPolicy', parameters, { caller: this.rootOf(account) });
    } else if (name.startsWith('session')) {
      await this.kms.did('PutRolePolicy', { RoleName: 'App', PolicyName: 'identity', PolicyDocument });
    }
  }

  async boundary(name: Name, statements: readonly Json[]): Promise<void> {
    const { Policy } = await this.kms.did('CreatePolicy', {
      PolicyName: `boundary-${Math.random().toString(36).slice(2)}`,
      PolicyDocument: document(statements),
    });
    const PermissionsBoundary = Policy.Arn;
    const user = users[name];
    if (user === undefined) await this.kms.did('PutRolePermissionsBoundary', { RoleName: 'App', PermissionsBoundary });
    else await this.kms.did('PutUserPermissionsBoundary', { UserName: user[0], PermissionsBoundary });
  }

  async guardrail(account: string, kind: 'service-control' | 'resource-control', statements: readonly Json[]) {
    const accountId = parseAccountId(account);
    assert(accountId !== undefined);
    await putGuardrail(this.kms.identities, { accountId, kind, name: 'guardrail' }, document(statements));
  }

  /** A key of A; what its policy may say of it is its ARN. */
  async key(policy?: readonly Json[] | ((arn: string) => readonly Json[]), version?: string): Promise<Key> {
    const { KeyMetadata } = await this.kms.ok('CreateKey', {}, { region });
    const context = { KeyId: KeyMetadata.KeyId, Plaintext: Buffer.from('secret').toString('base64') };
    const key: Key = {
      id: KeyMetadata.KeyId,
      arn: KeyMetadata.Arn,
      encrypt: async (EncryptionContext) =>
        (await this.kms.ok('Encrypt', { ...context, EncryptionContext }, { region, caller: this.kms.root }))
          .CiphertextBlob,
      put: async (statements, ofVersion) =>
        void (await this.kms.ok(
          'PutKeyPolicy',
          { KeyId: key.id, Policy: document(statements, ofVersion), BypassPolicyLockoutSafetyCheck: true },
          { region },
        )),
    };
    if (policy !== undefined) await key.put(typeof policy === 'function' ? policy(key.arn) : policy, version);
    return key;
  }

  send(operation: string, input: Json, caller: Caller): Promise<Answer> {
    return this.kms.send(operation, input, { caller, region });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kms[Symbol.asyncDispose]();
  }
}

export interface Key {
  readonly id: string;
  readonly arn: string;
  encrypt(context?: Json): Promise<string>;
  put(statements: readonly Json[], version?: string): Promise<void>;
}

/** One case and one thing asked in it. */
export interface Case {
  /** The number in the dossier. */
  readonly case: number;
  readonly title: string;
  /** `allowed`, the name of an error, or words of the denial. */
  readonly expect: string | RegExp;
  readonly caller?: Name;
  /** `Decrypt` unless given: of a ciphertext under the key, with `context`. */
  readonly operation?: string;
  readonly input?: Json | ((key: Key) => Json);
  /** Statements of the key policy. */
  readonly key?: readonly Json[] | ((arn: string) => readonly Json[]);
  readonly identity?: readonly Json[] | ((arn: string) => readonly Json[]);
  readonly boundary?: readonly Json[];
  readonly session?: readonly Json[];
  readonly serviceControl?: readonly [account: string, statements: readonly Json[]];
  readonly resourceControl?: readonly Json[];
  /** The encryption context. */
  readonly context?: Json;
  /** Aliases of the key. */
  readonly aliases?: readonly string[];
  readonly version?: string;
  /** What else has to be so, before the request. */
  readonly before?: (world: World, key: Key) => Promise<void>;
}

export function isAllowed({ status, body }: Answer): boolean {
  // A dry run, or what comes after permission, such as a wrong ciphertext: permitted all the same.
  return status === 200 || ['DryRunOperationException', 'InvalidCiphertextException'].includes(body?.__type);
}

async function runCase(one: Case): Promise<void> {
  await using world = await World.make();
  const { caller: name = 'alice', operation = 'Decrypt' } = one;
  const key = await world.key();
  const blob = await key.encrypt(one.context);
  for (const AliasName of one.aliases ?? []) {
    await world.kms.ok('CreateAlias', { AliasName, TargetKeyId: key.id }, { region });
  }
  const statementsFor = (made: Case['key']) => (typeof made === 'function' ? made(key.arn) : made);
  const identity = statementsFor(one.identity);
  if (identity !== undefined) await world.identity(name, identity, one.version);
  if (one.boundary !== undefined) await world.boundary(name, one.boundary);
  const caller = await world.caller(name, one.session && document(one.session));
  await one.before?.(world, key);
  const statements = statementsFor(one.key);
  if (statements !== undefined) await key.put(statements, one.version);
  if (one.serviceControl !== undefined)
    await world.guardrail(one.serviceControl[0], 'service-control', one.serviceControl[1]);
  if (one.resourceControl !== undefined) await world.guardrail(A, 'resource-control', one.resourceControl);
  const usual =
    operation === 'Decrypt'
      ? { KeyId: key.arn, CiphertextBlob: blob, EncryptionContext: one.context }
      : { KeyId: key.arn };
  const input = typeof one.input === 'function' ? one.input(key) : one.input;
  const answer = await world.send(operation, { ...usual, ...input }, caller);
  await assertExplained(world, { one, key, isAllowed: isAllowed(answer) });
  const said = `case ${one.case}, ${operation} by ${name}: ${answer.status} ${answer.text}`;
  if (one.expect === 'allowed') return assert(isAllowed(answer), said);
  assert(!isAllowed(answer), said);
  if (typeof one.expect === 'string' && /^\w+Exception$/.test(one.expect))
    return assert.equal(answer.body.__type, one.expect, said);
  assert.equal(answer.body.__type, 'AccessDeniedException', said);
  assert(
    typeof one.expect === 'string' ? answer.body.Message.includes(one.expect) : one.expect.test(answer.body.Message),
    said,
  );
}

const arnOf: Readonly<Partial<Record<Name, string>>> = {
  alice: userArn('Alice'),
  bob: userArn('Bob'),
  x: userArn('X', B),
  y: userArn('Y', B),
  root: rootArn(),
  'root of B': rootArn(B),
  'session s1': sessionArn('s1'),
  'session s2': sessionArn('s2'),
};

interface ToExplain {
  readonly one: Case;
  readonly key: Key;
  readonly isAllowed: boolean;
}

/** `keywright explain` says of a plain request on a key what the request was told. */
async function assertExplained({ kms }: World, { one, key, isAllowed }: ToExplain): Promise<void> {
  const { caller = 'alice', operation = 'Decrypt', context = {} } = one;
  const principal = arnOf[caller];
  const isPlain = one.input === undefined && one.session === undefined && one.before === undefined;
  if (principal === undefined || !isPlain || kmsOperations.get(operation)?.slots.length !== 1) return;
  const wish = {
    principal,
    action: `kms:${operation}`,
    key: key.arn,
    region: region as Region,
    isTls: false,
    encryptionContext: new Map(Object.entries(context).map(([name, value]) => [name, String(value)])),
    conditions: new Map<string, readonly string[]>(),
  };
  const explanation = await explain(wish, {
    operations: kmsOperations,
    keyring: kms.keyring,
    identities: kms.identities,
  });
  assert.equal(explanation.isAllowed, isAllowed, `explained: case ${one.case}, ${JSON.stringify(explanation)}`);
}

/** A test for each sentence; several cases may share one. */
export function testCases(cases: readonly Case[]): void {
  for (const title of new Set(cases.map((one) => one.title))) {
    test(title, async () => {
      for (const one of cases.filter((candidate) => candidate.title === title)) await runCase(one);
    });
  }
}

export const says = {
  noKeyPolicy: 'because no resource-based policy allows',
  noIdentity: 'because no identity-based policy allows',
  noBoundary: 'because no permissions boundary allows',
  noSession: 'because no session policy allows',
  noServiceControl: 'because no service control policy allows',
  keyDeny: 'with an explicit deny in a resource-based policy',
  identityDeny: 'with an explicit deny in an identity-based policy',
  boundaryDeny: 'with an explicit deny in a permissions boundary',
  serviceControlDeny: 'with an explicit deny in a service control policy',
  elsewhere:
    'on this resource because the resource does not exist in this Region, no resource-based policies allow access',
} as const;
