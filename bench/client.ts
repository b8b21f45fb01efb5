/** Single calls, for all that is not measured: making keys, proving answers. Its sockets are not the load's. */
import { type IncomingMessage, request as startRequest } from 'node:http';
import { request as startTlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { type ApiCall, type Service, signCall } from './requests.ts';

export type Answer = Readonly<Record<string, unknown>>;

const callLimitMs = 20_000;

/** A service answered with another status than 200. */
export class RefusedError extends Error {
  /** The error's name in the API, or an empty text where it has none. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The answer's JSON. Rejects with RefusedError, naming service, operation and what was said. */
export async function call(service: Service, apiCall: ApiCall): Promise<Answer> {
  const { headers, body } = signCall(service, apiCall);
  const { host, port, name, ca } = service;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; answer: string }>();
  const signal = AbortSignal.timeout(callLimitMs);
  const onResponse = async (response: IncomingMessage): Promise<void> => {
    try {
      resolve({ status: response.statusCode, answer: await text(response) });
    } catch (error) {
      reject(error);
    }
  };
  const request = { host, port, method: 'POST', headers, signal };
  (ca === undefined ? startRequest(request, onResponse) : startTlsRequest({ ...request, ca }, onResponse))
    .on('error', reject)
    .end(body);
  const { status, answer } = await promise.catch((error: unknown) => {
    throw new Error(`${apiCall.operation} at ${name}: ${error instanceof Error ? error.message : error}`);
  });
  if (status !== 200) {
    const text = `${apiCall.operation} at ${name}: status ${status}: ${answer.slice(0, 500)}`;
    throw new RefusedError(text, /"__type"\s*:\s*"(?:[^"]*#)?([^"]*)"/.exec(answer)?.[1] ?? '');
  }
  try {
    return parseAnswer(answer);
  } catch (error) {
    throw new Error(`${apiCall.operation} at ${name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Throws where the text is not a JSON object. Operations that answer nothing answer no text. */
export function parseAnswer(answer: string): Answer {
  if (answer === '') return {};
  const parsed: unknown = JSON.parse(answer);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('The answer is not a JSON object.');
  return { ...parsed };
}
