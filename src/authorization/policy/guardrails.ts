/**
 * Policies that bind whole accounts or ways in, and only ever take away. Source: AWS Organizations User Guide, Service control
 * policies, Resource control policies; AWS PrivateLink Guide, Endpoint policies.
 */
import { consult, type NamedPolicy } from './consult.ts';
import type { PolicyRequest } from './request.ts';
import { type Cause, deniedBy, type PolicyType } from './verdict.ts';

export interface Guardrails {
  /** Service control policies on the caller's account, a list a level. Each level must allow. None for service-linked roles. */
  readonly serviceControl?: readonly (readonly NamedPolicy[])[];
  /** Resource control policies on the key's account. None for kms:RetireGrant and for AWS managed keys. */
  readonly resourceControl?: readonly NamedPolicy[];
  /** The policy of the endpoint that the request came through. */
  readonly endpoint?: NamedPolicy;
}

export interface GuardrailsSide {
  readonly denied: Cause | undefined;
  /** The first policy type that does not allow. */
  readonly lacking: PolicyType | undefined;
}

export function consultGuardrails(guardrails: Guardrails | undefined, request: PolicyRequest): GuardrailsSide {
  if (guardrails === undefined) return { denied: undefined, lacking: undefined };
  const levels = (guardrails.serviceControl ?? []).map((level) => consult(level, request));
  const resource = consult(guardrails.resourceControl ?? [], request); // allows everything of itself
  const endpoint = guardrails.endpoint && consult([guardrails.endpoint], request);
  const level = levels.find(({ deny }) => deny !== undefined);
  const denied =
    (level?.deny && deniedBy('service control policy', level.deny)) ??
    (resource.deny && deniedBy('resource control policy', resource.deny)) ??
    (endpoint?.deny && deniedBy('VPC endpoint policy', endpoint.deny));
  if (levels.some(({ allow }) => allow === undefined)) return { denied, lacking: 'service control policy' };
  const lacksEndpoint = endpoint !== undefined && endpoint.allow === undefined;
  return { denied, lacking: lacksEndpoint ? 'VPC endpoint policy' : undefined };
}
