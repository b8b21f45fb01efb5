/** Who makes a request: the one whose signature it carries, in the Region and for the service it was signed for. */
import type { Credential } from '#identity/credentials.ts';
import { parseRegion, type Region } from '#model/arn.ts';
import { readAuthorization } from '#protocol/sigv4/authorization.ts';
import { wrongRegion, wrongService } from '#protocol/sigv4/refusals.ts';
import type { SignatureVerifier } from '#protocol/sigv4/verify.ts';
import type { Authenticated, Routed } from './stages.ts';

export interface Gate {
  readonly verifier: SignatureVerifier<Credential>;
  readonly serves: (region: Region) => boolean;
}

/** Throws one of the authentication errors; everyone gets the same one for a wrong secret and an unknown access key. */
export async function authenticate(routed: Routed, { verifier, serves }: Gate): Promise<Authenticated> {
  const authorization = readAuthorization(routed.request);
  if (authorization.service !== 'kms') throw wrongService('kms');
  const region = parseRegion(authorization.region);
  if (region === undefined || !serves(region)) throw wrongRegion();
  const { principal } = await verifier.verify(routed.request, authorization);
  return { ...routed, caller: principal, place: { accountId: principal.accountId, region } };
}
