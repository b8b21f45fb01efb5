/**
 * Our server without its audit trail, in all else the same: what the trail costs is the difference. There is no such setting,
 * because nobody should run it.
 */
import { randomUUID } from 'node:crypto';
import { openData } from '#assemble.ts';
import { noAudit } from '#call/audit.ts';
import { refuse, serve } from '#call/serve.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { writeClientFiles } from '#identity/client-files.ts';
import { parseAccountId, parseRegion } from '#model/arn.ts';
import { listen } from '#server/listener.ts';
import { assembleService } from '#service.ts';

const [directory = ''] = process.argv.slice(2);
const accountId = parseAccountId('000000000000');
const region = parseRegion('us-east-1');
if (accountId === undefined || region === undefined) throw new Error('These are an account and a Region.');

const data = await openData({ directory, root: {}, command: 'bench', mayCreate: true });
await createAccount(data.vault, accountId);
const log = { failure: (_: string, error: unknown) => void process.stderr.write(`${error}\n`) };
const service = await assembleService(data, { log, maxClockSkewSeconds: 300, audit: noAudit, region });
const listener = await listen({ host: '127.0.0.1', port: 0, version: 'bench', newRequestId: randomUUID });
writeClientFiles(directory, await listRootAccessKeys(data.vault), { url: listener.url, region });
listener.open({
  serve: (received) => serve(received, service),
  refuse: (received, error) => refuse(received, error, service),
});
process.on('SIGTERM', async () => {
  await listener.drain();
  await data.close();
  process.exit();
});
process.stdout.write(`listening on ${listener.url}\n`);
