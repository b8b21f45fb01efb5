/**
 * npm run bench. Exit code 0: measured; 1: a server answered wrongly or something failed; 2: used wrongly;
 * 130: interrupted. The table or the JSON goes to stdout, everything else to stderr.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Results, runBench } from './bench.ts';
import { help } from './help.ts';
import { readOptions, UsageError } from './options.ts';
import { limitMs } from './plan.ts';
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
    const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(limitMs(options))]);
    const results = await runBench(options, { signal, onProgress: showProgress });
    clearProgress();
    process.stdout.write(options.printsJson ? `${JSON.stringify(results, undefined, 2)}\n` : toText(results));
    if (options.resultsDirectory !== undefined) save(results, options.resultsDirectory);
    return 0;
  } catch (error) {
    clearProgress();
    if (interruption.signal.aborted) return 130;
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
    if (error instanceof UsageError) process.stderr.write('(try: npm run bench -- --help)\n');
    return error instanceof UsageError ? 2 : 1;
  }
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

function save(results: Results, directory: string): void {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, results.date.slice(0, 19).replaceAll(':', ''));
  writeFileSync(`${file}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${file}.md`, toMarkdown(results, undefined));
  process.stderr.write(`\nresults are in ${relative('.', file)}.json and .md\n`);
}

function showProgress(what: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${what} …` : `${what}\n`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
