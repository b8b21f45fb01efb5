/**
 * npm run bench. Exit code 0: measured; 1: a server answered wrongly, a floor was not reached, or something failed; 2: used wrongly;
 * 130: interrupted. The table or the JSON goes to stdout, everything else to stderr.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Results, runBench } from './bench.ts';
import { describeShortfall, type Floors, shortfallsOf } from './floors.ts';
import { help } from './help.ts';
import { readOptions, UsageError } from './options.ts';
import { limitMs } from './plan.ts';
import { plotOf } from './plot.ts';
import { toMarkdown, toText } from './report.ts';

process.exitCode = await main();

async function main(): Promise<number> {
  const interruption = new AbortController();
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === undefined) {
      process.stdout.write(help);
      return 0;
    }
    interruptOnSignals(interruption);
    const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(Math.ceil(limitMs(options)))]);
    const results = await runBench(options, { signal, onProgress: showProgress });
    clearProgress();
    process.stdout.write(options.printsJson ? `${JSON.stringify(results, undefined, 2)}\n` : toText(results));
    if (options.resultsDirectory !== undefined) save(results, options.resultsDirectory);
    return options.floors === undefined ? 0 : hold(results, options.floors);
  } catch (error) {
    clearProgress();
    if (interruption.signal.aborted) return 130;
    process.stderr.write(`bench: ${messageOf(error)}\n`);
    if (error instanceof UsageError) process.stderr.write('(try: npm run bench -- --help)\n');
    return error instanceof UsageError ? 2 : 1;
  }
}

function messageOf(error: unknown): string {
  const isTimeout = Error.isError(error) && [error, error.cause].some((one) => Object(one).name === 'TimeoutError');
  if (isTimeout) return 'it has not ended in time: something hangs, or this machine is too busy to measure on.';
  return error instanceof Error ? error.message : String(error);
}

/** The first signal ends the run in order; a second one ends it at once, and the servers with it. */
function interruptOnSignals(interruption: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new Error('The run was interrupted.'));
    });
  }
}

/** The exit code of a run that has floors. */
function hold({ operations, sweep }: Results, floors: Floors): number {
  const shortfalls = shortfallsOf([...operations, ...sweep], floors);
  for (const shortfall of shortfalls) process.stderr.write(`bench: ${describeShortfall(shortfall)}\n`);
  return shortfalls.length === 0 ? 0 : 1;
}

function save(results: Results, directory: string): void {
  mkdirSync(directory, { recursive: true });
  const name = results.date.slice(0, 19).replaceAll(':', '');
  const file = join(directory, name);
  const plot = plotOf(results);
  writeFileSync(`${file}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${file}.md`, toMarkdown(results, plot === undefined ? undefined : `${name}.svg`));
  if (plot !== undefined) writeFileSync(`${file}.svg`, plot);
  process.stderr.write(
    `\nresults are in ${relative('.', file)}.json and .md${plot === undefined ? '' : ', with a plot in .svg'}\n`,
  );
}

/** One line that changes, on a terminal; plain lines elsewhere. */
function showProgress(what: string): void {
  const seconds = Math.round(performance.now() / 1000);
  const elapsed = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  if (!process.stderr.isTTY) process.stderr.write(`${elapsed} ${what}\n`);
  else process.stderr.write(`\r\x1b[K${`${elapsed} ${what}`.slice(0, (process.stderr.columns ?? 80) - 3)} …`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
