/**
 * A socket in the file system through which commands on this machine reach a running server. Who may open it is decided
 * by the permissions of the directory it lies in; it is not reachable from the network.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** One command: what it is given, and what it answers, as JSON values. */
export type Command = (input: unknown) => Promise<unknown>;

export interface ControlSocket extends AsyncDisposable {
  readonly path: string;
}

/** sun_path of unix(7), less a margin. */
const maxPathBytes = 100;

export async function listenForCommands(
  directory: string,
  commands: ReadonlyMap<string, Command>,
): Promise<ControlSocket> {
  const wanted = join(directory, 'control.sock');
  const isTooLong = Buffer.byteLength(wanted) > maxPathBytes;
  const path = isTooLong ? join(mkdtempSync(join(tmpdir(), 'keywright-')), 'control.sock') : wanted;
  rmSync(path, { force: true }); // left behind by a process that was killed; the directory's lock says that it is gone
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { status, body } = await obey(commands.get(request.url?.slice(1) ?? ''), Buffer.concat(chunks).toString());
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    path,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(isTooLong ? dirname(path) : path, { force: true, recursive: true });
    },
  };
}

async function obey(command: Command | undefined, text: string): Promise<{ status: number; body: unknown }> {
  if (command === undefined) return { status: 404, body: { error: 'The server does not know this command.' } };
  try {
    return { status: 200, body: await command(text === '' ? {} : JSON.parse(text)) };
  } catch (error) {
    // Whoever can open the socket owns the data directory, so the text may be told.
    return { status: 500, body: { error: error instanceof Error ? error.message : 'unknown error' } };
  }
}

/** Sends a command to the server behind a socket. Rejects with the server's own words where it fails. */
export function sendCommand(socketPath: string, command: string, input: unknown = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, path: `/${command}`, method: 'POST' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => reject(gone()));
      response.on('end', () => {
        const body = response.complete ? JSON.parse(Buffer.concat(chunks).toString()) : { error: gone().message };
        if (response.statusCode === 200 && response.complete) resolve(body);
        else reject(new Error(body.error));
      });
    });
    request.on('error', () => reject(gone()));
    request.end(JSON.stringify(input));
  });
}

const gone = () => new Error('The server went away before it had answered. Is it stopping? Try again.');
