/**
 * What policies would allow, answered by the evaluator that decides real requests. The context is what ContextEntries say and
 * nothing else. Source: IAM API Reference, SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysForPrincipalPolicy,
 * GetContextKeysForCustomPolicy.
 */
import { parseIamDocument } from '#authorization/iam-document.ts';
import { contextKeysOfDocuments } from '#authorization/policy/context-keys.ts';
import { type Ask, queryOperation } from '#call/query/operation.ts';
import { parseEntityArn } from '#identity/entities/entity-arns.ts';
import type { Identities } from '#identity/identities.ts';
import { invalidInput } from '#model/iam-errors.ts';
import type { PolicyText } from '#model/principal.ts';
import { optional, structure } from '#model/schema.ts';
import { type AnyCall, asksInGeneral } from './ask.ts';
import { askEntityPolicies } from './policy-asks.ts';
import * as policies from './policy-shapes.ts';
import * as shapes from './shapes.ts';
import { givenPolicies, simulatedPrincipal, sourcePrincipal } from './simulated-principal.ts';
import { simulatePage } from './simulation-page.ts';

const scenario = {
  PermissionsBoundaryPolicyInputList: optional(policies.policyInputs),
  ActionNames: policies.actionNames,
  ResourceArns: optional(policies.resourceNames),
  ResourcePolicy: optional(shapes.policyDocument),
  ResourceOwner: optional(policies.resourceName),
  CallerArn: optional(policies.resourceName),
  ContextEntries: optional(policies.contextEntries),
  ResourceHandlingOption: optional(policies.resourceHandling),
  ...shapes.pageWish,
};
const simulated = structure({ EvaluationResults: optional(policies.evaluationResults), ...shapes.pageEnd });
const contextKeys = structure({ ContextKeyNames: optional(policies.contextKeyNames) });

/** On whose policies are asked about; what is no ARN of anyone is asked about as it is. */
async function asksOfSource(
  call: AnyCall & { readonly input: { readonly PolicySourceArn: string } },
  identities: Identities,
): Promise<readonly Ask[]> {
  const { PolicySourceArn } = call.input;
  const parsed = parseEntityArn(PolicySourceArn);
  if (parsed === undefined || parsed.accountId !== call.place.accountId) return [{ resource: PolicySourceArn }];
  const [ask] = await askEntityPolicies(call, identities, parsed);
  return [{ ...ask, resource: PolicySourceArn }];
}

export const simulationOperations = [
  queryOperation({
    name: 'SimulatePrincipalPolicy',
    input: structure({
      PolicySourceArn: shapes.arn,
      PolicyInputList: optional(policies.policyInputs),
      PolicyExclusionList: optional(policies.policyExclusions),
      ...scenario,
    }),
    output: simulated,
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks: asksOfSource,
    async run(call, identities) {
      const principal = await simulatedPrincipal(call, identities, call.input);
      return simulatePage(call, identities, principal, 'SimulatePrincipalPolicy');
    },
  }),
  queryOperation({
    name: 'SimulateCustomPolicy',
    input: structure({
      PolicyInputList: policies.policyInputs,
      OrderedOrganizationPolicyInputList: optional(policies.organizationPolicies),
      ...scenario,
    }),
    output: simulated,
    errors: ['InvalidInput'],
    asks: asksInGeneral,
    async run(call, identities) {
      const principal = await simulatedPrincipal(call, identities, call.input);
      return simulatePage(call, identities, principal, 'SimulateCustomPolicy');
    },
  }),
  queryOperation({
    name: 'GetContextKeysForPrincipalPolicy',
    input: structure({ PolicySourceArn: shapes.arn, PolicyInputList: optional(policies.policyInputs) }),
    output: contextKeys,
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks: asksOfSource,
    async run(call, identities) {
      const given = givenPolicies('PolicyInputList', call.input.PolicyInputList ?? []);
      const source = await sourcePrincipal(call, identities, call.input.PolicySourceArn);
      return { ContextKeyNames: keysOf([...source.policies.identity, ...given]) };
    },
  }),
  queryOperation({
    name: 'GetContextKeysForCustomPolicy',
    input: structure({ PolicyInputList: policies.policyInputs }),
    output: contextKeys,
    errors: ['InvalidInput'],
    asks: asksInGeneral,
    run: ({ input }) => ({ ContextKeyNames: keysOf(givenPolicies('PolicyInputList', input.PolicyInputList)) }),
  }),
];

function keysOf(texts: readonly PolicyText[]): readonly string[] {
  return contextKeysOfDocuments(texts.map(({ document }) => parseIamDocument(document, 'identity', invalidInput)));
}
