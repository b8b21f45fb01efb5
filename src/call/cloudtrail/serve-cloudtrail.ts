/** The path of a request to CloudTrail: routed by its target, authenticated, decoded, permitted, done, answered. */
import type { AuditArchive } from '#audit/archive.ts';
import { type Audit, auditEntry, type Progress } from '#call/audit.ts';
import { type Gate, identify } from '#call/authenticate.ts';
import { jsonOf } from '#call/decode.ts';
import { recorded } from '#call/recorded.ts';
import { requirePermission } from '#call/require-permission.ts';
import { routeTarget } from '#call/route.ts';
import type { Received, Reply } from '#call/stages.ts';
import type { Identities } from '#identity/identities.ts';
import { ApiError } from '#model/api-error.ts';
import { decodeInput } from '#model/schema.ts';
import type { CloudTrailOperation } from './operation.ts';
import { cloudTrailRefusal } from './refusal.ts';
import { targetPrefixes } from './route.ts';

export interface CloudTrailService {
  readonly cloudTrailOperations: ReadonlyMap<string, CloudTrailOperation>;
  readonly archive: AuditArchive;
  readonly identities: Identities;
  readonly gate: Gate;
  readonly audit: Audit;
  /** Takes what went wrong on our side, with the request id that the caller was given. */
  readonly logFailure: (requestId: string, error: unknown) => void;
}

/** Never rejects: whatever goes wrong is an answer. */
export async function serveCloudTrail(received: Received, service: CloudTrailService): Promise<Reply> {
  const progress: Progress = { startedAtMs: service.gate.clock.now(), service: 'cloudtrail' };
  try {
    const operation = routeTarget(received, service.cloudTrailOperations, targetPrefixes);
    progress.operation = operation;
    const output = await perform(received, { operation, service, progress });
    const body = JSON.stringify(operation.output?.encode(output) ?? {});
    progress.output = output;
    return await recorded(auditEntry(received, progress), { status: 200, body }, service);
  } catch (error) {
    if (!(error instanceof ApiError)) service.logFailure(received.requestId, error);
    return recorded(auditEntry(received, progress, error), cloudTrailRefusal(error), service);
  }
}

interface Performing {
  readonly operation: CloudTrailOperation;
  readonly service: CloudTrailService;
  readonly progress: Progress;
}

async function perform(received: Received, { operation, service, progress }: Performing): Promise<unknown> {
  const { archive, identities, gate } = service;
  const { caller, accessKeyId, place } = await identify(received, 'cloudtrail', gate);
  Object.assign(progress, { caller, accessKeyId, place });
  const input = decodeInput(operation.input, jsonOf(received.request.body));
  progress.input = input;
  const call = { caller, place, client: received.client, nowMs: progress.startedAtMs, input };
  const archives = { archive, markerKey: identities.markerKey };
  for (const { resource } of operation.asks(call, archives)) {
    const action = `cloudtrail:${operation.name}`;
    progress.permissions = { ...progress.permissions, [action]: requirePermission(call, { action, resource }) };
  }
  return operation.run(call, archives);
}
