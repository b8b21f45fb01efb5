/**
 * npm run bench:hot-path [-- ../other/checkout …]. What one request costs in CPU from its parsed head to its answer, without sockets:
 * signature, policies, cryptography, with and without its record in the trail. 64 clients in a closed loop, 640 requests a batch; of 40
 * batches the smallest, and the median. Other checkouts are measured in turns with this one, in the same process, because the speed of a
 * machine that others use varies by more than most changes are worth.
 */
import { hash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { signRequest } from '#test/harness/sign.ts';

const region = 'us-east-1';
const accountId = '000000000000';
const [clients, batchSize, batches] = [64, 640, 40];
const userAgent = 'aws-sdk-js/3.1164.0 ua/2.1 os/linux#6.18.44 lang/js md/nodejs#26.10.0 api/kms#3.1164.0 m/E,n';
const client = { address: '127.0.0.1', isTls: false, userAgent, host: 'localhost:8080' };

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A request with the headers that the AWS SDK for JavaScript sends. */
function toSend(credentials: Keys, text: string, special: { readonly service: string; readonly target?: string }) {
  const { service, target } = special;
  const headers = signRequest({
    method: 'POST',
    host: client.host,
    headers: {
      'content-type': target === undefined ? 'application/x-www-form-urlencoded' : 'application/x-amz-json-1.1',
      ...(target === undefined ? {} : { 'x-amz-target': target }),
      'content-length': String(Buffer.byteLength(text)),
      'x-amz-user-agent': 'aws-sdk-js/3.1164.0',
      'user-agent': userAgent,
      'amz-sdk-invocation-id': randomUUID(),
      'amz-sdk-request': 'attempt=1; max=3',
      'x-amz-content-sha256': hash('sha256', text),
    },
    body: text,
    credentials,
    region,
    service,
    date: new Date(),
  });
  const rawHeaders = Object.entries({ ...headers, connection: 'keep-alive' }).flat();
  return { method: 'POST', target: '/', rawHeaders, body: Buffer.from(text) };
}

type Sent = ReturnType<typeof toSend>;
type Serve = (request: Sent) => Promise<Reply>;

/** A checkout's service over a directory of its own: without the trail, and with it. */
async function open(checkout: string) {
  const load = (path: string) => import(join(checkout, 'src', path));
  const [
    { openData },
    { assembleAudit, assembleService },
    { noAudit },
    { serve },
    { createAccount, listRootAccessKeys },
  ] = await Promise.all(
    ['assemble.ts', 'service.ts', 'call/audit.ts', 'call/serve.ts', 'identity/accounts.ts'].map(load),
  );
  const directory = mkdtempSync(join(tmpdir(), 'keywright-hot-path-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const data = await openData({ directory, root: {}, command: 'bench', mayCreate: true });
  await createAccount(data.vault, accountId);
  const [made] = await listRootAccessKeys(data.vault);
  const secretAccessKey = Buffer.from(made.secretAccessKey.reveal()).toString();
  const log = { failure: (_: string, error: unknown) => process.stderr.write(`${String(error)}\n`) };
  const serving = async (audit: unknown): Promise<Serve> => {
    const service = await assembleService(data, { log, maxClockSkewSeconds: 300, audit, region });
    return (request) => serve({ requestId: randomUUID(), client, request }, service);
  };
  const root: Keys = { accessKeyId: made.accessKeyId, secretAccessKey };
  return { root, bare: await serving(noAudit), audited: await serving(await assembleAudit(data, region)) };
}

async function answered(reply: Promise<Reply>): Promise<string> {
  const { status, body } = await reply;
  if (status !== 200) throw new Error(`${status} ${body}`);
  return body;
}

/** A key, and an IAM user with a policy for it; the requests of a batch, of the root user and of that user. */
async function prepare({ root, bare }: { readonly root: Keys; readonly bare: Serve }) {
  const kms = (who: Keys, operation: string, body: object) =>
    toSend(who, JSON.stringify(body), { service: 'kms', target: `TrentService.${operation}` });
  const iam = (form: Readonly<Record<string, string>>) =>
    answered(bare(toSend(root, String(new URLSearchParams({ Version: '2010-05-08', ...form })), { service: 'iam' })));
  const { KeyId, Arn } = JSON.parse(await answered(bare(kms(root, 'CreateKey', {})))).KeyMetadata;
  const Action = ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'];
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: Arn }] };
  await iam({ Action: 'CreateUser', UserName: 'app' });
  const PolicyDocument = JSON.stringify(policy);
  await iam({ Action: 'PutUserPolicy', UserName: 'app', PolicyName: 'use', PolicyDocument });
  const xml = await iam({ Action: 'CreateAccessKey', UserName: 'app' });
  const member = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1] ?? '';
  const user = { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') };
  const contexts = Array.from({ length: batchSize }, (_, at) => ({
    tenant: 'acme',
    object: `invoices/2026/${at}.pdf`,
  }));
  const requests: Record<string, readonly Sent[]> = {};
  for (const [name, who] of Object.entries({ root, user })) {
    const each = (operation: string, body: object) =>
      contexts.map((EncryptionContext) => kms(who, operation, { ...body, EncryptionContext }));
    requests[`GenerateDataKey, ${name}`] = each('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
    for (const bytes of [32, 1024]) {
      const encrypting = each('Encrypt', { KeyId, Plaintext: Buffer.alloc(bytes, 1).toString('base64') });
      requests[`Encrypt ${bytes} bytes, ${name}`] = encrypting;
      const answers: string[] = [];
      for (const request of encrypting) {
        await turn();
        answers.push(await answered(bare(request)));
      }
      requests[`Decrypt ${bytes} bytes, ${name}`] = answers.map((answer, at) =>
        kms(who, 'Decrypt', { CiphertextBlob: JSON.parse(answer).CiphertextBlob, EncryptionContext: contexts[at] }),
      );
    }
  }
  return requests;
}

/** Microseconds of CPU a request, of all threads. As from sockets, each comes in a callback of its own: many in one are an overload. */
async function cost(serve: Serve, requests: readonly Sent[]): Promise<number> {
  const left = requests.values();
  const begun = process.cpuUsage();
  const client = async () => {
    for (const request of left) {
      await turn();
      await answered(serve(request));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / requests.length;
}

const checkouts = [join(import.meta.dirname, '..'), ...process.argv.slice(2).map((path) => resolve(path))];
const sides = [];
for (const checkout of checkouts) {
  const service = await open(checkout);
  sides.push({ service, requests: await prepare(service), costs: new Map<string, number[]>() });
}
for (let batch = 0; batch < batches; batch++) {
  for (const name of Object.keys(sides[0]?.requests ?? {})) {
    for (const { service, requests, costs } of sides) {
      for (const trail of ['bare', 'audited'] as const) {
        const measured = await cost(service[trail], requests[name] ?? []);
        const row = `${name}${trail === 'audited' ? ', trail' : ''}`;
        costs.set(row, [...(costs.get(row) ?? []), measured]);
      }
    }
  }
}
process.stdout.write(`CPU of a request in µs, smallest (median) of ${batches} batches: ${checkouts.join(', ')}\n`);
for (const row of sides[0]?.costs.keys() ?? []) {
  const figures = sides.map(({ costs }) => {
    const sorted = (costs.get(row) ?? []).toSorted((a, b) => a - b);
    return `${sorted[0]?.toFixed(1)} (${sorted[sorted.length >> 1]?.toFixed(1)})`;
  });
  process.stdout.write(`${row.padEnd(36)}${figures.map((figure) => figure.padStart(16)).join('')}\n`);
}
process.exit();
