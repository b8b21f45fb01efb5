/**
 * Makes a golden set from the version of Keywright that is checked out: a data directory, a backup of it, and what they
 * must give back. Run once for a release, as `node test/golden/make.ts v1`; a set that is there is never made again.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { call } from '#test/harness/client.ts';
import { makeEveryKind } from '#test/harness/every-kind.ts';
import { startReceiver } from '#test/harness/receiver.ts';
import { runCli, startServer } from '#test/harness/server-process.ts';
import { makePeople } from './people.ts';

const [name = ''] = process.argv.slice(2);
const target = join(import.meta.dirname, name);
if (name === '' || existsSync(target)) throw new Error('Give the name of a set that is not there yet.');

await using receiver = await startReceiver();
receiver.answer = (response) => response.writeHead(500).end(); // notices wait for a later version
await using server = await startServer({ args: ['--sm2', '--notice-webhook', String(receiver.url)] });
const kms = server.client();
const make = async (Description: string) =>
  (await kms.send(new CreateKeyCommand({ Description, Tags: [{ TagKey: 'name', TagValue: Description }] }))).KeyMetadata
    ?.KeyId ?? '';
const [enabled, disabled, doomed] = [await make('enabled'), await make('disabled'), await make('doomed')];
await kms.send(new CreateAliasCommand({ AliasName: 'alias/golden', TargetKeyId: enabled }));

const ciphertexts = [];
for (const context of [{}, { a: 'b' }, { ünï: '✓', b: '', a: 'x'.repeat(300), '\u{10000}': '1', '\uffff': '2' }]) {
  for (const text of ['x', 'hello, later version', 'y'.repeat(4096)]) {
    const { CiphertextBlob = new Uint8Array() } = await kms.send(
      new EncryptCommand({ KeyId: enabled, Plaintext: Buffer.from(text), EncryptionContext: context }),
    );
    ciphertexts.push({
      ciphertext: Buffer.from(CiphertextBlob).toString('base64'),
      context,
      plaintext: Buffer.from(text).toString('base64'),
    });
  }
}
const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: 'alias/golden', KeySpec: 'AES_256' }));
const asBase64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64');
ciphertexts.push({ ciphertext: asBase64(dataKey.CiphertextBlob), context: {}, plaintext: asBase64(dataKey.Plaintext) });
await kms.send(new DisableKeyCommand({ KeyId: disabled }));
const { DeletionDate } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId: doomed, PendingWindowInDays: 30 }));
const { people, roles } = await makePeople(server, enabled);
const exchanges = await makeEveryKind((operation, input, region) => call(server, operation, input, { region }));
const backup = join(server.data, 'backup');
const { code, stdout, stderr } = await runCli(['backup', backup, '--json', '--data', server.data]);
if (code !== 0) throw new Error(stderr);
await server.stop();
const database = new DatabaseSync(join(server.data, 'keywright.db'), { readOnly: true });
const notices = database.prepare('SELECT record FROM notices ORDER BY key').all();
database.close();
const expected = {
  credentials: server.credentials,
  keys: { [enabled]: 'Enabled', [disabled]: 'Disabled', [doomed]: 'PendingDeletion' },
  deletionDate: DeletionDate?.getTime(),
  alias: { 'alias/golden': enabled },
  ciphertexts,
  people,
  roles,
  exchanges,
  notices: notices.map(({ record }) => JSON.parse(String(record)).event),
  materials: JSON.parse(stdout).materials,
};
mkdirSync(target);
for (const file of ['keywright.db', 'root.key', 'backup']) cpSync(join(server.data, file), join(target, file));
writeFileSync(join(target, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
