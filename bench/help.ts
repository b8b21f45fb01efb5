/** What `npm run bench -- --help` prints. */
import { slowConnections } from './interference.ts';
import type { Operation } from './operation.ts';
import { hotOperations, operations, representatives, slowOperations } from './workload.ts';

const others = operations.filter((operation) => !representatives.includes(operation));

export const help = `usage: npm run bench -- [options]

Measures this checkout's server next to a bare node:http echo server that gets the same bytes and has as many processes,
and next to other servers that speak AWS KMS. Everything stays on the loopback interface. Without options, about sixteen
minutes; results are kept in bench/results.

How much
  --seconds N              length of a timed interval (default 0.3)
  --rounds N               timed intervals for each figure, in turns; medians are reported (default 5)
  --starts N               starts to be timed, on an empty directory and on an existing one; 0: none (default 5)
  --quick                  shorter intervals, fewer rounds, no TLS: about three minutes
  --smoke                  one minute at most, to see that everything works. Ends with exit code 1 where a ratio to the
                           echo server falls under its floor in bench/floors.json. Its figures mean little and are not kept

What: without any of these five, all of them; with some, only those
  --operations A,B         each once, with the first of --workers and of --transports; by default one of each class:
${list(representatives)}
                           also, by name:
${list(others)}
                           "Sign" means all of the first list that are Sign to the API
  --sweep A,B              over numbers of connections, workers and transports (default ${namesOf(hotOperations)})
  --latency A,B            at half of the highest rate, for each number of workers (default the same)
  --scaling A,B            many workers against one, with and without the load generator in their way (default the same)
  --interference A,B       GenerateDataKey on one connection beside ${slowConnections} of these that are always waiting
                           (default ${namesOf(slowOperations)})

How the servers run
  --connections N          one request in flight on each; for all but the sweep (default 64)
  --sweep-connections N,N  (default 1,4,16,64,256)
  --workers N,N            processes that serve; auto: one for each core (default 1,auto)
  --transports A,B         plain, tls (default plain,tls)
  --data-template DIR      also measures a server whose data directory is a copy of this one, next to one that starts empty
  --unaudited              also measures our server as it would be without its audit trail

Other servers
  --moto                   starts moto_server, where it is installed, and measures it, too
  --peer URL               measures this server, too, on keys that it is asked to make; may be repeated
  --peer-access-key ID     its access key id (default test)
  --peer-secret SECRET     its secret access key (default test)

Results
  --out DIR                where they go: JSON, Markdown, and a plot of the sweep beside it (default bench/results)
  --no-save                keeps none
  --json                   prints the JSON instead of the tables
  --profile DIR            has our first server write a processor profile there, for Chrome's DevTools
  --help                   prints this

Exit codes: 0 measured; 1 a wrong answer, a floor that was not reached, or anything else that failed; 2 used wrongly; 130
interrupted.
`;

function namesOf(named: readonly Operation[]): string {
  return named.map(({ name }) => name).join(',');
}

function list(named: readonly Operation[]): string {
  const lines: string[] = [];
  for (const { name } of named) {
    const last = lines.at(-1);
    if (last === undefined || last.length + name.length > 88) lines.push(name);
    else lines[lines.length - 1] = `${last}, ${name}`;
  }
  return lines.map((line) => `${' '.repeat(27)}${line}`).join('\n');
}
