/** The one path that every request takes, from its bytes to its answer. */
import { WrittenElsewhere } from '#base/written-elsewhere.ts';
import type { AttestationVerifier } from '#crypto/attestation/verify.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { Limits } from '#limits/limits.ts';
import { ApiError } from '#model/api-error.ts';
import { throttled } from '#model/errors.ts';
import { admit } from './admit.ts';
import { allow } from './allow.ts';
import { attest } from './attest.ts';
import { auditEntry, type Progress } from './audit.ts';
import { identify } from './authenticate.ts';
import { type CloudTrailService, serveCloudTrail } from './cloudtrail/serve-cloudtrail.ts';
import { decode } from './decode.ts';
import { encode, encodeRefusal } from './encode.ts';
import { locate } from './locate.ts';
import type { Operation } from './operation.ts';
import { type Protocol, protocolOf } from './protocols.ts';
import { type QueryService, serveQuery } from './query/serve-query.ts';
import { recorded } from './recorded.ts';
import { refusalOf } from './refusal.ts';
import { requireKeys } from './require.ts';
import { route } from './route.ts';
import { run, wipeSecrets } from './run.ts';
import { type S3Service, serveS3 } from './s3/serve-s3.ts';
import type { Received, Reply, Routed } from './stages.ts';

/** What serving needs; assemble.ts puts it together. */
export interface Service extends QueryService, CloudTrailService, S3Service, Limits {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly keyring: Keyring;
  readonly attestation: AttestationVerifier;
  readonly newRequestId: () => string;
}

/**
 * Never rejects, except with WrittenElsewhere in a process that only reads, with nothing done: whatever goes wrong is an answer.
 * Nothing is done while it cannot be recorded.
 */
export function serve(received: Received, service: Service): Promise<Reply> {
  const problem = service.audit.problem();
  if (problem !== undefined) {
    const entry = auditEntry(received, { startedAtMs: service.gate.clock.now() }, problem);
    service.meter?.answered(entry, entry.refusal?.name);
    return Promise.resolve(refusalOf(received, problem));
  }
  if (!service.overload.begin()) return shed(received, service);
  const reply = servers[protocolOf(received.request)](received, service);
  void reply.then(service.overload.end, service.overload.end);
  return reply;
}

/** Refuses a request that is not served at all. Never rejects. */
export function refuse(received: Received, error: ApiError, service: Service): Promise<Reply> {
  const progress = { startedAtMs: service.keyring.vault.clock.now() };
  return recorded(auditEntry(received, progress, error), refusalOf(received, error), service);
}

const tooMuch = throttled();

/** Refuses a request that there is no time for, with as little as can be. Never rejects. */
export function shed(received: Received, service: Service): Promise<Reply> {
  const progress = { startedAtMs: service.gate.clock.now(), isShed: true } as const;
  return recorded(auditEntry(received, progress, tooMuch), refusalOf(received, tooMuch), service);
}

/** Finds out who asks for what, and whether it may be done. Throws whatever a request is refused with before it is run. */
async function permit(routed: Routed, { gate, keyring, attestation, identities }: Service, progress: Progress) {
  const identifying = identify(routed, 'kms', gate);
  const { caller, accessKeyId, place } = identifying instanceof Promise ? await identifying : identifying;
  progress.caller = caller;
  progress.accessKeyId = accessKeyId;
  progress.place = place;
  const decoded = decode({ ...routed, caller, accessKeyId, place });
  progress.input = decoded.input;
  const locating = locate(decoded, keyring);
  const located = locating instanceof Promise ? await locating : locating;
  progress.keys = located.keys;
  const attesting = attest(located, attestation);
  const attested = attesting instanceof Promise ? await attesting : attesting;
  progress.attestation = attested.attestation;
  const allowing = allow(attested, keyring, identities);
  const allowed = allowing instanceof Promise ? await allowing : allowing;
  progress.permissions = allowed.permissions;
  return requireKeys(allowed);
}

async function serveKms(received: Received, service: Service): Promise<Reply> {
  const { keyring, identities } = service;
  const startedAtMs = keyring.vault.clock.now();
  const progress: Progress = { startedAtMs, service: 'kms' };
  try {
    const routed = route(received, service.operations);
    progress.operation = routed.operation;
    const usable = await permit(routed, service, progress);
    const confirm = async () => wipeSecrets((await permit(routed, service, { startedAtMs })).input);
    const waiting = admit(usable, service.limits);
    if (waiting !== undefined) await waiting.then(confirm);
    const done = await run({ ...usable, confirm, findings: progress }, keyring, identities);
    const reply = encode(done);
    progress.output = done.output;
    return await recorded(auditEntry(received, progress), reply, service);
  } catch (error) {
    if (error instanceof WrittenElsewhere) throw error;
    if (!(error instanceof ApiError)) service.logFailure(received.requestId, error);
    return recorded(auditEntry(received, progress, error), encodeRefusal(error), service);
  }
}

const servers: Readonly<Record<Protocol, (received: Received, service: Service) => Promise<Reply>>> = {
  kms: serveKms,
  query: serveQuery,
  cloudtrail: serveCloudTrail,
  s3: serveS3,
};
