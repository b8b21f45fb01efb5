/**
 * One page of a simulation: each action on each resource, evaluated only when its page is asked for. Source: IAM API
 * Reference, EvaluationResult, Statement, ContextEntry.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readKeyPolicy } from '#authorization/key-policy.ts';
import type { CompiledPolicy } from '#authorization/policy/compile.ts';
import { type MatchedStatement, type Question, type Simulation, simulate } from '#authorization/simulate.ts';
import type { Identities } from '#identity/identities.ts';
import { defaultItems, readIamPage } from '#identity/paging.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { ApiError } from '#model/api-error.ts';
import { parseKmsArn, partitionOf } from '#model/arn.ts';
import { invalidInput } from '#model/iam-errors.ts';
import type { Principal } from '#model/principal.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import type { AnyCall } from './ask.ts';
import { nameOf } from './policy-shown.ts';

export interface Scenario {
  readonly ActionNames: readonly string[];
  readonly ResourceArns?: readonly string[] | undefined;
  readonly ResourcePolicy?: string | undefined;
  readonly ContextEntries?: readonly Entry[] | undefined;
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
}

interface Entry {
  readonly ContextKeyName?: string | undefined;
  readonly ContextKeyValues?: readonly string[] | undefined;
}

/** Throws InvalidInput. */
export async function simulatePage(
  call: AnyCall & { readonly input: Scenario },
  identities: Identities,
  principal: Principal,
  operation: string,
) {
  const { ActionNames, ContextEntries = [], ResourcePolicy } = call.input;
  const ResourceArns = call.input.ResourceArns?.length ? call.input.ResourceArns : ['*'];
  for (const action of ActionNames) requireAction(action);
  for (const resource of ResourceArns) requireResource(resource, ResourcePolicy !== undefined);
  const context = contextOf(ContextEntries);
  const keyPolicy = ResourcePolicy === undefined ? undefined : await readGiven(call, identities, ResourcePolicy);
  const count = ActionNames.length * ResourceArns.length;
  requireModest(principal, ResourcePolicy, Math.min(count, call.input.MaxItems ?? defaultItems));
  const { items, ...end } = await readIamPage(
    identities,
    [operation, call.place.accountId],
    call.input,
    async (after, limit) => {
      const first = after === undefined ? 0 : Number(after[0]) + 1;
      const found = [];
      for (let place = first; place < Math.min(first + limit, count); place++) {
        await nextTurn(); // long policies take long; other requests go on in between
        const action = ActionNames[Math.floor(place / ResourceArns.length)] ?? '';
        const resource = ResourceArns[place % ResourceArns.length] ?? '';
        const key = keyPolicy && questionedKey(action, resource, keyPolicy);
        const question: Question = { principal, action, resource, context, key };
        found.push({ key: [String(place)], result: shownResult(question, simulate(question)) });
      }
      return found;
    },
  );
  return { EvaluationResults: items.map(({ result }) => result), ...end };
}

/** Characters of policies, times questions on a page: what one request may make us read and answer. */
const mostWork = 16_000_000;

// Diverges: simulation-size
function requireModest({ policies }: Principal, resourcePolicy: string | undefined, questions: number): void {
  const { identity, boundary, session = [], serviceControl = [] } = policies;
  const texts = [...identity, ...(boundary === undefined ? [] : [boundary]), ...session, ...serviceControl];
  const length = texts.reduce((sum, { document }) => sum + document.length, resourcePolicy?.length ?? 0);
  if (length * questions > mostWork) {
    throw invalidInput('These policies are too long for as many results: ask for a smaller MaxItems.');
  }
}

function requireAction(action: string): void {
  if (!/^[a-z\d-]+:[\w-]+$/i.test(action)) throw invalidInput(`Invalid action name: ${action}`);
}

function requireResource(resource: string, hasPolicy: boolean): void {
  if (resource !== '*' && !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./s.test(resource)) {
    throw invalidInput(`Invalid resource ARN: ${resource}`);
  }
  // Diverges: simulated-resource-policies
  if (hasPolicy && keyAccount(resource) === undefined) {
    throw invalidInput('A ResourcePolicy can be simulated for the ARNs of keys only.');
  }
}

function keyAccount(resource: string) {
  const arn = parseKmsArn(resource);
  return arn?.resource.startsWith('key/') ? arn.place.accountId : undefined;
}

/** Throws InvalidInput. Principals that do not exist stand for themselves, and so for nobody. */
async function readGiven(call: AnyCall, { vault }: Identities, text: string): Promise<CompiledPolicy> {
  const partition = partitionOf(call.place.region);
  try {
    const idOf = async (name: string) => (await principalIdOf(vault.store, name, partition)) ?? name;
    return (await readKeyPolicy(text, idOf)).policy;
  } catch (error) {
    throw error instanceof ApiError ? invalidInput(error.message) : error;
  }
}

/** In lower case, as keys are compared. */
const crossAccountActions: ReadonlySet<string> = new Set(
  [...kmsOperations.values()].flatMap(({ name, slots }) =>
    slots.flatMap(([, { crossAccount, action = `kms:${name}` }]) => (crossAccount ? [action.toLowerCase()] : [])),
  ),
);

function questionedKey(action: string, resource: string, policy: CompiledPolicy): Question['key'] {
  const accountId = keyAccount(resource);
  const isCrossAccountCapable = crossAccountActions.has(action.toLowerCase());
  return accountId && { accountId, policy, isCrossAccountCapable };
}

function contextOf(entries: readonly Entry[]): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  for (const { ContextKeyName = '', ContextKeyValues = [] } of entries) {
    const key = ContextKeyName.toLowerCase();
    context.set(key, [...(context.get(key) ?? []), ...ContextKeyValues]);
  }
  return context;
}

function shownResult({ action, resource }: Question, simulation: Simulation) {
  const { verdict, allowedByBoundary, allowedByOrganization } = simulation;
  const EvalDecision = verdict.isAllowed ? 'allowed' : verdict.isExplicit ? 'explicitDeny' : 'implicitDeny';
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision,
    MatchedStatements: decisive(simulation).map(shownStatement),
    MissingContextValues: simulation.missingKeys,
    ...(allowedByBoundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedByBoundary } }),
    ...(allowedByOrganization === undefined
      ? {}
      : { OrganizationsDecisionDetail: { AllowedByOrganizations: allowedByOrganization } }),
  } as const;
}

/** IAM API Reference, EvaluationResult: of a deny only what denies; else what allows. Limits allow nothing themselves. */
function decisive({ verdict, matches }: Simulation): readonly MatchedStatement[] {
  if (!verdict.isAllowed) return verdict.isExplicit ? matches.filter(({ effect }) => effect === 'Deny') : [];
  const granting: readonly string[] = ['identity-based policy', 'resource-based policy'];
  return matches.filter(({ effect, type }) => effect === 'Allow' && granting.includes(type));
}

// Diverges: simulation-positions
function shownStatement({ type, policy, holder }: MatchedStatement) {
  if (type === 'resource-based policy')
    return { SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'resource' } as const;
  if (holder !== undefined) return { SourcePolicyId: policy, SourcePolicyType: holder } as const;
  const [, owner] = /^(aws|\d{12}):policy\//.exec(policy) ?? [];
  if (owner === undefined) return { SourcePolicyId: policy, SourcePolicyType: 'none' } as const;
  return {
    SourcePolicyId: nameOf(policy),
    SourcePolicyType: owner === 'aws' ? 'aws-managed' : 'user-managed',
  } as const;
}
