/** One of several processes that serve: it reads from the data directory that the leader holds, and has the leader do the rest. */
import cluster from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { openReader } from '#assemble.ts';
import { systemClock } from '#base/clock.ts';
import { logTo } from '#base/log.ts';
import { refuse } from '#call/serve.ts';
import { loadAttestationRoots } from '#crypto/attestation/roots.ts';
import { answer } from '#group/answer.ts';
import { Leader } from '#group/leader.ts';
import { refreshResourceControlled } from '#identity/identities.ts';
import { Leases } from '#limits/leases.ts';
import { unlimited } from '#limits/settings.ts';
import { listen } from '#server/listener.ts';
import { assembleService, auditInto } from '#service.ts';
import type { Change } from '#storage/change-feed.ts';
import { readTls, servedRegions } from './front.ts';
import { observeFor } from './observe.ts';
import type { ServeOptions } from './settings.ts';
import { version } from './version.ts';

const flushMs = 100;

/** Never resolves: the process ends when the leader says so, or is gone. */
export async function runWorker(options: ServeOptions): Promise<void> {
  // A terminal sends these to all processes: it is for the leader to say when this one ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  cluster.worker?.on('error', () => process.exit()); // the leader is gone
  const leader = new Leader();
  try {
    await serveFor(leader, options);
  } catch (error) {
    leader.tellFailure(error instanceof Error ? error.message : 'unknown error');
    await delay(flushMs);
    process.exit(1);
  }
}

async function serveFor(leader: Leader, options: ServeOptions): Promise<void> {
  const log = logTo((line) => process.stderr.write(line), systemClock, options.logLevel);
  const root = { keyFile: options.rootKeyFile, passphraseFile: options.rootPassphraseFile };
  const keys = { hasSm2Everywhere: options.sm2, regions: servedRegions(options) };
  const { data: directory, cacheMib } = options;
  const data = await openReader({ directory, root, keys, cacheMib }, (lines) => leader.tellUses(lines));
  const { vault, identities, keyring } = data;
  leader.beforeRecords(() => keyring.usage.note());
  const limits = new Leases(leader, { settings: unlimited, now: () => performance.now() });
  const assembled = await assembleService(data, {
    log,
    audit: await auditInto(leader, vault, { region: options.region, among: options.workers }),
    limits,
    maxClockSkewSeconds: options.maxClockSkew,
    region: options.region,
    attestationRoots: loadAttestationRoots(options.attestationRoot),
  });
  const service = { ...assembled, meter: observeFor(leader, options, log) };
  const { newRequestId } = service;
  const { host, port } = options;
  const listener = await listen({ host, port, tls: readTls(options), version, newRequestId });
  const change = async ({ what, name }: Change) => {
    vault.changes.announce({ what, name });
    if (what === 'domain-keys') await vault.domainKeys.refresh();
    if (what === 'quotas') limits.apply(JSON.parse(name)); // as serve.ts made it
    if (what === 'account') await refreshResourceControlled(identities);
  };
  // Once it has joined, it is told of changes: what has been read until then is read again.
  const join = async () => {
    limits.apply(await leader.join({ change, open, drain }));
    await vault.domainKeys.refresh();
    await refreshResourceControlled(identities);
  };
  const open = async () => {
    await refreshed;
    listener.open({
      serve: (received) => answer(received, leader, service),
      refuse: (received, error) => refuse(received, error, service),
      problem: () => leader.trailFailure,
    });
  };
  const drain = () => void listener.drain().then(() => leader.end());
  const refreshed = join();
  await refreshed;
  leader.tellListening(listener.url);
}
