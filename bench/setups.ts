/** In what ways servers are run: ours and the echo server alike, so that a figure always has its equal to stand beside. */

export interface Setup {
  /** Processes that serve. */
  readonly workers: number;
  readonly isTls: boolean;
}

export function labelOf({ workers, isTls }: Setup): string {
  return `${workers} ${workers === 1 ? 'worker' : 'workers'}${isTls ? ', TLS' : ''}`;
}

/** Every number of workers with every transport, the first of both first. */
export function setupsOf(workers: readonly number[], transports: readonly ('plain' | 'tls')[]): Setup[] {
  return transports.flatMap((transport) => workers.map((count) => ({ workers: count, isTls: transport === 'tls' })));
}
