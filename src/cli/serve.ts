/** keywright serve: opens the data directory, listens, serves, and ends in order on SIGTERM or SIGINT. */
import cluster from 'node:cluster';
import { type Data, openData } from '#assemble.ts';
import type { Delivery } from '#audit/delivery/delivery.ts';
import { TrailSearch } from '#audit/search/trail-search.ts';
import { systemClock } from '#base/clock.ts';
import { type Log, logTo } from '#base/log.ts';
import { refuse, type Service, serve } from '#call/serve.ts';
import { loadAttestationRoots } from '#crypto/attestation/roots.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { writeClientFiles } from '#identity/client-files.ts';
import { listMarkedAccessKeys } from '#identity/via-service.ts';
import { startHousekeeping } from '#keys/housekeeping.ts';
import { Buckets } from '#limits/buckets.ts';
import { readKept } from '#limits/kept.ts';
import { type QuotaSettings, settingsInForce } from '#limits/settings.ts';
import { parseAccountId } from '#model/arn.ts';
import { type Command, listenForCommands } from '#server/control.ts';
import type { Listener } from '#server/listener.ts';
import { assembleAudit, assembleService } from '#service.ts';
import { addAccount, markKey } from './accounts.ts';
import { auditStatusOf, listenToTrail, problemOf, startSealer } from './audit.ts';
import { backUp } from './backup.ts';
import { listKeyFacts } from './cost.ts';
import { archiveOf, makeDelivery, readBucket } from './delivery.ts';
import { answer } from './explain.ts';
import { readTls, servedRegions, startFront, type Workers } from './front.ts';
import { dropGuardrail, setGuardrail, showGuardrails } from './guardrails.ts';
import { readWebhook, startNotices } from './notices.ts';
import { observe } from './observe.ts';
import { OperatorEvents } from './operator-events.ts';
import { openQuotaDesk } from './quota.ts';
import { quotaControls } from './quota-commands.ts';
import { type ServeOptions, UsageError } from './settings.ts';
import { startStoreCheck } from './store-check.ts';
import { version } from './version.ts';
import { runWorker } from './worker.ts';

const endMs = 200;

/** Resolves when the server has ended in order. */
export async function runServer(options: ServeOptions): Promise<void> {
  if (cluster.isWorker) return runWorker(options);
  const stopped = untilSignal();
  ignoreClosedOutput();
  const tls = readTls(options);
  const webhook = readWebhook(options);
  const bucket = readBucket(options, systemClock);
  const attestationRoots = loadAttestationRoots(options.attestationRoot);
  const log = logTo((line) => process.stderr.write(line), systemClock, options.logLevel);
  const root = { keyFile: options.rootKeyFile, passphraseFile: options.rootPassphraseFile };
  const keys = { hasSm2Everywhere: options.sm2, regions: servedRegions(options) };
  const { data: directory, auditAnchors, cacheMib } = options;
  const data = await openData({ directory, root, keys, auditAnchors, cacheMib, command: 'serve', mayCreate: true });
  log.info('starting', { version, data: directory, pid: process.pid });
  try {
    const events = new OperatorEvents(data, options.region);
    await makeFirstAccount(data, options, events);
    listenToTrail(data, log);
    const delivery = await makeDelivery(data, { options, bucket, log });
    const search = new TrailSearch(data.trail);
    await using observation = await observe({ ...data, delivery }, options, log);
    const buckets = await openLimits(data, options);
    const assembled = await assembleService(data, {
      log,
      archive: archiveOf({ delivery, search }, options),
      audit: await assembleAudit(data, options.region),
      maxClockSkewSeconds: options.maxClockSkew,
      region: options.region,
      attestationRoots,
      limits: buckets,
    });
    const service = { ...assembled, meter: observation.meter };
    const { newRequestId } = service;
    const { countAnswers } = observation;
    const listener = await startFront(data, { options, tls, log, buckets, newRequestId, countAnswers });
    const notices = startNotices(data.keyring, webhook, log);
    const sealer = await startSealer(data, { log, options, delivery });
    try {
      delivery.start();
      const { metricsUrl } = observation;
      await serveUntil(stopped, { data, service, delivery, listener, log, options, events, metricsUrl });
    } finally {
      await listener.drain();
      await notices.stop();
      await delivery.stop();
      await sealer.stop();
      await search.stop();
    }
  } finally {
    await data.close();
    log.info('stopped');
    // Slow work of requests that nobody waits for any more would keep the process from ending.
    setTimeout(() => process.exit(), endMs).unref();
  }
}

