/** An S3 service on a loopback port, as far as PutObject goes: it takes what is signed with its one access key. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { readAuthorization } from '#protocol/sigv4/authorization.ts';
import { SignatureVerifier } from '#protocol/sigv4/verify.ts';

export interface Put {
  /** Bucket and key, decoded. */
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

export interface Bucket extends AsyncDisposable {
  readonly url: URL;
  /** What it has taken, in order. */
  readonly puts: Put[];
  /** How often it was asked. */
  asked: number;
  /** What it answers, where it is not to take anything. */
  answer: { status: number; body: string } | undefined;
}

export async function startBucket(clock: Clock, secret: string, accessKeyId = 'AKIDEXAMPLE'): Promise<Bucket> {
  const credential = { accessKeyId, secret: new SecretBytes(Buffer.from(secret)), known: true };
  const verifier = new SignatureVerifier({ clock, maxSkewSeconds: 900, normalizePath: false, find: () => credential });
  const server = createServer(async (request, response) => {
    bucket.asked++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (bucket.answer !== undefined) return void response.writeHead(bucket.answer.status).end(bucket.answer.body);
    const { method = '', url: target = '', rawHeaders, headers } = request;
    const signed = { method, target, rawHeaders, body: Buffer.concat(chunks) };
    try {
      const authorization = readAuthorization(signed);
      assert.equal(authorization.service, 's3');
      await verifier.verify(signed, authorization);
    } catch {
      return void response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
    }
    const metadata = Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), String(value)]] : [],
    );
    const key = decodeURIComponent(target.slice(1));
    bucket.puts.push({ key, bytes: signed.body, metadata: Object.fromEntries(metadata), headers });
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const bucket: Bucket = {
    url: new URL(`http://127.0.0.1:${port}`),
    puts: [],
    asked: 0,
    answer: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return bucket;
}
