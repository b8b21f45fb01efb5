/**
 * Nothing secret is ever written in clear. A server goes through a busy life; then its root key, domain keys, key
 * material, access key and every plaintext are looked for, in all the forms that software gives to bytes, in all that it
 * left on the disk, printed, and said in refusals. Out of reach of such a search: memory, swap, and unused disk blocks.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { openData } from '#assemble.ts';
import { decodeParameters } from '#crypto/import-parameters.ts';
import { materialPlace } from '#keys/snapshots.ts';
import { kmsOperationNames } from '#model/operation-names.ts';
import { call, type Members, type Overrides } from '../harness/client.ts';
import { runCli, type ServerProcess, startServer } from '../harness/server-process.ts';
import { liveAmongPeople } from './people.ts';
import { Secrets } from './secrets.ts';
import { settingsFor, useEveryKind } from './uses.ts';

const description = 'a description is no secret';

/** By contract: what clients and the server read their secrets from. */
const secretFiles = new Set(['root.key', join('aws', 'credentials')]);

test('no secret is in the data directory, a backup, the output or a refusal', async (t) => {
  const outside = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(outside, { recursive: true }));
  await using server = await startServer({ args: settingsFor(outside) });
  const secrets = new Secrets();
  const seen = new Seen();
  const restored = join(outside, 'restored');
  const cli = async (...args: string[]) => {
    const { stdout, stderr } = await runCli(args);
    seen.add(`output of ${args[0]}`, stdout + stderr);
  };

  await liveBusily(server, secrets, seen);
  await cli('status', '--data', server.data);
  await cli('backup', join(outside, 'online.backup'), '--data', server.data);
  seen.addFiles('running', server.data);
  await server.kill();
  seen.addFiles('killed', server.data);
  await learnSecrets(server.data, secrets);
  await server.start();
  await liveBusily(server, secrets, seen);
  await cli('domain-key', 'rotate', '--data', server.data);
  await liveBusily(server, secrets, seen);
  await cli('serve', '--data', server.data);
  assert.equal(await server.stop(), 0);
  await learnSecrets(server.data, secrets);
  await cli('domain-key', 'rotate', '--data', server.data);
  await learnSecrets(server.data, secrets);
  await cli('backup', join(outside, 'offline.backup'), '--data', server.data, '--json');
  const root = ['--root-key-file', join(server.data, 'root.key')];
  await cli('restore', join(outside, 'offline.backup'), '--data', restored, ...root);
  await cli('restore', join(outside, 'offline.backup'), '--data', restored, ...root);
  seen.addFiles('stopped', server.data);
  seen.addFiles('outside', outside);
  seen.add('standard output', server.stdout());
  seen.add('standard error', server.stderr());

  const { accessKeyId, secretAccessKey } = server.credentials;
  secrets.add('the secret access key', Buffer.from(secretAccessKey));
  secrets.add('the secret access key, decoded', Buffer.from(secretAccessKey, 'base64'));
  assert(seen.places(Buffer.from(description)).some((place) => place.includes('keywright.db')));
  assert(seen.places(Buffer.from(accessKeyId)).some((place) => place.includes('keywright.db')));
  assert(seen.count >= 60, `${seen.count} places were searched`);
  for (const [name, bytes] of secrets.all) {
    for (const form of formsOf(bytes)) assert.deepEqual(seen.places(form), [], `${name} is in clear`);
  }
  t.diagnostic(`${secrets.all.length} secrets looked for in ${seen.count} places, ${seen.bytes} bytes`);
});

test('a passphrase is nowhere either', async (t) => {
  const outside = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(outside, { recursive: true }));
  const file = join(outside, 'passphrase');
  const passphrase = 'correct horse battery staple';
  writeFileSync(file, `${passphrase}\n`);
  await using server = await startServer({ args: ['--root-passphrase-file', file, ...settingsFor(outside)] });
  const seen = new Seen();
  await liveBusily(server, new Secrets(), seen);
  await server.stop();
  const { stderr } = await runCli(['backup', join(server.data, 'b'), '--data', server.data]);
  assert.match(stderr, /passphrase/, 'the search has output to look through');
  seen.add('output', stderr + server.stdout() + server.stderr());
  seen.addFiles('stopped', server.data);
  for (const form of formsOf(Buffer.from(passphrase))) assert.deepEqual(seen.places(form), []);
});

