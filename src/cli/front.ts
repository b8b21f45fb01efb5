/** What is served, and how it is reached: Regions, TLS, and one process or several. */
import type { ServerOptions } from 'node:https';
import type { Data } from '#assemble.ts';
import type { FullLog } from '#base/log.ts';
import { Group } from '#group/group.ts';
import type { Buckets } from '#limits/buckets.ts';
import { partitionOf } from '#model/arn.ts';
import { isLoopback, type Listener, listen } from '#server/listener.ts';
import { loadTls } from '#server/tls.ts';
import { problemOf } from './audit.ts';
import { type ServeOptions, UsageError } from './settings.ts';
import { version } from './version.ts';

export interface Front {
  readonly options: ServeOptions;
  /** Plain HTTP without. */
  readonly tls: ServerOptions | undefined;
  readonly log: FullLog;
  readonly buckets: Buckets;
  readonly newRequestId: () => string;
  /** Takes what a worker has answered. */
  readonly countAnswers: (counts: unknown) => void;
}

/** Listens in this process, or leads others that do. */
export async function startFront({ keyring, vault, trail }: Data, front: Front): Promise<Listener & Partial<Workers>> {
  const { options, tls, log, buckets, newRequestId, countAnswers } = front;
  const { host, port, workers } = options;
  if (workers === 1) return listen({ host, port, tls, version, newRequestId });
  const group = await Group.start(
    { host, port, workers, changes: vault.changes, buckets },
    {
      records: (lines) => trail.appendAll(lines),
      uses: (lines) => keyring.usage.take(lines),
      answers: countAnswers,
      lost: (pid, how) => log.warning('worker died and is replaced', new Error(`It ended with ${how}.`), { pid }),
    },
  );
  trail.listen({
    failed: () => group.tellProblem(problemOf(trail)),
    recovered: () => group.tellProblem(undefined),
  });
  group.tellProblem(problemOf(trail));
  return group;
}

export interface Workers {
  /** Their process ids. */
  readonly pids: readonly number[];
}

/** Throws UsageError for Regions of another partition than that of --region. */
export function servedRegions({ region, regions }: ServeOptions) {
  const partition = partitionOf(region);
  const foreign = regions?.find((one) => partitionOf(one) !== partition);
  if (foreign !== undefined) {
    throw new UsageError(
      `${foreign} is of the partition ${partitionOf(foreign)}, and --region ${region} of ${partition}.`,
    );
  }
  return regions === undefined ? undefined : new Set(regions);
}

export function readTls({ tlsCert, tlsKey, host, insecureHttp }: ServeOptions) {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together.');
  }
  if (tlsCert !== undefined && tlsKey !== undefined) return loadTls({ certFile: tlsCert, keyFile: tlsKey });
  if (!isLoopback(host) && !insecureHttp) {
    throw new UsageError(
      `Plain HTTP on ${host} would show plaintext keys to the network. Give --tls-cert and --tls-key, or --insecure-http if something in front of this server does TLS.`,
    );
  }
  return undefined;
}
