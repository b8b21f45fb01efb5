import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type Certificate, makeCertificate } from '#test/harness/certificate.ts';
import { isLoopback, type Listener, listen } from './listener.ts';
import { loadTls } from './tls.ts';

const settings = { host: '127.0.0.1', port: 0, version: 'test', newRequestId: randomUUID };
const reply = async () => ({ status: 200, body: '{}' });
const always = { serve: reply, refuse: reply };
const portOf = ({ url }: Listener) => Number(new URL(url).port);

test('until it is opened, and from draining on, everyone is asked to come back', async () => {
  const listener = await listen(settings);
  const health = () => fetch(`${listener.url}/health`).then(({ status }) => status);
  assert.equal(await health(), 503);
  const early = await fetch(listener.url, { method: 'POST', body: '{}' });
  assert.equal(early.status, 503);
  assert.match(await early.text(), /"__type":"ServiceUnavailableException"/);
  listener.open(always);
  assert.equal(await health(), 200);
  await listener.drain();
  await assert.rejects(health());
});

test('a request that has arrived is answered while the listener drains', async () => {
  const listener = await listen(settings);
  let release: () => unknown = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    const serve = async () => {
      resolve();
      await new Promise<void>((done) => {
        release = done;
      });
      return { status: 200, body: '{"late":true}' };
    };
    listener.open({ ...always, serve });
  });
  const answer = fetch(listener.url, { method: 'POST', body: '{}' });
  await arrived;
  const drained = listener.drain();
  release();
  assert.deepEqual(await (await answer).json(), { late: true });
  await drained;
});

test('a client that is too slow is cut off', async () => {
  const listener = await listen({ ...settings, patience: { headersMs: 100, requestMs: 200 } });
  listener.open(always);
  for (const start of ['POST / HTTP/1.1\r\nHost', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{']) {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(portOf(listener), '127.0.0.1', () => socket.write(start));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      setTimeout(() => reject(new Error('the connection is still open')), 5000).unref();
    });
    assert.match(answer, /^HTTP\/1.1 408 /);
  }
  await listener.drain();
});

test('only addresses that stay on this machine count as loopback', () => {
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost']) assert(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', '', '128.0.0.1'])
    assert(!isLoopback(host), host);
});

interface Handshake {
  readonly protocol: string | null;
  readonly cipher: string;
}

test('a client that says nothing does not keep the listener from draining', async () => {
  using certificate = makeCertificate();
  for (const tls of [undefined, loadTls(certificate)]) {
    const listener = await listen({ ...settings, tls, drainLimitMs: 200 });
    const socket = connect(portOf(listener), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => undefined); // it is cut off
    await listener.drain();
    socket.destroy();
  }
});

function handshake(listener: Listener, { certFile }: Certificate, options: object): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls(
      { port: portOf(listener), host: '127.0.0.1', servername: 'localhost', ca: readFileSync(certFile), ...options },
      () => {
        resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().standardName });
        socket.end();
      },
    );
    socket.on('error', reject);
  });
}

test('TLS 1.3 and 1.2 with forward secrecy are spoken, older versions and plain HTTP are not', async () => {
  using certificate = makeCertificate();
  const listener = await listen({ ...settings, tls: loadTls(certificate) });
  listener.open(always);
  assert.equal((await handshake(listener, certificate, {})).protocol, 'TLSv1.3');
  const older = await handshake(listener, certificate, { maxVersion: 'TLSv1.2' });
  assert.equal(older.protocol, 'TLSv1.2');
  assert.match(older.cipher, /^TLS_ECDHE_/);
  await assert.rejects(handshake(listener, certificate, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }));
  await assert.rejects(handshake(listener, certificate, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }));
  await assert.rejects(fetch(`http://127.0.0.1:${portOf(listener)}/health`));
  await listener.drain();
});

test('hybrid post-quantum key exchange is offered', async () => {
  using certificate = makeCertificate();
  const listener = await listen({ ...settings, tls: loadTls(certificate) });
  const hybrid = await handshake(listener, certificate, { ecdhCurve: 'X25519MLKEM768' });
  assert.equal(hybrid.protocol, 'TLSv1.3'); // the client offers nothing else, so it was agreed on
  await assert.rejects(handshake(listener, certificate, { ecdhCurve: 'secp521r1' }));
  await listener.drain();
});

test('files that are no certificate and key are refused before anything is done with them', () => {
  using certificate = makeCertificate();
  using other = makeCertificate();
  for (const files of [
    { certFile: '/nowhere/cert.pem', keyFile: certificate.keyFile },
    { certFile: certificate.keyFile, keyFile: certificate.keyFile },
    { certFile: certificate.certFile, keyFile: other.keyFile },
  ]) {
    assert.throws(() => loadTls(files), /cannot be used for TLS/);
  }
});
