/**
 * The socket: HTTP/1.1 in clear on a loopback address or over TLS anywhere, bodies up to a cap, clients that are too
 * slow cut off, a health document, and an orderly end. Requests of the usual form are read by direct.ts, all others by node:http.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, isIP, type Server, type Socket } from 'node:net';
import { together } from '#base/together.ts';
import { refusalOf } from '#call/refusal.ts';
import type { Received, Reply } from '#call/stages.ts';
import type { ApiError } from '#model/api-error.ts';
import { bodyTooLarge, draining } from '#model/errors.ts';
import { readBody } from './body.ts';
import { factsOf } from './client.ts';
import { DirectConnection } from './direct.ts';
import { headersOf, keepAliveMs } from './response-head.ts';

export interface ListenerSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** From loadTls; plain HTTP without. */
  readonly tls?: ServerOptions | undefined;
  readonly version: string;
  readonly newRequestId: () => string;
  /** How long a client may take for its headers, and for all of its request. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
  /** How long requests that have arrived may take to be answered once the listener drains. */
  readonly drainLimitMs?: number;
}

/** What answers requests; neither of the two rejects. */
export interface Serving {
  serve(received: Received): Promise<Reply>;
  /** For what is not worth serving. */
  refuse(received: Received, error: ApiError): Promise<Reply>;
  /** Why nothing can be served at present, for the health document. */
  problem?(): string | undefined;
}

export interface Listener {
  readonly url: string;
  /** From now on requests are served; until then everyone is asked to come back. */
  open(serving: Serving): void;
  /** Answers what has arrived, takes nothing new, and lets go of the port. */
  drain(): Promise<void>;
}

/** AWS KMS refuses far less; a megabyte holds any request there is. */
// Diverges: body-limit
const maxBodyBytes = 1_048_576;
const drainLimitMs = 10_000;
const patienceOfOurs = { headersMs: 10_000, requestMs: 30_000 };

function socketSettings({ headersMs, requestMs } = patienceOfOurs) {
  return {
    maxHeaderSize: 16_384,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(headersMs, 2_000),
  };
}

function tlsSettings(patience = patienceOfOurs) {
  return { ...socketSettings(patience), handshakeTimeout: patience.headersMs };
}

/** Rejects, with what to do about it, where the address cannot be had. */
export async function listen(settings: ListenerSettings): Promise<Listener> {
  let serving: Serving | undefined;
  let isDraining = false;
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (isHealthCheck(request)) {
      const problem = isDraining
        ? 'It is being stopped.'
        : serving === undefined
          ? 'It is starting.'
          : serving.problem?.();
      return sendHealth(response, settings.version, problem);
    }
    void answer(request, response, { serving, requestId: settings.newRequestId(), mayKeepAlive: () => !isDraining });
  };
  const server =
    settings.tls === undefined
      ? createServer(socketSettings(settings.patience), onRequest)
      : createTlsServer({ ...tlsSettings(settings.patience), ...settings.tls }, onRequest);
  const direct = new Map<Socket, DirectConnection>();
  const { newRequestId, patience = patienceOfOurs } = settings;
  // In front of what node:http does with a connection.
  const spoken = settings.tls === undefined ? 'connection' : 'secureConnection';
  const readByNode = listenerOf(server, spoken);
  server.off(spoken, readByNode);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on(spoken, (socket: Socket) => {
    if (isDraining) {
      socket.destroy();
      return;
    }
    const serve = (received: Received) => serving?.serve(received) ?? Promise.resolve(refusalOf(received, draining()));
    const handOver = () => {
      direct.delete(socket);
      readByNode.call(server, socket);
    };
    const own = {
      mostBodyBytes: maxBodyBytes,
      firstMs: patience.headersMs,
      newRequestId,
      serve,
      soon: sendSoon,
      mayKeepAlive: () => !isDraining,
      handOver,
    };
    direct.set(socket, new DirectConnection(socket, own));
    socket.once('close', () => direct.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(addressError(settings, error)));
    server.listen(settings.port, settings.host, resolve);
  });
  const { port } = server.address() as AddressInfo; // listens on a port, so it has one
  return {
    url: `${settings.tls === undefined ? 'http' : 'https'}://${hostInUrl(settings.host)}:${port}`,
    open: (use) => {
      serving = use;
    },
    async drain() {
      if (isDraining) return;
      isDraining = true;
      for (const connection of direct.values()) connection.end();
      // Every socket: the server itself knows only those that have begun to speak HTTP.
      const limit = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, settings.drainLimitMs ?? drainLimitMs);
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(limit);
    },
  };
}

