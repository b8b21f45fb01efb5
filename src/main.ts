/** Starts the command line and turns how it ends into an exit code: 0 done, 1 failed, 2 used wrongly. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Before anything else is loaded: types are stripped and code is compiled once, at install (package.json, postinstall).
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'keywright'));
process.umask(0o077); // whatever we write is for our own user alone
const { runProgram } = await import('#cli/program.ts');
process.exitCode = await runProgram();
