/**
 * From a credential to the principal that it stands for, with the policies that are attached to it at this moment. What was
 * found is remembered until something in the account changes.
 */
import { compiledBytes, principalBytes } from '#base/cache-shares.ts';
import { Lru } from '#base/lru.ts';
import { awsManagedPolicies } from '#identity/entities/aws-managed-policies.ts';
import type { Session } from '#identity/sessions/sessions.ts';
import type { AccountId } from '#model/arn.ts';
import type { Bearing, PolicyText, Principal, SessionFacts } from '#model/principal.ts';
import type {
  EntityRecord,
  GroupRecord,
  GuardrailRecord,
  PolicyReference,
  Reader,
  RoleRecord,
  UserRecord,
} from '#storage/store.ts';
import type { Credential, Holder } from './credentials.ts';
import type { Generations } from './generations.ts';
import {
  accountRootArn,
  assumedRoleArn,
  entityArn,
  federatedUserArn,
  parsePolicyArn,
  policyReference,
} from './names.ts';

/** The root user, or a user or role with its policies. */
type Attached = RootAttached | EntityAttached;

interface RootAttached {
  readonly kind: 'root';
}

interface EntityAttached {
  readonly kind: 'user' | 'role';
  readonly record: UserRecord | RoleRecord;
  readonly uniqueId: string;
  readonly identity: readonly PolicyText[];
  readonly boundary?: PolicyText;
}

interface Known {
  readonly principal: Principal;
  readonly credential: Credential;
  readonly generation: number;
}

interface Loaded {
  readonly generation: number;
  readonly value: Promise<unknown>;
  /** What it takes in memory, with its policies compiled, once it is there. */
  readonly bytes: number;
}

export class Principals {
  readonly #reader: Reader;
  readonly #generations: Generations;
  readonly #known: Lru<Known>;
  readonly #loaded: Lru<Loaded>;