async function serveUntil(stopped: Promise<NodeJS.Signals>, running: Running): Promise<void> {
  const { data, service, delivery, listener, log, options, events, metricsUrl } = running;
  const { vault, keyring, lock } = data;
  await events.started(options);
  await using control = await listenForCommands(
    options.data,
    acknowledged(vault, new Map([...commandsOf(running, events), ['audit/deliver', () => delivery.flush()]])),
  );
  const since = new Date(systemClock.now()).toISOString();
  lock.note({ pid: process.pid, since, command: 'serve', url: listener.url, controlSocket: control.path });
  const keys = await listRootAccessKeys(vault);
  const files = writeClientFiles(options.data, keys, { url: listener.url, region: options.region });
  listener.open({
    serve: (received) => serve(received, service),
    refuse: (received, error) => refuse(received, error, service),
    problem: () => problemOf(data.trail),
  });
  const housekeeping = startHousekeeping(
    keyring,
    (task, error) => log.failure('housekeeping failed', error, { task }),
    (task, done) => log.info('housekeeping', { task, done }),
  );
  startStoreCheck(data, log);
  log.info('listening', { url: listener.url, metrics: metricsUrl });
  process.stdout.write(
    [
      `keywright ${version}, data in ${options.data}`,
      `listening on ${listener.url}`,
      ...(metricsUrl === undefined ? [] : [`metrics on ${metricsUrl}`]),
      '',
      'For the AWS CLI and every AWS SDK:',
      `  export AWS_CONFIG_FILE=${files.config}`,
      `  export AWS_SHARED_CREDENTIALS_FILE=${files.credentials}`,
      '  aws kms create-key --description "my first key"',
      '',
    ].join('\n'),
  );
  const signal = await stopped;
  log.info('stopping', { signal });
  process.stdout.write(`${signal}: finishing what has arrived\n`);
  await listener.drain();
  await housekeeping.stop();
  await vault.domainKeys.withoutRotation(async () => undefined); // a backup or rotation under way comes to its end
  await events.stopped(signal).catch((error) => log.failure('the stop is not in the audit trail yet', error));
}

interface Running {
  readonly events: OperatorEvents;
  readonly data: Data;
  readonly service: Service;
  readonly delivery: Delivery;
  readonly listener: Listener & Partial<Workers>;
  readonly log: Log;
  readonly metricsUrl: string | undefined;
  readonly options: ServeOptions;
}

/** The first signal counts. Later ones are ignored: npm and a terminal often send the same one twice. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
}

/** Whoever reads what we print may go away first (a pipe into head, say); that is no reason to stop serving. */
function ignoreClosedOutput(): void {
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

async function makeFirstAccount({ vault }: Data, { account }: ServeOptions, events: OperatorEvents): Promise<void> {
  const accountId = parseAccountId(account);
  if (accountId === undefined) throw new UsageError('An account id has 12 digits.');
  const [present] = await vault.store.list('accounts', { within: [], limit: 1 });
  if (present !== undefined) return;
  const happening = { eventName: 'CreateAccount', accountId, details: { accountId } } as const;
  await events.along(happening, (store) => createAccount({ ...vault, store }, accountId));
}

/** What is set of the quotas, and what is left of them. */
async function openLimits({ vault }: Data, { quotas }: ServeOptions): Promise<Buckets> {
  return new Buckets(settingsInForce(await readKept(vault.store), quotas), () => performance.now());
}

/** What commands on this machine may ask of the running server. */
function commandsOf(
  {
    data: { vault, keyring, identities, trail, storeCheck },
    options: { data, quotas: asked },
    listener,
    service,
  }: Running,
  events: OperatorEvents,
): ReadonlyMap<string, Command> {
  const apply = (settings: QuotaSettings) => {
    service.limits.apply(settings);
    vault.changes.announce({ what: 'quotas', name: JSON.stringify(settings) });
  };
  return new Map<string, Command>([
    ...quotaControls(openQuotaDesk({ vault, events, asked, apply })),
    [
      'status',
      async () => ({
        version,
        url: listener.url,
        workers: listener.pids ?? [process.pid],
        domainKey: vault.domainKeys.active.domainKeyId,
        store: storeCheck.state,
        audit: auditStatusOf(trail),
      }),
    ],
    ['domain-key/rotate', () => vault.domainKeys.rotate()],
    [
      'backup',
      (input) => keyring.usage.store().then(() => backUp(vault, events, requireText(memberOf(input, 'file')))),
    ],
    ['account/create', (input) => addAccount({ vault, events }, data, memberOf(input, 'id'))],
    ['access-key/list', () => listMarkedAccessKeys(identities)],
    ['access-key/mark', (input) => markKey(identities, events, Object(input))],
    ['guardrail/set', (input) => setGuardrail(identities, events, Object(input))],
    ['guardrail/remove', (input) => dropGuardrail(identities, events, Object(input))],
    ['explain', async (input) => answer({ keyring, identities }, Object(input))],
    ['guardrail/list', () => showGuardrails(identities)],
    ['audit/head', async () => trail.head],
    ['audit/anchor', async () => trail.anchorPath ?? null],
    ['cost/keys', () => listKeyFacts({ vault })],
  ]);
}

/** No process uses the old state any more once a command has been answered. */
function acknowledged(
  { changes }: Data['vault'],
  commands: ReadonlyMap<string, Command>,
): ReadonlyMap<string, Command> {
  const settling = [...commands].map(([name, command]): [string, Command] => [
    name,
    async (input) => {
      try {
        return await command(input);
      } finally {
        await changes.settled();
      }
    },
  ]);
  return new Map(settling);
}

function memberOf(input: unknown, name: string): string | undefined {
  const value: unknown = Object(input)[name];
  return typeof value === 'string' ? value : undefined;
}

function requireText(text: string | undefined): string {
  if (text === undefined) throw new UsageError('The command names no file.');
  return text;
}
