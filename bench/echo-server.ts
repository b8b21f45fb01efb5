/**
 * The yardstick: the least that a node:http server can do with a request and still answer it. Reads the whole body and
 * sends it back. A process of its own, because the server that it is compared with is one; with --workers N, so many
 * processes on one port, the connections handed to them in turn, as ours does. With --tls-cert and --tls-key, over TLS.
 */
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
});
const workers = Number(values.workers);
const { 'tls-cert': certFile, 'tls-key': keyFile } = values;

if (workers > 1 && cluster.isPrimary) lead();
else listen();

function lead(): void {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  let listening = 0;
  cluster.on('listening', (_, { port }) => {
    if (++listening === workers) announce(port);
  });
  cluster.on('exit', () => process.exit(1)); // with one worker less it would be another yardstick
  for (let worker = 0; worker < workers; worker++) cluster.fork();
}

function listen(): void {
  const server =
    certFile === undefined || keyFile === undefined
      ? createServer(echo)
      : createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, echo);
  server.listen(0, '127.0.0.1', () => {
    if (!cluster.isWorker) announce((server.address() as AddressInfo).port); // listens on a port, so it has one
  });
}

function announce(port: number): void {
  process.stdout.write(`listening on ${certFile === undefined ? 'http' : 'https'}://127.0.0.1:${port}\n`);
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    response.writeHead(200, {
      'Content-Type': request.headers['content-type'] ?? 'application/octet-stream',
      'Content-Length': body.length,
    });
    response.end(body);
  });
}
