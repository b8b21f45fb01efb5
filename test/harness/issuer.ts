/** An issuer of web identity tokens on a loopback port: a real HTTP server, which a fetcher reaches for `https://issuer.test`. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { IssuerFetch } from '#identity/sessions/issuer-keys.ts';

export const issuerUrl = 'issuer.test/tenant';
export const issuer = `https://${issuerUrl}`;

type Answerer = (response: ServerResponse, path: string) => void;

export interface Issuer extends AsyncDisposable {
  readonly fetch: IssuerFetch;
  /** The paths that were asked for. */
  readonly requests: string[];
  /** Answers in the place of the issuer's own answers, until it is taken away. */
  answer: Answerer | undefined;
  /** Members that replace those of the discovery document. */
  discovery: object;
  /** A new key pair: tokens are signed with the last one, and only the last is published. */
  rotate(kid: string, algorithm?: string): Promise<void>;
  sign(claims: JWTPayload, header?: { readonly kid?: string; readonly alg?: string }): Promise<string>;
}

export async function startIssuer(): Promise<Issuer> {
  let current = await keyOf('first', 'ES256');
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    if (made.answer !== undefined) return made.answer(response, url);
    if (url === '/tenant/.well-known/openid-configuration') {
      return response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys`, ...made.discovery }));
    }
    if (url === '/tenant/keys') return response.end(JSON.stringify({ keys: [current.jwk] }));
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const made: Issuer = {
    requests,
    answer: undefined,
    discovery: {},
    fetch: (url, signal) =>
      fetch(`http://127.0.0.1:${port}${url.pathname}`, { signal, redirect: 'error', headers: { connection: 'close' } }),
    async rotate(kid, algorithm = 'ES256') {
      current = await keyOf(kid, algorithm);
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: current.algorithm, kid: current.kid, ...header })
        .sign(current.privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}

async function keyOf(kid: string, algorithm: string) {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { kid, algorithm, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } };
}
