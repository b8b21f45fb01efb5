/** Who made a request, as records have it. Source: AWS CloudTrail User Guide, CloudTrail userIdentity element. */
import { eventTimeOf, type JsonObject } from '#audit/event.ts';
import type { AuditEntry } from '#call/audit.ts';
import type { Principal } from '#model/principal.ts';
import type { SignedRequest } from '#protocol/sigv4/request.ts';
import { claimsOf } from './unknown.ts';

interface Known {
  readonly accessKeyId: string | undefined;
  readonly json: string;
}

const known = new WeakMap<Principal, Known>();

/** The userIdentity element, as JSON. */
export function identityOf(entry: AuditEntry): string {
  const { caller, accessKeyId } = entry;
  if (caller === undefined) return JSON.stringify(strangerIdentity(entry));
  const found = known.get(caller);
  if (found !== undefined && found.accessKeyId === accessKeyId) return found.json;
  const json = JSON.stringify(identity(caller, accessKeyId));
  known.set(caller, { accessKeyId, json });
  return json;
}

/** What the trail of another account gets to know of a caller. */
export function foreignIdentityOf({ caller }: AuditEntry): string {
  return JSON.stringify({
    type: 'AWSAccount',
    principalId: caller?.userId ?? '',
    accountId: caller?.accountId ?? '',
  });
}

function identity(caller: Principal, accessKeyId: string | undefined): JsonObject {
  const { accountId, arn, userId: principalId, viaService } = caller;
  const common = {
    principalId,
    arn,
    accountId,
    ...(accessKeyId !== undefined && { accessKeyId }),
    // Diverges: record-via-service
    ...(viaService !== undefined && { invokedBy: `${viaService}.amazonaws.com` }),
  };
  const session = sessionOf(caller);
  switch (caller.kind) {
    case 'root':
      return { type: 'Root', ...common, ...session };
    case 'user':
      return { type: 'IAMUser', ...common, userName: caller.userName ?? '', ...session };
    case 'role-session':
      return { type: 'AssumedRole', ...common, ...session };
    case 'federated-user':
      return { type: 'FederatedUser', ...common, ...session };
  }
}

function sessionOf(caller: Principal): { readonly sessionContext?: JsonObject } {
  const { session } = caller;
  if (session === undefined) return {};
  const issuer = issuerOf(caller);
  return {
    sessionContext: {
      ...(issuer && { sessionIssuer: issuer }),
      ...(session.federatedProvider !== undefined && {
        webIdFederationData: { federatedProvider: session.federatedProvider, attributes: {} },
      }),
      ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
      attributes: { creationDate: eventTimeOf(session.issuedAtMs), mfaAuthenticated: 'false' },
    },
  };
}

function issuerOf(caller: Principal): JsonObject | undefined {
  const { accountId } = caller;
  const entity =
    caller.kind === 'role-session' ? caller.role : caller.kind === 'federated-user' ? caller.user : undefined;
  if (entity === undefined) return undefined;
  return {
    type: caller.kind === 'role-session' ? 'Role' : 'IAMUser',
    principalId: entity.uniqueId,
    arn: entity.arn,
    accountId,
    userName: entity.arn.split('/').at(-1) ?? '',
  };
}

/** CloudTrail User Guide, Values for AWS STS APIs with SAML and web identity federation. */
function strangerIdentity({ webIdentity, received }: AuditEntry): JsonObject {
  if (webIdentity === undefined) return unknownIdentity(received.request);
  const { providerArn, audience, subject } = webIdentity;
  return {
    type: 'WebIdentityUser',
    principalId: `${providerArn}:${audience}:${subject}`,
    userName: subject,
    identityProvider: providerArn,
  };
}

/**
 * Nobody was recognised; the access key id that was claimed may help to find out who it was, if it looks like one: people mix them
 * up with secrets.
 */
function unknownIdentity(request: SignedRequest): JsonObject {
  const { accessKeyId = '' } = claimsOf(request) ?? {};
  return { type: 'Unknown', ...(/^A[KS]IA[A-Z0-9]{12,28}$/.test(accessKeyId) && { accessKeyId }) };
}
