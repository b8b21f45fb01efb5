/** A listener of its own for Prometheus, so that what it is told never lies open where requests are served. */
import { createServer } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';

export interface ScrapeSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly contentType: string;
  /** What is told. Where it rejects, the scrape fails. */
  readonly text: () => Promise<string>;
  readonly logFailure: (error: unknown) => void;
}

export interface ScrapeListener extends AsyncDisposable {
  /** Of what is to be scraped. */
  readonly url: string;
}

/** Rejects where the address cannot be had. */
export async function listenForScrapes({ host, port, ...told }: ScrapeSettings): Promise<ScrapeListener> {
  const { contentType, text, logFailure } = told;
  const server = createServer({ requestTimeout: 10_000 }, async ({ method, url = '' }, response) => {
    const isKnown = url === '/metrics' || url.startsWith('/metrics?');
    if (!isKnown || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(isKnown ? 405 : 404).end();
      return;
    }
    try {
      const body = await text();
      response.writeHead(200, { 'Content-Type': contentType }).end(body);
    } catch (error) {
      logFailure(error);
      response.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`${host}:${port} cannot be listened on for metrics (${error.code}).`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo; // listens on a port, so it has one
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${address.port}/metrics`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
