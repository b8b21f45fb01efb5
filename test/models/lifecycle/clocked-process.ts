/** The process of clocked-server.ts: a data directory, a clock that is told the time, everything else as it always is. */
import { randomUUID } from 'node:crypto';
import { openData } from '#assemble.ts';
import { ManualClock } from '#base/clock.ts';
import { refuse, serve } from '#call/serve.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { startHousekeeping } from '#keys/housekeeping.ts';
import { parseAccountId, parseRegion } from '#model/arn.ts';
import { listen } from '#server/listener.ts';
import { assembleAudit, assembleService } from '#service.ts';
import type { Told } from './clocked-server.ts';

const [directory = '', start = ''] = process.argv.slice(2);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); // whoever wanted it is gone

const tell = (told: Told) => process.send?.(told);
const clock = new ManualClock(Number(start));
const fail = (_: string, error: unknown) => tell({ failure: String(error instanceof Error ? error.stack : error) });
const data = await openData({ directory, root: {}, command: 'test', mayCreate: true }, clock);
const accountId = parseAccountId('111122223333');
const region = parseRegion('us-east-1');
if (accountId === undefined || region === undefined) throw new Error('These are an account and a Region.');
if ((await listRootAccessKeys(data.vault)).length === 0) await createAccount(data.vault, accountId);
const [key] = await listRootAccessKeys(data.vault);
if (key === undefined) throw new Error('The account has an access key.');
const service = await assembleService(data, {
  log: { failure: fail },
  maxClockSkewSeconds: 300,
  region,
  audit: await assembleAudit(data, region),
});
const listener = await listen({ host: '127.0.0.1', port: 0, version: 'test', newRequestId: randomUUID });
listener.open({
  serve: (received) => serve(received, service),
  refuse: (received, error) => refuse(received, error, service),
});

process.on('message', async ({ nowMs }: { readonly nowMs: number }) => {
  clock.advance(nowMs - clock.now());
  await startHousekeeping(data.keyring, fail).stop(); // one round
  tell({});
});
const secretAccessKey = Buffer.from(key.secretAccessKey.reveal()).toString();
tell({ url: listener.url, caller: { accessKeyId: key.accessKeyId, secretAccessKey } });
