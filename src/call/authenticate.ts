/** Who makes a request: the one whose signature it carries, in the Region and for the service it was signed for. */

import { type Awaitable, after } from '#base/after.ts';
import type { Clock } from '#base/clock.ts';
import type { Credential } from '#identity/credentials.ts';
import type { Principals } from '#identity/principals.ts';
import { iamRegion, type Place, parseRegion, partitionOf, type Region } from '#model/arn.ts';
import { expiredToken, unrecognizedClient } from '#model/errors.ts';
import type { Principal } from '#model/principal.ts';
import { readAuthorization } from '#protocol/sigv4/authorization.ts';
import { wrongRegion, wrongService } from '#protocol/sigv4/refusals.ts';
import type { SignatureVerifier } from '#protocol/sigv4/verify.ts';
import type { Received } from './stages.ts';

export interface Gate {
  readonly verifier: SignatureVerifier<Credential>;
  readonly principals: Principals;
  readonly clock: Clock;
  /** The one partition that is served: in every other, all ARNs would be others. */
  readonly partition: string;
  readonly serves: (region: Region) => boolean;
}

/** The caller, the caller's account, and the Region that the request was signed for. */
export interface Identified {
  readonly caller: Principal;
  readonly accessKeyId: string;
  readonly place: Place;
}

/**
 * Throws or rejects with one of the authentication errors; everyone gets the same one for a wrong secret and an unknown access
 * key.
 */
export function identify({ request }: Received, service: string, gate: Gate): Awaitable<Identified> {
  const { verifier, principals, clock, partition, serves } = gate;
  const authorization = readAuthorization(request);
  if (authorization.service !== service) throw wrongService(service);
  const region = parseRegion(authorization.region);
  // Diverges: one-partition
  if (region === undefined || partitionOf(region) !== partition) throw wrongRegion();
  // IAM is one for all Regions: its clients sign for a Region of AWS's choosing, and all of its calls count as made there.
  if (service !== 'iam' && !serves(region)) throw wrongRegion();
  const credential = verifier.verify(request, authorization);
  const found = after(credential, (proven) => principals.of(proven, partition));
  return after(found, (caller) => {
    // Whoever held it is gone; only the rightful holder of a good signature learns that.
    if (caller === undefined) throw unrecognizedClient();
    if (caller.session !== undefined && caller.session.expiresAtMs <= clock.now()) throw expiredToken();
    const place = { accountId: caller.accountId, region: service === 'iam' ? iamRegion(partition) : region };
    return { caller, accessKeyId: authorization.accessKeyId, place };
  });
}
