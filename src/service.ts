/** Puts together what answers requests from opened data, and what records them. */

import type { Data } from '#assemble.ts';
import { AnonymousRecords } from '#audit/anonymous.ts';
import { type AuditArchive, emptyArchive } from '#audit/archive.ts';
import { trailFailureLine } from '#audit/event.ts';
import type { Recorder } from '#audit/recorder.ts';
import type { Log } from '#base/log.ts';
import type { Audit } from '#call/audit.ts';
import { Auditor } from '#call/record/auditor.ts';
import type { Service } from '#call/serve.ts';
import { type AttestationRoots, nitroRoots } from '#crypto/attestation/roots.ts';
import { AttestationVerifier } from '#crypto/attestation/verify.ts';
import { randomUUID } from '#crypto/random.ts';
import type { Vault } from '#custody/vault.ts';
import { firstAccount } from '#identity/accounts.ts';
import { Credentials } from '#identity/credentials.ts';
import { servesRegion } from '#keys/keyring.ts';
import { type LimitSettings, limitsOf } from '#limits/limits.ts';
import { partitionOf, type Region } from '#model/arn.ts';
import { served } from '#operations/served.ts';
import { SignatureVerifier } from '#protocol/sigv4/verify.ts';

export interface ServiceSettings extends LimitSettings {
  readonly log: Pick<Log, 'failure'>;
  readonly maxClockSkewSeconds: number;
  /** Where requests are recorded. */
  readonly audit: Audit;
  /** The Region that clients are pointed to: its partition is the one that is served. */
  readonly region: Region;
  /** That of AWS Nitro Enclaves unless given. */
  readonly attestationRoots?: AttestationRoots | undefined;
  /** What CloudTrail and S3 answer from; nothing unless given. */
  readonly archive?: AuditArchive | undefined;
}

/** What `serve` needs to answer requests from opened data. */
export async function assembleService(
  { vault, keyring, identities }: Pick<Data, 'vault' | 'keyring' | 'identities'>,
  settings: ServiceSettings,
): Promise<Service> {
  const credentials = await Credentials.open(identities);
  return {
    ...served,
    archive: settings.archive ?? emptyArchive(settings.region),
    gate: {
      verifier: new SignatureVerifier({
        clock: vault.clock,
        maxSkewSeconds: settings.maxClockSkewSeconds,
        accessKeys: credentials.capacity,
        find: (claim) => credentials.find(claim),
        findAnew: (claim) => credentials.findAnew(claim),
      }),
      principals: identities.principals,
      clock: vault.clock,
      partition: partitionOf(settings.region),
      serves: (region) => servesRegion(keyring, region),
    },
    keyring,
    attestation: new AttestationVerifier(settings.attestationRoots ?? nitroRoots(), vault.clock),
    identities,
    ...limitsOf(settings),
    audit: settings.audit,
    newRequestId: randomUUID,
    logFailure: (requestId, error) => settings.log.failure('request failed', error, { requestId }),
  };
}

/** Records requests in the trail of a data directory; those of nobody go to the first account. */
export async function assembleAudit({ vault, trail }: Pick<Data, 'vault' | 'trail'>, region: Region): Promise<Audit> {
  const home = { accountId: await firstAccount(vault), region };
  trail.recordFailuresAs((failure) => trailFailureLine(home, failure, vault.clock.now()));
  return auditInto(trail, vault, { region, among: 1 });
}

/** The same for one of so many processes that record requests. */
export async function auditInto(
  recorder: Recorder,
  vault: Vault,
  { region, among }: { readonly region: Region; readonly among: number },
): Promise<Audit> {
  const home = { accountId: await firstAccount(vault), region };
  return new Auditor(recorder, new AnonymousRecords(recorder, vault.clock, home, among), home);
}