/** The one listener that node:http itself has put there. */
function listenerOf(server: Server, event: string): (socket: Socket) => void {
  const [listener, ...others] = server.listeners(event);
  if (listener === undefined || others.length > 0) throw new Error('node:http listens in another way than it did.');
  return listener as (socket: Socket) => void; // documented so for both events
}

function addressError({ host, port }: ListenerSettings, error: NodeJS.ErrnoException): Error {
  const hint =
    error.code === 'EADDRINUSE' ? 'is in use by another program; choose one with --port' : 'cannot be listened on';
  return new Error(`${host}:${port} ${hint} (${error.code}).`, { cause: error });
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isHealthCheck({ url = '', method }: IncomingMessage): boolean {
  return (url === '/health' || url.startsWith('/health?')) && (method === 'GET' || method === 'HEAD');
}

interface Answering {
  readonly serving: Serving | undefined;
  readonly requestId: string;
  /** Asked when the answer leaves: while draining, connections are not kept. */
  readonly mayKeepAlive: () => boolean;
}

async function answer(incoming: IncomingMessage, response: ServerResponse, answering: Answering) {
  const { serving, requestId, mayKeepAlive } = answering;
  const body = await readBody(incoming, maxBodyBytes);
  if (body === 'aborted') return;
  if (body === 'too large') {
    response.shouldKeepAlive = false; // the rest of the body is not worth reading
    const received = receivedFrom(incoming, requestId, new Uint8Array());
    const error = bodyTooLarge(maxBodyBytes);
    return send(response, requestId, (await serving?.refuse(received, error)) ?? refusalOf(received, error));
  }
  const received = receivedFrom(incoming, requestId, body);
  if (serving === undefined) return send(response, requestId, refusalOf(received, draining()));
  const reply = await serving.serve(received);
  sendSoon(() => {
    if (!mayKeepAlive()) response.shouldKeepAlive = false;
    send(response, requestId, reply);
  });
}

/**
 * Sends all the answers of one turn of the event loop together. Waking a client costs the kernel more than anything we do
 * for a request; answers in a burst wake it once.
 */
const sendSoon = together<() => void>((burst) => {
  for (const send of burst) send(); // never throws: a response whose client is gone takes what it is given
});

function receivedFrom(incoming: IncomingMessage, requestId: string, body: Uint8Array): Received {
  const { method = '', url = '', rawHeaders } = incoming;
  const request = { method, target: url, rawHeaders, body };
  return { requestId, client: clientOf(incoming), request, arrivedAtMs: performance.now() };
}

function clientOf({ socket, headers }: IncomingMessage) {
  return { ...factsOf(socket), userAgent: headers['user-agent'], referer: headers.referer, host: headers.host };
}

function send(response: ServerResponse, requestId: string, reply: Reply): void {
  response.writeHead(reply.status, headersOf(reply, requestId));
  response.end(reply.body);
}

function sendHealth(response: ServerResponse, version: string, problem: string | undefined): void {
  const status = problem === undefined ? 'ok' : 'unavailable';
  const body = JSON.stringify({ status, service: 'keywright', version, problem });
  response.writeHead(problem === undefined ? 200 : 503, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
  });
  response.end(`${body}\n`);
}

function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
