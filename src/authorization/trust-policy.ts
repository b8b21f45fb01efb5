/**
 * Trust policies: who may assume a role. They are resource-based policies of the role, so what decides on keys decides here.
 * Their principals are bound to unique ids when a policy is put, as those of key policies are. Source: IAM User Guide, Roles
 * terms and concepts, How to use trust policies, Policy evaluation logic; STS API Reference, AssumeRole.
 */
import type { AccountId } from '#model/arn.ts';
import { iamMalformedPolicy } from '#model/iam-errors.ts';
import type { PolicyText, Principal, WebIdentityCaller } from '#model/principal.ts';
import { parseIamDocument } from './iam-document.ts';
import { bindPrincipals, type PrincipalIds, type ReadPolicy } from './key-policy.ts';
import { compiledText, sidesOf } from './own.ts';
import { type CompiledPolicy, compilePolicy } from './policy/compile.ts';
import { decideOnKey } from './policy/decide.ts';
import type { Condition, PolicyDocument, Statement } from './policy/document.ts';
import { parseOperatorName } from './policy/operators.ts';
import { parsePolicyDocument } from './policy/parse.ts';
import type { RequestContext } from './policy/request.ts';
import type { Refusal, Verdict } from './policy/verdict.ts';

/**
 * A trust policy that is to be put. `idOf` gives the id of whom a name stands for at this moment, or undefined where there is
 * nobody; identity providers are not asked for. Throws MalformedPolicyDocument, also for principals that do not exist. The
 * size is for the caller to check.
 */
export async function readTrustPolicy(
  text: string,
  idOf: (name: string) => Promise<string | undefined>,
): Promise<ReadPolicy> {
  const document = parseIamDocument(text, 'trust');
  const principals = await bindPrincipals(document, idOf, (name) =>
    iamMalformedPolicy(`Invalid principal in policy: "AWS":"${name}"`),
  );
  return { policy: compileTrust(document, principals), principals };
}

/** What of a role's record its trust policy is. */
export interface TrustHolder {
  readonly trustPolicy: string;
  readonly trustPrincipals: PrincipalIds;
}

const compiled = new WeakMap<TrustHolder, CompiledPolicy>();

/** Compiled once for each state of the role's record. One that cannot be read any more is our own fault, and permits nothing. */
export function trustPolicyOf(holder: TrustHolder): CompiledPolicy {
  const known = compiled.get(holder);
  if (known !== undefined) return known;
  const policy = compileStored(holder);
  compiled.set(holder, policy);
  return policy;
}

function compileStored({ trustPolicy, trustPrincipals }: TrustHolder): CompiledPolicy {
  try {
    return compileTrust(parsePolicyDocument(trustPolicy, 'trust'), trustPrincipals);
  } catch (error) {
    throw new Error('A stored trust policy cannot be read.', { cause: error });
  }
}

/** No action is asked about so often that remembering its statements would pay. */
const knownActions: ReadonlySet<string> = new Set();

function compileTrust(document: PolicyDocument, principals: PrincipalIds): CompiledPolicy {
  const statements = document.statements.map(narrowed);
  return compilePolicy({ ...document, statements }, { knownActions, uniqueIds: new Map(principals) });
}

// Diverges: oidc-trust-conditions
/** A provider has users that the role is not meant for: a statement that asks neither who nor for which client lets none in. */
function narrowed(statement: Statement): Statement {
  const { effect, principals, conditions } = statement;
  if (effect === 'Deny' || principals?.federated === undefined) return statement;
  const federated = principals.federated.filter((provider) => conditions.some((one) => isNarrow(one, provider)));
  return { ...statement, principals: { ...principals, federated } };
}

function isNarrow({ operator, key }: Condition, provider: string): boolean {
  const [, url] = provider.split(':oidc-provider/');
  const name = parseOperatorName(operator);
  if (url === undefined || name === undefined || name.operator === null) return false;
  const isKey = [`${url}:aud`, `${url}:sub`].some((one) => one.toLowerCase() === key.toLowerCase());
  return isKey && !name.operator.isNegated && !name.ifExists && name.set !== 'all';
}

/** Who wants to assume which role. */
export interface TrustWish {
  readonly caller: Principal | WebIdentityCaller;
  /** `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:TagSession` or `sts:SetSourceIdentity`. */
  readonly action: string;
  readonly context: RequestContext;
  readonly role: { readonly arn: string; readonly accountId: AccountId; readonly record: TrustHolder };
  /** Resource control policies of the role's account; absent where it has none. */
  readonly resourceControl?: readonly PolicyText[] | undefined;
}

/**
 * The verdict on one action. In the role's own account, a trust policy that names the caller is enough, and one that names the
 * account leaves it to the caller's own policies; from another account both have to agree. A role trusts itself no more than
 * its trust policy says.
 */
export function decideOnTrust({ caller, action, context, role, resourceControl }: TrustWish): Verdict {
  if (caller.kind === 'root') return rootRefused; // AWS lets account root users assume no role
  const sides = caller.kind === 'web-identity' ? strangerSides(resourceControl) : sidesOf(caller, resourceControl);
  return decideOnKey({
    caller,
    action,
    context,
    resource: role.arn,
    keyAccountId: role.accountId,
    keyPolicy: trustPolicyOf(role.record),
    isCrossAccountCapable: true,
    ...sides,
    grants: () => [],
  });
}

/** Whoever has no more than a token has no policies, and no account that binds it. */
function strangerSides(resourceControl: readonly PolicyText[] | undefined) {
  const control = resourceControl?.map((text) => compiledText(text, 'resource-guardrail'));
  return { own: { identity: [] }, guardrails: control === undefined ? {} : { resourceControl: control } };
}

const rootRefused: Refusal = {
  isAllowed: false,
  because: 'operation',
  isExplicit: false,
  statement: undefined,
  isCrossAccount: false,
};