  /** `bytes`: how much may be remembered. */
  constructor(reader: Reader, generations: Generations, bytes: number) {
    this.#reader = reader;
    this.#generations = generations;
    this.#known = new Lru(
      bytes / 4,
      ({ credential: { sessionToken = '' } }) =>
        // The token has the session's own policies in it.
        principalBytes + sessionToken.length * compiledBytes,
    );
    this.#loaded = new Lru((bytes / 4) * 3, (loaded) => loaded.bytes);
  }

  /** How many principals, and how many sets of policies, are remembered. */
  get sizes(): { readonly principals: number; readonly policies: number } {
    return { principals: this.#known.size, policies: this.#loaded.size };
  }

  /** Undefined where the user or role is no more. Synchronous for a credential that was used lately. */
  of(credential: Credential, partition: string): Principal | undefined | Promise<Principal | undefined> {
    const known = this.#known.get(`${credential.accessKeyId} ${partition}`);
    const isCurrent =
      known?.credential === credential && known.generation === this.#generations.of(credential.holder.accountId);
    return isCurrent ? known.principal : this.#make(credential, partition);
  }

  /** The principal that a holder is at this moment, whoever asks. */
  async principalFor(holder: Holder, partition: string): Promise<Principal | undefined> {
    const { accountId, principal: id, session } = holder;
    const attached = id === 'root' ? ({ kind: 'root' } as const) : await this.#attachedTo(accountId, id);
    if (attached === undefined) return undefined;
    const serviceControl = await this.guardrails(accountId, 'service-control');
    const sessionPolicies = await this.#sessionPolicies(session);
    return makePrincipal(holder, { partition, attached, serviceControl, sessionPolicies });
  }

  /** The account's policies of a kind; undefined where it has none. */
  guardrails(accountId: AccountId, kind: GuardrailRecord['kind']): Promise<readonly PolicyText[] | undefined> {
    return this.#remembered(accountId, kind, async () => {
      const found = await this.#reader.list('guardrails', {
        within: [accountId, kind],
        limit: Number.MAX_SAFE_INTEGER,
      });
      return found.length === 0 ? undefined : found.map(({ record: { name, document } }) => ({ name, document }));
    });
  }

  /** The default version of a managed policy; undefined where there is none. */
  managedPolicy(accountId: AccountId, reference: PolicyReference): Promise<PolicyText | undefined> {
    return this.#remembered(accountId, reference, async () => {
      const ofAws = awsManagedPolicies.get(reference);
      if (ofAws !== undefined) return { name: reference, document: ofAws.document };
      const { owner, name } = parsePolicyArn(`arn:aws:iam::${reference}`) ?? { owner: '', name: '' };
      const found = owner === accountId ? await this.#reader.get('policies', [owner, name.toLowerCase()]) : undefined;
      const record = found && policyReference(owner, found.path, found.name) === reference ? found : undefined;
      const version = record?.versions.find(({ versionId }) => versionId === record.defaultVersionId);
      return version && { name: reference, document: version.document };
    });
  }

  /** The inline and managed policies of a user, role or group itself, as a record has them. */
  async policiesIn(holder: NonNullable<PolicyText['holder']>, record: EntityRecord): Promise<readonly PolicyText[]> {
    const { inlinePolicies, attachedPolicies } = record;
    const texts: PolicyText[] = inlinePolicies.map(([name, document]) => ({ name, document, holder }));
    const accountId = record.accountId as AccountId; // stored as parsed
    for (const reference of attachedPolicies) texts.push(await this.#required(accountId, reference));
    return texts;
  }

  async #make(credential: Credential, partition: string): Promise<Principal | undefined> {
    const { accountId } = credential.holder;
    const generation = this.#generations.of(accountId);
    const principal = await this.principalFor(credential.holder, partition);
    if (principal !== undefined) {
      this.#known.set(`${credential.accessKeyId} ${partition}`, { principal, credential, generation });
    }
    return principal;
  }

  #attachedTo(accountId: AccountId, uniqueId: string): Promise<EntityAttached | undefined> {
    return this.#remembered(accountId, uniqueId, async () => {
      const named = await this.#reader.get('principals', [uniqueId]);
      if (named === undefined || named.accountId !== accountId) return undefined;
      const { kind, name } = named;
      const record = await this.#reader.get(kind === 'user' ? 'users' : 'roles', [accountId, name]);
      if (record === undefined) return undefined;
      const groups = 'groups' in record ? await this.#groupsOf(record) : [];
      const identity = [...(await this.policiesIn(kind, record))];
      for (const group of groups) identity.push(...(await this.policiesIn('group', group)));
      const boundary = record.boundary === undefined ? undefined : await this.#required(accountId, record.boundary);
      return { kind, record, uniqueId, identity, ...(boundary === undefined ? {} : { boundary }) };
    });
  }

  /** A group that has users exists. One that is not found, for instance because it is being renamed, may deny something. */
  #groupsOf({ accountId, groups }: UserRecord): Promise<readonly GroupRecord[]> {
    return Promise.all(
      groups.map(async (name) => {
        const group = await this.#reader.get('groups', [accountId, name]);
        if (group === undefined) throw new Error(`The group ${name} of a user is not in the store.`);
        return group;
      }),
    );
  }

  /** A policy that is attached exists: deleting it is refused meanwhile. Without it nothing may be decided. */
  async #required(accountId: AccountId, reference: PolicyReference): Promise<PolicyText> {
    const policy = await this.managedPolicy(accountId, reference);
    if (policy === undefined) throw new Error(`The attached policy ${reference} is not in the store.`);
    return policy;
  }

  /** A managed session policy that was deleted since allows nothing. */
  async #sessionPolicies(session: Session | undefined): Promise<readonly PolicyText[] | undefined> {
    if (session?.policies === undefined) return undefined;
    const { inline, managed } = session.policies;
    const texts: PolicyText[] = inline === undefined ? [] : [{ name: 'session policy', document: inline }];
    for (const reference of managed) {
      const policy = await this.managedPolicy(session.accountId, reference);
      if (policy !== undefined) texts.push(policy);
    }
    return texts;
  }

  #remembered<T>(accountId: AccountId, what: string, load: () => Promise<T>): Promise<T> {
    const name = `${accountId} ${what}`;
    const generation = this.#generations.of(accountId);
    const loaded = this.#loaded.get(name);
    if (loaded?.generation === generation) return loaded.value as Promise<T>; // each `what` is loaded in one place
    const value = load();
    const loading = { generation, value, bytes: principalBytes };
    this.#loaded.set(name, loading);
    value.then(
      (found) => {
        // An entity's own policies are in it twice.
        const bytes = principalBytes + ((JSON.stringify(found)?.length ?? 0) * compiledBytes) / 2;
        if (this.#loaded.get(name) === loading) this.#loaded.set(name, { ...loading, bytes });
      },
      () => this.#loaded.delete(name), // whoever waits is told
    );
    return value;
  }
}

