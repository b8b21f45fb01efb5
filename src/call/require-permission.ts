/** Whether the caller's own policies allow what an operation needs, for services whose resources have no policies here. */
import { judgeWithoutKey, requireAllowed } from '#authorization/decide.ts';
import type { Permission } from '#authorization/policy/verdict.ts';
import { type Place, partitionOf } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import { contextOf } from './context.ts';
import type { Client } from './stages.ts';

/** Who asks, whence and when. */
export interface Petition {
  readonly caller: Principal;
  readonly client: Client;
  readonly place: Place;
  readonly nowMs: number;
}

export interface Permitting {
  /** `s3:GetObject` */
  readonly action: string;
  /** An ARN; `*` where there is no resource. */
  readonly resource: string;
  /** Condition keys of this action alone, in lower case: `iam:policyarn`, `aws:requesttag/team`. */
  readonly context?: ReadonlyMap<string, readonly string[]>;
}

/** Throws AccessDenied, with the verdict as its reason. */
export function requirePermission(petition: Petition, { action, resource, context }: Permitting): Permission {
  const { caller, place } = petition;
  const asking = { ...petition, resourceAccount: place.accountId };
  const wish = { caller, action, context: contextOf(asking, (key) => context?.get(key)) };
  const verdict = judgeWithoutKey(wish, resource === '*' ? allResources(action, place) : resource);
  requireAllowed(verdict, wish, resource);
  return verdict;
}

const areGlobal: ReadonlySet<string> = new Set(['iam', 'sts']);

/** All of a service's resources, as an ARN; those of S3 are of no Region and of no account. */
function allResources(action: string, { region, accountId }: Place): string {
  const [service = ''] = action.split(':');
  const partition = partitionOf(region);
  if (service === 's3') return `arn:${partition}:s3:::*`;
  return `arn:${partition}:${service}:${areGlobal.has(service) ? '' : region}:${accountId}:*`;
}