test('the search finds a secret in each of its forms, wherever it begins', () => {
  const secret = randomBytes(32);
  for (const before of [0, 1, 2, 3]) {
    const whole = Buffer.concat([randomBytes(before), secret, randomBytes(5)]);
    const hex = whole.toString('hex');
    for (const text of [whole, hex, hex.toUpperCase(), whole.toString('base64'), whole.toString('base64url')]) {
      const seen = new Seen();
      seen.add('here', text);
      const isFound = formsOf(secret).some((form) => seen.places(form).length === 1);
      assert(isFound, `${before} bytes before, in ${text.toString()}`);
    }
  }
});

/** What somebody without the root key may get to see. */
class Seen {
  readonly #texts: [place: string, text: Buffer][] = [];

  add(place: string, text: string | Uint8Array): void {
    this.#texts.push([place, Buffer.from(text as string)]);
  }

  addFiles(when: string, directory: string): void {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(directory, path);
      if (entry.isFile() && !secretFiles.has(name)) this.add(`${name} (${when})`, readFileSync(path));
    }
  }

  places(bytes: Uint8Array): string[] {
    return this.#texts.filter(([, text]) => text.includes(bytes)).map(([place]) => place);
  }

  get count(): number {
    return this.#texts.length;
  }

  get bytes(): number {
    return this.#texts.reduce((sum, [, text]) => sum + text.length, 0);
  }
}

/** As they are, in hexadecimal, and in base64 wherever in a longer text they begin. */
function formsOf(bytes: Uint8Array): Buffer[] {
  const hex = Buffer.from(bytes).toString('hex');
  const forms = [Buffer.from(bytes), Buffer.from(hex), Buffer.from(hex.toUpperCase())];
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    // The characters at either end depend on the neighbours as well.
    const own = [Math.ceil((before * 8) / 6), Math.floor((shifted.length * 8) / 6)] as const;
    for (const encoding of ['base64', 'base64url'] as const) {
      forms.push(Buffer.from(shifted.toString(encoding).slice(...own)));
    }
  }
  return forms;
}

/** Opens the store as its owner, and takes what is wrapped in it. */
async function learnSecrets(directory: string, secrets: Secrets): Promise<void> {
  const rootKey = readFileSync(join(directory, 'root.key'), 'utf8').split('\n')[1] ?? '';
  secrets.add('the root key', Buffer.from(rootKey, 'base64'));
  const data = await openData({ directory, root: {}, command: 'search for leaks', mayCreate: false });
  const { store, root, domainKeys } = data.vault;
  const { importTokenKey } = data.keyring;
  const all = { within: [], limit: Number.MAX_SAFE_INTEGER };
  try {
    for (const { record } of await store.list('domainKeys', all)) {
      const wrapped = Buffer.from(record.wrappedByRoot, 'base64');
      const secret = await root.unwrap(wrapped, ['domain key', record.domainKeyId]);
      assert(secret !== undefined);
      secrets.add(`domain key ${record.domainKeyId}`, secret.reveal());
    }
    for (const { key, record } of await store.list('materials', all)) {
      const material = domainKeys.unwrap(record.wrapped, materialPlace(key, record));
      secrets.addMaterial(`material of ${record.keyId}`, record.spec, material.reveal());
    }
    for (const { key, record } of await store.list('serviceKeys', all)) {
      const place = { collection: 'serviceKeys', key, holder: { name: record.name } } as const;
      secrets.add(`service key ${record.name}`, domainKeys.unwrap(record.wrapped, place).reveal());
    }
    for (const [sealedFor, token] of secrets.importTokens) {
      const parameters = importTokenKey.unwrap(token, ['import token', ...sealedFor]);
      assert(parameters !== undefined);
      secrets.addPrivateKey('a private key in an import token', decodeParameters(parameters).privateKey.reveal());
    }
  } finally {
    await data.close();
  }
}