interface Parts {
  readonly partition: string;
  readonly attached: Attached;
  readonly serviceControl: readonly PolicyText[] | undefined;
  readonly sessionPolicies: readonly PolicyText[] | undefined;
}

/** The root user needs no policy; its federated users have all of its rights, as far as their session policies let them. */
const allOfRoot: PolicyText = {
  name: 'root',
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
};

function makePrincipal(holder: Holder, { partition, attached, serviceControl, sessionPolicies }: Parts): Principal {
  const { accountId, session, viaService } = holder;
  const realm = { partition, accountId };
  const limits = {
    ...(attached.kind !== 'root' && attached.boundary !== undefined ? { boundary: attached.boundary } : {}),
    ...(sessionPolicies === undefined ? {} : { session: sessionPolicies }),
    ...(serviceControl === undefined ? {} : { serviceControl }),
  };
  const isFederated = session?.by === 'GetFederationToken';
  const identity = attached.kind === 'root' ? (isFederated ? [allOfRoot] : []) : attached.identity;
  const bearing: Omit<Bearing, 'userId'> = {
    tags: attached.kind === 'root' ? [] : overlaid(attached.record.tags, session?.tags ?? []),
    policies: { identity, ...limits },
    ...(session === undefined ? {} : { session: factsOf(session) }),
    ...(viaService === undefined ? {} : { viaService }),
  };
  const hasBoundary = 'boundary' in limits;
  const entity =
    attached.kind === 'root'
      ? { arn: accountRootArn(realm), uniqueId: accountId }
      : { arn: entityArn(realm, attached.kind, attached.record), uniqueId: attached.uniqueId };
  if (isFederated) {
    const name = session.name ?? '';
    const arn = federatedUserArn(realm, name);
    return {
      kind: 'federated-user',
      accountId,
      arn,
      user: entity,
      hasBoundary,
      userId: `${accountId}:${name}`,
      ...bearing,
    };
  }
  if (attached.kind === 'root') {
    return { kind: 'root', accountId, arn: entity.arn, userId: accountId, ...bearing };
  }
  if (attached.kind === 'role') {
    const name = session?.name ?? '';
    const arn = assumedRoleArn(realm, attached.record.name, name);
    return {
      kind: 'role-session',
      accountId,
      arn,
      role: entity,
      hasBoundary,
      userId: `${entity.uniqueId}:${name}`,
      ...bearing,
    };
  }
  return {
    kind: 'user',
    accountId,
    ...entity,
    hasBoundary,
    userId: entity.uniqueId,
    userName: attached.record.name,
    ...bearing,
  };
}

/** All that is told of a session: its secret goes no further. */
function factsOf(session: Session): SessionFacts {
  const { accountId, holder, name, tags, policies, secret, ...facts } = session;
  return facts;
}

/** Tag keys are compared without regard to case, and the session's win. */
function overlaid(own: Bearing['tags'], session: Bearing['tags']): Bearing['tags'] {
  if (session.length === 0) return own;
  const overlaying = new Set(session.map(([key]) => key.toLowerCase()));
  return [...own.filter(([key]) => !overlaying.has(key.toLowerCase())), ...session];
}
