/** Starts the command line and turns how it ends into an exit code: 0 done, 1 failed, 2 used wrongly. */
import { CommanderError } from 'commander';
import { makeProgram } from '#cli/program.ts';
import { UsageError } from '#cli/settings.ts';

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message, and ends --help and --version this way as well.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`keywright: ${error instanceof Error ? error.message : 'unknown error'}\n`);
  return error instanceof UsageError ? 2 : 1;
}
