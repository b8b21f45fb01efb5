/** What can be said of a request that asks for nothing that there is: what it claims to ask for, and of which service. */
import type { AuditEntry, ServiceName } from '#call/audit.ts';
import { protocolOf } from '#call/protocols.ts';
import { readAuthorization } from '#protocol/sigv4/authorization.ts';
import type { SignedRequest } from '#protocol/sigv4/request.ts';

const services: readonly ServiceName[] = ['kms', 'iam', 'sts', 'cloudtrail', 's3'];

export function claimedOperation({ service, operation, received: { request } }: AuditEntry) {
  const signedFor = services.find((one) => one === claimsOf(request)?.service);
  const protocol = protocolOf(request);
  return {
    service: service ?? signedFor ?? (protocol === 'query' ? ('iam' as const) : protocol),
    name: operation?.name ?? claimedName(request) ?? 'Unknown',
  };
}

/** What the request says of its credentials; undefined where that cannot be read. Nothing of it is proven. */
export function claimsOf(request: SignedRequest) {
  try {
    return readAuthorization(request);
  } catch {
    return undefined;
  }
}

/** Names of operations are of letters and digits, so that nothing else can come this way. */
const operationName = /^[A-Za-z0-9]{1,64}$/;
const longestForm = 65_536;

function claimedName(request: SignedRequest): string | undefined {
  const name = targetOf(request) ?? (protocolOf(request) === 'query' ? actionIn(request) : undefined);
  return name !== undefined && operationName.test(name) ? name : undefined;
}

function targetOf({ rawHeaders }: SignedRequest): string | undefined {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-amz-target');
  return at === -1 ? undefined : rawHeaders[at + 1]?.split('.').at(-1);
}

function actionIn({ target, body }: SignedRequest): string | undefined {
  const pattern = /(?:^|[?&])Action=([^&]{1,64})(?:&|$)/;
  return pattern.exec(target)?.[1] ?? pattern.exec(Buffer.from(body.subarray(0, longestForm)).toString('latin1'))?.[1];
}
