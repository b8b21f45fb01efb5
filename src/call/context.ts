/**
 * What conditions of policies can ask of any request: the global condition keys that it has, and their values. Looked up
 * lazily, because most requests are decided by few keys. A key that a request does not have is undefined or an empty list.
 * Source: IAM User Guide, AWS global condition context keys.
 */
import type { RequestContext } from '#authorization/policy/request.ts';
import type { AccountId, Place } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import type { Client } from './stages.ts';

/** Who asks, whence and when. */
export interface Asking {
  readonly caller: Principal;
  readonly place: Place;
  readonly client: Client;
  readonly nowMs: number;
  /** Whose the resource is, where there is one. */
  readonly resourceAccount?: AccountId | undefined;
}

export type Values = string | readonly string[] | undefined;

/** `special` knows the keys of one service; it is asked first. */
export function contextOf(asking: Asking, special: (key: string) => Values): RequestContext {
  return contextBy(
    (key) => special(key) ?? ofRequest.get(key)?.(asking) ?? ofCaller.get(key)?.(asking) ?? familyOf(asking, key),
  );
}

/** Of a request that nobody has signed. */
export function contextOfUnsigned(asking: AskingUnsigned, special: (key: string) => Values): RequestContext {
  return contextBy((key) => special(key) ?? ofRequest.get(key)?.(asking));
}

function contextBy(find: (key: string) => Values): RequestContext {
  return {
    get(key) {
      const value = find(key);
      return typeof value === 'string' ? [value] : value;
    },
  };
}

type AskingUnsigned = Omit<Asking, 'caller' | 'place'> & { readonly place?: Place };

const ofRequest = new Map<string, (asking: AskingUnsigned) => Values>([
  ['aws:requestedregion', ({ place }) => place?.region],
  ['aws:resourceaccount', ({ resourceAccount }) => resourceAccount],
  ['aws:securetransport', ({ client }) => String(client.isTls)],
  ['aws:sourceip', ({ client }) => client.address],
  ['aws:useragent', ({ client }) => client.userAgent],
  ['aws:referer', ({ client }) => client.referer],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
]);

const ofCaller = new Map<string, (asking: Asking) => Values>([
  ['aws:principalarn', ({ caller }) => (caller.kind === 'role-session' ? caller.role.arn : caller.arn)],
  ['aws:principalaccount', ({ caller }) => caller.accountId],
  ['aws:principaltype', ({ caller }) => principalTypes[caller.kind]],
  ['aws:userid', ({ caller }) => caller.userId],
  ['aws:username', ({ caller }) => caller.userName],
  ['aws:principalisawsservice', () => 'false'],
  ['aws:viaawsservice', ({ caller }) => String(caller.viaService !== undefined)],
  ['aws:calledvia', calledVia],
  ['aws:calledviafirst', calledVia],
  ['aws:calledvialast', calledVia],
  ['aws:tokenissuetime', ({ caller: { session } }) => session && new Date(session.issuedAtMs).toISOString()],
  // There are no MFA devices here, so no session was made with one.
  ['aws:multifactorauthpresent', ({ caller: { session } }) => session && 'false'],
  ['aws:sourceidentity', ({ caller }) => caller.session?.sourceIdentity],
  ['aws:federatedprovider', ({ caller }) => caller.session?.federatedProvider],
]);

const principalTypes: Readonly<Record<Principal['kind'], string>> = {
  root: 'Account',
  user: 'User',
  'role-session': 'AssumedRole',
  'federated-user': 'FederatedUser',
};

function calledVia({ caller: { viaService } }: Asking): Values {
  return viaService === undefined ? undefined : [`${viaService}.amazonaws.com`];
}

/** Keys whose name goes on with a name of the principal's own. Condition keys are compared without regard to case. */
function familyOf({ caller }: Asking, key: string): Values {
  if (key.startsWith('aws:principaltag/')) return valuesIn(caller.tags, key.slice('aws:principaltag/'.length));
  const claims = caller.session?.claims;
  return claims === undefined ? undefined : valuesIn(claims, key);
}

/** The values of all pairs that have this name, given in lower case. */
export function valuesIn(pairs: readonly (readonly [name: string, value: string])[], lowerName: string): Values {
  const found = pairs.filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value);
  return found.length === 0 ? undefined : found;
}
