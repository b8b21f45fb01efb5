/** The path of a request to IAM or STS: routed by its parameters, authenticated, decoded, permitted, done, answered. */
import { type Audit, auditEntry, type Progress } from '#call/audit.ts';
import { type Gate, identify } from '#call/authenticate.ts';
import type { Meter } from '#call/meter.ts';
import { recorded } from '#call/recorded.ts';
import { requirePermission } from '#call/require-permission.ts';
import { wipeSecrets } from '#call/run.ts';
import type { Received, Reply } from '#call/stages.ts';
import type { Identities } from '#identity/identities.ts';
import { ApiError } from '#model/api-error.ts';
import { notWithSession } from '#model/iam-errors.ts';
import { decodeInput, type Members, type Structure } from '#model/schema.ts';
import { formToJson, type Parameters } from '#protocol/aws-query/form.ts';
import { resultXml } from '#protocol/aws-query/xml.ts';
import { mayCall } from './may-call.ts';
import type { QueryApi, QueryOperation } from './operation.ts';
import { parametersOf, queryRefusal, type Routed, routeQuery, xmlType } from './protocol.ts';

export interface QueryService {
  readonly queryApis: readonly QueryApi[];
  readonly gate: Gate;
  readonly identities: Identities;
  readonly audit: Audit;
  readonly meter?: Meter | undefined;
  /** Takes what went wrong on our side, with the request id that the caller was given. */
  readonly logFailure: (requestId: string, error: unknown) => void;
}

/** Never rejects: whatever goes wrong is an answer. */
export async function serveQuery(received: Received, service: QueryService): Promise<Reply> {
  let routed: Routed | undefined;
  const progress: Progress = { startedAtMs: service.gate.clock.now() };
  try {
    const parameters = parametersOf(received.request);
    routed = routeQuery(parameters, service.queryApis);
    progress.service = routed.api.service;
    progress.operation = routed.operation;
    const output = await perform(received, { ...routed, parameters, service, progress });
    const reply = encode(received, routed, output);
    progress.output = output;
    return await recorded(auditEntry(received, progress), reply, service);
  } catch (error) {
    if (!(error instanceof ApiError)) service.logFailure(received.requestId, error);
    return recorded(auditEntry(received, progress, error), queryRefusal(error, received.requestId, routed), service);
  }
}

interface Performing extends Routed {
  readonly parameters: Parameters;
  readonly service: QueryService;
  readonly progress: Progress;
}

async function perform(
  received: Received,
  { api, operation, parameters, service, progress }: Performing,
): Promise<unknown> {
  const { client, requestId } = received;
  if (operation.isUnsigned === true) {
    const input = decode(operation, parameters);
    progress.input = input;
    const { partition } = service.gate;
    return operation.run({ client, requestId, partition, input, findings: progress }, service.identities);
  }
  const identified = await identify(received, api.service, service.gate);
  Object.assign(progress, identified);
  const { caller, place } = identified;
  if (!mayCall(caller, api.service, operation.name)) throw notWithSession(operation.name);
  const input = decode(operation, parameters);
  progress.input = input;
  const call = { client, requestId, caller, place, input, findings: progress };
  for (const ask of (await operation.asks?.(call, service.identities)) ?? []) {
    const { action = `${api.service}:${operation.name}` } = ask;
    const permission = requirePermission({ ...call, nowMs: service.gate.clock.now() }, { ...ask, action });
    progress.permissions = { ...progress.permissions, [action]: permission };
  }
  try {
    return await operation.run(call, service.identities);
  } finally {
    wipeSecrets(input);
  }
}

type Input = Structure<Members>;

/** Throws ValidationError with every broken constraint, or MalformedInput. */
function decode({ input }: Pick<QueryOperation, 'input'>, parameters: Parameters): Input {
  return decodeInput(input, formToJson(input, parameters));
}

function encode({ requestId }: Received, { api, operation }: Routed, output: unknown): Reply {
  try {
    const answering = { namespace: api.namespace, operation: operation.name, requestId };
    return { status: 200, body: resultXml(answering, operation.output, output), contentType: xmlType };
  } finally {
    wipeSecrets(output);
  }
}
