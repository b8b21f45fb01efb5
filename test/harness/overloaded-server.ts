/**
 * A server on a data directory of its own that a test asks for more than it can do: a process, so that the load is not made on its event
 * loop. GenerateRandom takes half a millisecond here, so that the machine's speed matters little. As `node overloaded-server.ts <directory> <shedding|taking>`: one that refuses what is too much, or takes on everything.
 * Sends { url, credentials } to its parent.
 */
import { randomUUID } from 'node:crypto';
import { openData } from '#assemble.ts';
import type { Operation } from '#call/operation.ts';
import { refuse, serve } from '#call/serve.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { Overload } from '#limits/overload.ts';
import { listen } from '#server/listener.ts';
import { assembleAudit, assembleService } from '#service.ts';
import { testPlace } from './kms.ts';

const [directory = '', how] = process.argv.slice(2);
process.on('disconnect', () => process.exit());

const { accountId, region } = testPlace();
const data = await openData({ directory, root: {}, command: 'test', mayCreate: true });
await createAccount(data.vault, accountId);
const [key] = await listRootAccessKeys(data.vault);
const log = { failure: (event: string, error: unknown) => process.stderr.write(`${event}: ${String(error)}\n`) };
const audit = await assembleAudit(data, region);
const assembled = await assembleService(data, { log, audit, region, maxClockSkewSeconds: 300 });
const slowMs = 0.5;

function slow(operation: Operation): Operation {
  return {
    ...operation,
    run(...call) {
      const untilMs = performance.now() + slowMs;
      while (performance.now() < untilMs);
      return operation.run(...call);
    },
  };
}

const operations = new Map(
  [...assembled.operations].map(([name, operation]) => [name, name === 'GenerateRandom' ? slow(operation) : operation]),
);
const taking = new Overload({ now: () => 0, atEndOfTurn: setImmediate });
taking.begin = () => true;
const service = { ...assembled, operations, ...(how === 'shedding' ? {} : { overload: taking }) };
const listener = await listen({ host: '127.0.0.1', port: 0, version: 'test', newRequestId: randomUUID });
listener.open({
  serve: (received) => serve(received, service),
  refuse: (received, error) => refuse(received, error, service),
});
const credentials = {
  accessKeyId: key?.accessKeyId,
  secretAccessKey: Buffer.from(key?.secretAccessKey.reveal() ?? []).toString(),
};
process.send?.({ url: listener.url, credentials });
