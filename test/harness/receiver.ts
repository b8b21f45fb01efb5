/** A receiver of notices on a loopback port, which takes them or does not, as the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into notices of every kind
  readonly event: any;
}

export interface Receiver extends AsyncDisposable {
  readonly url: URL;
  /** Every request, in order, whatever it was answered. */
  readonly received: Received[];
  /** Answers 200 unless replaced. */
  answer: (response: ServerResponse) => void;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, body, event: JSON.parse(body) });
      receiver.answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const receiver: Receiver = {
    url: new URL(`http://127.0.0.1:${port}/hook?from=keywright`),
    received,
    answer: (response) => response.writeHead(200).end('thank you'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
