/** How results came about, and what has to be known when they are read. */
import type { Results } from './bench.ts';

/** Lines for the file. */
export function methodOf({ settings, scaling, latency, sweep, operations, interference, putOff }: Results): string[] {
  const measured: readonly (readonly [isThere: boolean, line: string])[] = [
    [
      true,
      'Our server runs as "keywright serve" does: signatures, key policies, the durable audit trail and everything else on. The load generator is on the same machine: processes of their own with raw sockets that send requests signed before, each with another key, name of the key, context and content, and check samples of the answers.',
    ],
    [
      true,
      'The echo server is the least that a node:http (or node:https) server can do: it sends back the body. It gets the same bytes, in the same round, and has as many processes on one port, which get their connections in turn.',
    ],
    [
      true,
      'In each round every server has its turn; ratios are taken within a round, and what is reported is the median of the rounds (lowest to highest). Percentiles are over the answers of all rounds.',
    ],
    [
      true,
      `Each server was warmed up for ${settings.warmUpSeconds} s before each operation, and for longer before the first one. ${settings.distinctRequests} different requests for each operation.`,
    ],
    [
      putOff !== undefined,
      `Between intervals all servers came to rest, so that what one of them has put off (sealing and delivering its audit trail, which it does when there is time) is not done while another one is measured: ${Math.round(putOff?.waitedSeconds ?? 0)} s in all. It took ${(putOff?.cpuMicrosPerAnswer ?? 0).toFixed(1)} µs of processor time for each answer of ours, which are in none of the figures.`,
    ],
    [
      operations.length + sweep.length > 0,
      'Processor time is that of all processes of a server (utime and stime in /proc) for each answer. "Ratio of CPU" is the echo server\'s to ours: the ratio of throughputs that would be seen if the servers had all cores to themselves. Where the load generator competes with them for cores, its part, the same for both, brings the ratio of throughputs nearer to 1.',
    ],
    [
      operations.length + sweep.length > 0,
      'Operations and connections: a closed loop, one request in flight on each connection, the next one as soon as its answer is there. The clock starts when each connection has had an answer.',
    ],
    [
      latency.length > 0,
      "Latency at half of the highest rate: an open loop. In each round, the highest rate is measured as above; then requests fall due at random moments (Poisson) at half of it, whatever the server does. Latency counts from when a request was due, so that one that has to wait to be sent counts its wait. What of it is the generator's own doing is in the last column.",
    ],
    [
      scaling.length > 0,
      "Many workers against one: processes are kept to cores with taskset. The first ratio compares like with like, all of server and generator on one core and on several. The second is a lower bound: only the many workers have the generator in their way. The third, where the machine has no cores besides the workers', is a projection and not a measurement: workers times processor time of a request at one worker, over processor time of a request, of all processes of the server together, at many. It holds as long as processor time is what limits: none is made where less than 85 % of the cores were in use. The rows of the echo server say what the machine itself gives: second cores are not always whole ones.",
    ],
    [
      interference.length > 0,
      'Interference: the quick operation alone on its connection, then beside so many connections with a slow request always in flight. Server and both clients share the cores.',
    ],
  ];
  return measured.flatMap(([isThere, line]) => (isThere ? [line] : []));
}

/** Lines for the terminal and the file. */
export function notesOf(results: Results): string[] {
  const { operations, sweep, scaling, interference, refusals, remarks, settings, machine } = results;
  const notes = [
    'Ratios are medians of the rounds (lowest to highest); the echo server gets the same bytes in the same round.',
  ];
  for (const { connections } of scaling.slice(0, 1)) {
    notes.push(`Many workers against one: ${connections} connections, so that no worker waits for its clients.`);
  }
  for (const { label, connections, slowConnections } of interference.slice(0, 1)) {
    notes.push(
      `Interference: ${label} on ${connections} connection, and ${slowConnections} others with a slow request always in flight.`,
      'Server and both clients share the cores; ratios are latency beside the slow requests to latency alone.',
    );
  }
  const all = [...operations, ...sweep];
  if (all.some(({ peers }) => peers.some(({ closesConnections }) => closesConnections))) {
    notes.push('* closes the connection after each answer; connecting anew is part of its times.');
  }
  for (const { service, operation, reason } of refusals) {
    notes.push(`${operation} was not measured at ${service}: ${reason}`);
  }
  notes.push(...remarks);
  // Where the generator is at its limit, the figures are its own and not the servers'.
  const isLate = all.some(({ keywright, echo }) => Math.max(keywright.generatorBusy.max, echo.generatorBusy.max) > 0.9);
  if (isLate) notes.push('The load generator had no processor time to spare: servers may be faster than this.');
  if (machine.loadBefore > 0.5)
    notes.push(`The machine was busy before the run (load ${machine.loadBefore.toFixed(2)}).`);
  const others = Math.max(0, ...all.map(({ shareOfOthers }) => shareOfOthers?.median ?? 0));
  if (others > 0.1)
    notes.push(`Others used up to ${Math.round(others * 100)} % of the processors while a figure was taken.`);
  if (settings.isSmoke) notes.push('A smoke run: too short for its figures to mean much.');
  if (settings.isProfiled) notes.push('The server was profiled, which slows it down.');
  return notes;
}
