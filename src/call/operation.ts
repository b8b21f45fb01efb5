/**
 * What an operation is: one record that says all there is to know about it. Routing, validation, permission, key state
 * and the reference follow from the record; only `run` is code.
 */
import type { Permission } from '#authorization/policy/verdict.ts';
import type { Attestation } from '#crypto/attestation/verify.ts';
import type { KeyUsage } from '#crypto/specs.ts';
import type { Identities } from '#identity/identities.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { UsableKey } from '#keys/require.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { inAnyState, type StateRule, whenEnabled } from '#keys/states.ts';
import type { ApiError, ErrorName } from '#model/api-error.ts';
import type { Place, Region } from '#model/arn.ts';
import { aliasNotSupported, unsupported } from '#model/errors.ts';
import type { KmsOperationName } from '#model/operation-names.ts';
import type { Principal } from '#model/principal.ts';
import type { Members, Shape, Structure, StructureShape } from '#model/schema.ts';
import type { Findings } from './audit.ts';
import type { Client, Located } from './stages.ts';

/** How a request names a key of its. */
export type KeySource =
  /** In a member of the request; a slot whose member is not there stays empty. */
  | {
      readonly from: 'identifier';
      readonly member: string;
      /** What to say of an alias; absent where aliases are as good as ids. */
      readonly refuseAlias?: () => ApiError;
    }
  /** In the ciphertext itself, unless a member names it as well; that member then decides. */
  | { readonly from: 'ciphertext'; readonly member: string; readonly identifier: string }
  /** As the key behind an alias. */
  | { readonly from: 'alias'; readonly member: string }
  /** As the key related to another slot's, in the Region that a member names; a slot stays empty where there is none. */
  | { readonly from: 'related'; readonly to: string; readonly member: string };

/** One key that an operation works on, and what must be true of it. */
export interface KeyAccess {
  readonly source: KeySource;
  /** The IAM action, where it is not `kms:` and the operation's name. */
  readonly action?: string;
  readonly states: StateRule;
  readonly usage?: KeyUsage;
  /** Names a key to narrow an answer that is not about the key: its policy is not asked. */
  readonly isFilter?: true;
  /** Whether other accounts' keys can be used this way, where their policies let it. Not unless said. */
  readonly crossAccount?: true;
  /** The members that conditions on encryption look at; an algorithm without a member is the symmetric one. */
  readonly encryption?: { readonly context: string; readonly algorithm?: string };
}

export type KeyAccesses = Readonly<Record<string, KeyAccess>>;

/** A request as `run` gets it: checked, permitted, its keys found. */
export interface Call<I, K extends KeyAccesses> {
  readonly input: I;
  readonly keys: { readonly [Slot in keyof K]: UsableKey };
  readonly caller: Principal;
  readonly client: Client;
  readonly operation: Operation;
  /** The caller's account and the request's Region. */
  readonly place: Place;
  /** Why it is permitted, for each key, and for each action that was asked about without one. */
  readonly permissions: Readonly<Record<string, Permission>>;
  /** Of a request with a Recipient: whom the secrets in the answer are for. */
  readonly attestation: Attestation | undefined;
  /** Throws what the request would be refused with if it came now: to be asked after a long wait, before anything is written. */
  readonly confirm: () => Promise<void>;
  /** Where to note what the record of the request is to say and nothing else knows. */
  readonly findings: Findings;
}

/** What the caller's own policies must allow, besides what each key's policy does. */
export interface Ask {
  /** `kms:` and the operation's name unless given. */
  readonly action?: string;
  /** An ARN; `*` where there is no resource. */
  readonly resource: string;
  /** Where it is done, if not in the request's Region. It is asked last, once the keys' policies have let the caller. */
  readonly elsewhere?: { readonly region: Region; readonly replicaOf: LocatedKey | undefined };
}

