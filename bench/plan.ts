/** How long a run takes, roughly, from what it has to do. */
import type { BenchOptions } from './options.ts';

/** Connecting, signing, checking answers. */
const overheadSeconds = 0.3;
const preparingSeconds = 60;
const interferenceSeconds = 4;
const slack = 3;

/** What a smoke run has at most: whoever waits for it is waiting to merge. */
export const smokeLimitMs = 60_000;

/** Far more than a run takes: whatever hangs, the bench ends. */
export function limitMs(options: BenchOptions): number {
  if (options.isSmoke && options.peers.length === 0 && !options.hasMoto) return smokeLimitMs;
  return (preparingSeconds + slack * plannedSeconds(options)) * 1000;
}

function plannedSeconds(options: BenchOptions): number {
  const { load, setups, operations, sweep, latency, scaling, interference, sweepConnections, startup } = options;
  const peers = options.peers.length + Number(options.hasMoto) + Number(options.hasUnaudited);
  const interval = Math.max(1, load.seconds + overheadSeconds);
  const rounds = load.rounds + 1 + Math.ceil(load.warmUpSeconds / interval);
  const intervals =
    operations.length * (2 + peers) +
    sweep.length * sweepConnections.length * (2 * setups.length + peers) +
    latency.length * setups.length * 5 +
    scaling.length * setups.length * 8;
  const quickly = rounds * intervals * interval;
  const slowly = interference.length * rounds * interferenceSeconds * Math.max(1, load.seconds);
  return quickly + slowly + startup.starts * 4 + peers * preparingSeconds + setups.length * 10;
}
