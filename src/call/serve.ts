/** The one path that every request takes, from its bytes to its answer. */
import type { Identities } from '#identity/identities.ts';
import type { Keyring } from '#keys/keyring.ts';
import { ApiError } from '#model/api-error.ts';
import { allow } from './allow.ts';
import { type Gate, identify } from './authenticate.ts';
import { decode } from './decode.ts';
import { encode, encodeRefusal } from './encode.ts';
import { locate } from './locate.ts';
import type { Operation } from './operation.ts';
import { requireKeys } from './require.ts';
import { route } from './route.ts';
import { run } from './run.ts';
import type { Received, Reply } from './stages.ts';

/** What serving needs; assemble.ts puts it together. */
export interface Service {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly gate: Gate;
  readonly keyring: Keyring;
  readonly identities: Identities;
  readonly newRequestId: () => string;
  /** Takes what went wrong on our side, with the request id that the caller was given. */
  readonly logFailure: (requestId: string, error: unknown) => void;
}

/** Never rejects: whatever goes wrong is an answer. */
export async function serve(received: Received, service: Service): Promise<Reply> {
  try {
    const routed = route(received, service.operations);
    const authenticated = { ...routed, ...(await identify(routed, 'kms', service.gate)) };
    const decoded = decode(authenticated);
    const located = await locate(decoded, service.keyring);
    const allowed = await allow(located, service.keyring, service.identities);
    const usable = requireKeys(allowed);
    const done = await run(usable, service.keyring, service.identities);
    return encode(done);
  } catch (error) {
    if (!(error instanceof ApiError)) service.logFailure(received.requestId, error);
    return encodeRefusal(error);
  }
}
