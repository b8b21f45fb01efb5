/** Which requests are of the AWS Query protocol, what they ask for, and how a refusal looks there. */
import type { Reply } from '#call/stages.ts';
import { ApiError, type ErrorName } from '#model/api-error.ts';
import { internalFailure, invalidAction, malformedQuery } from '#model/errors.ts';
import { type Parameters, parseForm } from '#protocol/aws-query/form.ts';
import { errorXml } from '#protocol/aws-query/xml.ts';
import { splitTarget } from '#protocol/sigv4/query.ts';
import { firstHeader, type SignedRequest } from '#protocol/sigv4/request.ts';
import type { QueryApi, QueryOperation } from './operation.ts';

export const xmlType = 'text/xml';

/** A form, or parameters in the query string, as presigned requests have them; for requests without X-Amz-Target. */
export function isQuery({ target, rawHeaders }: SignedRequest): boolean {
  // Presigned requests have their parameters in the query string, whatever their method.
  if (hasAction(target)) return true;
  const type = firstHeader(rawHeaders, 'content-type');
  return type?.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

function hasAction(target: string): boolean {
  return /[?&]Action=/.test(target);
}

/** Throws MalformedQueryString. */
export function parametersOf({ method, target, body }: SignedRequest): Parameters {
  const { path, query } = splitTarget(target);
  if (path !== '/') throw malformedQuery();
  if (method !== 'POST' && method !== 'GET') throw malformedQuery();
  // Never both: what is in the body of one that has an Action in its query string would not be looked at.
  const isInQuery = method === 'GET' || hasAction(target);
  if (isInQuery && body.length > 0) throw malformedQuery();
  return isInQuery ? parseForm(query, 'query') : parseForm(textOf(body), 'body');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw malformedQuery();
  }
}

export interface Routed {
  readonly api: QueryApi;
  readonly operation: QueryOperation;
}

/** The version says which service is meant. Throws InvalidAction. */
export function routeQuery(parameters: Parameters, apis: readonly QueryApi[]): Routed {
  const name = single(parameters, 'Action') ?? '';
  const version = single(parameters, 'Version') ?? 'NO_VERSION_SPECIFIED';
  const api = apis.find((one) => one.version === version);
  const operation = api?.operations.get(name);
  if (api === undefined || operation === undefined) throw invalidAction(brief(name), brief(version));
  return { api, operation };
}

function single(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  return typeof value === 'string' ? value : undefined;
}

function brief(text: string): string {
  return text.length > 128 ? `${text.slice(0, 128)}…` : text;
}

/** What errors that other services spell differently are called here, and their HTTP status. */
const codes: { readonly [name in ErrorName]?: readonly [code: string, status: number] } = {
  AccessDeniedException: ['AccessDenied', 403],
  ExpiredTokenException: ['ExpiredToken', 403],
  IncompleteSignatureException: ['IncompleteSignature', 400],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  KMSInternalException: ['InternalFailure', 500],
  LimitExceededException: ['LimitExceeded', 409],
  MalformedPolicyDocumentException: ['MalformedPolicyDocument', 400],
  MissingAuthenticationTokenException: ['MissingAuthenticationToken', 403],
  RequestEntityTooLargeException: ['RequestEntityTooLarge', 413],
  SerializationException: ['MalformedInput', 400],
  ServiceUnavailableException: ['ServiceUnavailable', 503],
  ThrottlingException: ['Throttling', 400],
  UnrecognizedClientException: ['InvalidClientTokenId', 403],
  ValidationException: ['ValidationError', 400],
};

/** What an error is called here, and its HTTP status; undefined where both are its own. */
export function codeOf(name: ErrorName, operation?: { readonly errors?: readonly ErrorName[] }) {
  // An operation may have an error of its own under the name that the front end's has.
  return operation?.errors?.includes(name) ? undefined : codes[name];
}

/** Where no service is known, the answer is IAM's. */
const someNamespace = 'https://iam.amazonaws.com/doc/2010-05-08/';

/** What is not an ApiError is our own fault, and its text stays here. */
export function queryRefusal(error: unknown, requestId: string, { api, operation }: Partial<Routed> = {}): Reply {
  const { name, message, status } = error instanceof ApiError ? error : internalFailure(error);
  const [code, httpStatus] = codeOf(name, operation) ?? [name, status];
  const answering = { namespace: api?.namespace ?? someNamespace, requestId };
  const body = errorXml(answering, { code, message, isOurFault: httpStatus >= 500 });
  return { status: httpStatus, body, contentType: xmlType };
}
