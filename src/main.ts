/** Runs the command line: 0 done, 1 failed, 2 used wrongly. Started by bin/keywright.mjs. */
import { runProgram } from '#cli/program.ts';

process.umask(0o077); // whatever we write is for our own user alone
process.exitCode = await runProgram();