interface Declaration<I extends Members, O extends Members, K extends KeyAccesses> {
  readonly name: KmsOperationName;
  readonly keys: K;
  readonly input: StructureShape<I>;
  /** Absent where AWS answers with an empty body. */
  readonly output?: StructureShape<O>;
  /** The errors of its own; what the front end and the authorization step throw is common to all. */
  readonly errors: readonly ErrorName[];
  asks?(input: Structure<I>, place: Place, keys: Located['keys']): readonly Ask[];
  run(call: Call<Structure<I>, K>, keyring: Keyring, identities: Identities): Promise<Structure<O>> | Structure<O>;
}

/** An operation without its types: what the pipeline works with. */
export interface Operation {
  readonly name: KmsOperationName;
  readonly keys: KeyAccesses;
  /** The same, as a list: every request walks through it several times. */
  readonly slots: readonly (readonly [slot: string, access: KeyAccess])[];
  readonly input: StructureShape<Members>;
  readonly output: Shape<unknown> | undefined;
  readonly errors: readonly ErrorName[];
  readonly asks?: (input: Readonly<Record<string, unknown>>, place: Place, keys: Located['keys']) => readonly Ask[];
  readonly run: (call: Call<unknown, KeyAccesses>, keyring: Keyring, identities: Identities) => unknown;
}

export function operation<I extends Members, O extends Members, const K extends KeyAccesses>(
  declaration: Declaration<I, O, K>,
): Operation {
  // The pipeline decodes with `input` and fills the slots of `keys`, so `run` gets exactly what it declares.
  return { output: undefined, slots: Object.entries(declaration.keys), ...declaration } as unknown as Operation;
}

/** An operation that is known but not built yet: its input is validated, and then it says so. */
export function unbuilt<I extends Members, O extends Members>(
  declaration: Omit<Declaration<I, O, KeyAccesses>, 'errors' | 'run'> & { readonly because: string },
): Operation {
  return operation({
    ...declaration,
    errors: ['UnsupportedOperationException'],
    // Diverges: unbuilt-operations
    run: () => {
      throw unsupported(`${declaration.name} is not supported by this version of Keywright: ${declaration.because}.`);
    },
  });
}

/** For operations that have no resource. */
export const asksInGeneral = (): readonly Ask[] => [{ resource: '*' }];

/** The key in member `KeyId`, for operations that take key ids and key ARNs. */
export function keyById(states: StateRule = inAnyState) {
  return { key: { source: { from: 'identifier', member: 'KeyId', refuseAlias: aliasNotSupported }, states } } as const;
}

/** The key in member `KeyId`, for operations that use it: aliases will do, and keys of other accounts. */
export function usingKey<U extends KeyUsage>(usage: U) {
  const source = { from: 'identifier', member: 'KeyId' } as const;
  return { key: { source, states: whenEnabled, usage, crossAccount: true } } as const;
}

/** The key in member `KeyId`, for operations that encrypt under it: aliases will do, and keys of other accounts. */
export function encryptingKey(algorithm?: string) {
  const context = 'EncryptionContext';
  const encryption = algorithm === undefined ? { context } : { context, algorithm };
  return { key: { ...usingKey('ENCRYPT_DECRYPT').key, encryption } };
}

/** Errors of the operations that use key material (API Reference, their Errors sections). */
export const cryptographicErrors = [
  'DependencyTimeoutException',
  'DisabledException',
  'DryRunOperationException',
  'InvalidGrantTokenException',
  'InvalidKeyUsageException',
  'KeyUnavailableException',
  'KMSInternalException',
  'KMSInvalidStateException',
  'NotFoundException',
] as const satisfies readonly ErrorName[];

/** The same, without DependencyTimeoutException: MAC keys are never in a custom key store. */
export const macErrors = cryptographicErrors.filter((name) => name !== 'DependencyTimeoutException');

/** Errors of the operations that look at keys in whatever state. */
export const readingErrors = [
  'DependencyTimeoutException',
  'InvalidArnException',
  'KMSInternalException',
  'NotFoundException',
] as const satisfies readonly ErrorName[];

/** Errors of the operations that manage keys. */
export const managementErrors = [...readingErrors, 'KMSInvalidStateException'] as const satisfies readonly ErrorName[];
