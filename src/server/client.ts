/** Who is at the other end of a connection, as far as that itself says. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Client } from '#call/stages.ts';

type Facts = Pick<Client, 'address' | 'isTls' | 'tls'>;

const known = new WeakMap<Socket, Facts>();

/** The same for all requests of a connection. */
export function factsOf(socket: Socket): Facts {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const facts = { address: addressOf(socket), isTls: 'encrypted' in socket, tls: tlsOf(socket) };
  known.set(socket, facts);
  return facts;
}

/** An IPv4 address as such, also where the socket is one of IPv6. */
function addressOf({ remoteAddress }: Socket): string | undefined {
  return remoteAddress?.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress;
}

function tlsOf(socket: Socket): Client['tls'] {
  if (!(socket instanceof TLSSocket)) return undefined;
  return { version: socket.getProtocol() ?? '', cipherSuite: socket.getCipher().standardName };
}
