/** The AWS Encryption SDK for JavaScript: a file of 100 MB with a KMS keyring, then with a caching materials manager. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import {
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  KMS,
  KmsKeyringNode,
  NodeCachingMaterialsManager,
} from '@aws-crypto/client-node';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { type ServerProcess, startServer } from '#test/harness/server-process.ts';

const { encrypt, decrypt, encryptStream, decryptStream } = buildClient(
  CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
);
const context = { purpose: 'conformance' };

/** A keyring on a new key of the server, and the number of calls that it has made. */
async function countingKeyring(server: ServerProcess) {
  const { KeyMetadata } = await server.client().send(new CreateKeyCommand({}));
  const calls = { count: 0 };
  const keyring = new KmsKeyringNode({
    generatorKeyId: KeyMetadata?.Arn ?? '',
    clientProvider: (region: string) => {
      const client = new KMS({ region, endpoint: server.url, credentials: server.credentials });
      client.middlewareStack.add(
        (next) => (args) => {
          calls.count++;
          return next(args);
        },
        { step: 'finalizeRequest', name: 'count' },
      );
      return client as never; // the same client; the SDK's types are written without exactOptionalPropertyTypes
    },
  });
  return { keyring, calls };
}

function writeRandomFile(path: string, megabytes: number): void {
  const file = openSync(path, 'w');
  for (let i = 0; i < megabytes; i++) writeSync(file, randomBytes(1_000_000));
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Fifty messages, there and back. */
async function sendMessages(materials: KmsKeyringNode | NodeCachingMaterialsManager): Promise<void> {
  const messages: Buffer[] = [];
  for (let i = 0; i < 50; i++) {
    const { result } = await encrypt(materials, Buffer.from(`message ${i}`), { encryptionContext: context });
    messages.push(result);
  }
  for (const [i, message] of messages.entries()) {
    const { plaintext } = await decrypt(materials, message);
    assert.equal(plaintext.toString(), `message ${i}`);
  }
}

test('a file of 100 MB and fifty messages are encrypted and decrypted with a KMS keyring', async () => {
  await using server = await startServer();
  const { keyring, calls } = await countingKeyring(server);
  const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map((name) => join(server.data, name)) as [
    string,
    string,
    string,
  ];
  writeRandomFile(plain, 100);
  await pipeline(
    createReadStream(plain),
    encryptStream(keyring, { encryptionContext: context }),
    createWriteStream(sealed),
  );
  await pipeline(createReadStream(sealed), decryptStream(keyring), createWriteStream(opened));
  assert.equal(await digest(opened), await digest(plain));
  assert.notEqual(await digest(sealed), await digest(plain));
  assert.equal(calls.count, 2); // GenerateDataKey and Decrypt
  await sendMessages(keyring);
  assert.equal(calls.count, 102);
  process.stdout.write(
    `note: without a cache, a 100 MB file and 50 messages took ${calls.count} calls of the service\n`,
  );
});

test('a caching materials manager spares the calls that AWS’s guide says it spares', async () => {
  await using server = await startServer();
  const { keyring, calls } = await countingKeyring(server);
  const cmm = new NodeCachingMaterialsManager({
    backingMaterials: keyring,
    cache: getLocalCryptographicMaterialsCache(100),
    maxAge: 60_000,
    maxMessagesEncrypted: 100,
    partition: 'test',
  });
  const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map((name) => join(server.data, name)) as [
    string,
    string,
    string,
  ];
  writeRandomFile(plain, 100);
  // Streams of unknown length are not cached, so an upper bound is told. It is generous because the SDK counts what is
  // left of a chunk anew for each of its frames.
  const told = { encryptionContext: context, plaintextLength: 2_000_000_000 };
  await pipeline(createReadStream(plain), encryptStream(cmm, told), createWriteStream(sealed));
  await pipeline(createReadStream(sealed), decryptStream(cmm), createWriteStream(opened));
  assert.equal(await digest(opened), await digest(plain));
  const afterFile = calls.count;
  await sendMessages(cmm);
  assert.equal(afterFile, 2);
  assert.equal(calls.count, 2); // one data key, generated once and decrypted once, served the file and all 50 messages
  process.stdout.write(
    `note: with the cache, a 100 MB file and 50 messages took ${calls.count} calls of the service\n`,
  );
});