/** Everything that the service does, and everything that it refuses, with a new plaintext each time. */
async function liveBusily(server: ServerProcess, secrets: Secrets, seen: Seen): Promise<void> {
  const ask = async (operation: string, body: unknown, overrides: Overrides = {}) => {
    const reply = await call(server, operation, body, overrides);
    if (reply.status !== 200) seen.add(`refusal of ${operation}: ${reply.text}`, reply.text);
    return reply.body ?? {};
  };
  const secretText = () => {
    const bytes = randomBytes(48);
    secrets.add('a plaintext', bytes);
    return bytes.toString('base64');
  };
  const { KeyId } = (await ask('CreateKey', { Description: description }))['KeyMetadata'] as Members;
  const { KeyId: other } = (await ask('CreateKey', {}))['KeyMetadata'] as Members;
  const context = { EncryptionContext: { purpose: 'test' } };
  const { CiphertextBlob } = await ask('Encrypt', { KeyId, Plaintext: secretText(), ...context });
  await ask('Decrypt', { CiphertextBlob, ...context });
  await ask('Decrypt', { CiphertextBlob });
  await ask('Decrypt', { CiphertextBlob, KeyId: other, ...context });
  await ask('ReEncrypt', {
    CiphertextBlob,
    SourceEncryptionContext: context.EncryptionContext,
    DestinationKeyId: other,
  });
  for (const KeySpec of ['AES_256', 'AES_128']) {
    const { Plaintext } = await ask('GenerateDataKey', { KeyId, KeySpec });
    secrets.add('a data key', Buffer.from(String(Plaintext), 'base64'));
  }
  const random = await ask('GenerateRandom', { NumberOfBytes: 64 });
  secrets.add('random bytes', Buffer.from(String(random['Plaintext']), 'base64'));
  await useEveryKind({
    ask,
    secrets,
    secretText,
    symmetric: String(other),
    see: (place, text) => seen.add(place, text),
  });
  const alias = `alias/${KeyId}`;
  await ask('CreateAlias', { AliasName: alias, TargetKeyId: KeyId });

  for (const operation of kmsOperationNames.filter((name) => !/^(CreateKey|ScheduleKeyDeletion)$/.test(name))) {
    const Plaintext = secretText();
    await ask(operation, { KeyId: other, Plaintext, Message: secretText(), Mac: secretText(), AliasName: alias });
    await ask(operation, { KeyId: 7, Plaintext, PrivateKeyPlaintext: Plaintext });
    await ask(operation, { KeyId: 'no such key', Plaintext, TargetKeyId: other });
  }
  const keyId = KeyId;
  const encrypt = (Plaintext: unknown, overrides?: Overrides) => ask('Encrypt', { KeyId: keyId, Plaintext }, overrides);
  const large = randomBytes(5000);
  secrets.add('a plaintext that is too long', large.subarray(0, 64));
  await encrypt(large.toString('base64'));
  await encrypt(`${secretText()}*`);
  await encrypt({ Plaintext: secretText() });
  await encrypt([secretText()]);
  await encrypt('', { rawBody: `{"KeyId": "${KeyId}", "Plaintext": "${secretText()}", }` });
  await encrypt('', { rawBody: `{"Plaintext": "${secretText()}` });
  await encrypt('', { rawBody: `{"Plaintext": "${secretText()}", "Plaintext": "${secretText()}"}` });
  await encrypt('', { rawBody: Buffer.concat([Buffer.from(`{"Plaintext": "${secretText()}`), Buffer.of(0xff)]) });
  await encrypt('', { rawBody: secretText() });
  await encrypt('', { rawBody: secretText().repeat(20_000) });
  const wrongSecret = { ...server.credentials, secretAccessKey: secretText() };
  await encrypt(secretText(), { credentials: wrongSecret });
  await encrypt(secretText(), { credentials: { ...wrongSecret, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' } });
  await encrypt(secretText(), { alterBody: () => `{"KeyId": "${KeyId}", "Plaintext": "${secretText()}"}` });
  await encrypt(secretText(), { alterHeaders: ({ authorization: _, ...headers }) => headers });
  await encrypt(secretText(), { region: 'eu-central-1' });
  await encrypt(secretText(), { headers: { 'x-amz-target': 'TrentService.NoSuchOperation' } });
  await encrypt(secretText(), { headers: { 'content-type': 'application/x-amz-json-1.0' } });
  await ask('DisableKey', { KeyId });
  await encrypt(secretText());
  await ask('ScheduleKeyDeletion', { KeyId });
  await encrypt(secretText());
  await liveAmongPeople(server, {
    secret: (name, text) => secrets.add(name, Buffer.from(text)),
    refusal: (text) => seen.add(`refusal: ${text}`, text),
  });
}
