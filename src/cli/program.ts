/** The command line: what there is, what it takes, and what it prints. */
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { restoreData, trailPlaceOf } from '#assemble.ts';
import { forgetLostTrail } from '#audit/open-trail.ts';
import type { BackupReport } from '#backup/write-backup.ts';
import { addAuditCommands } from './audit-commands.ts';
import { backUp, noteRestore } from './backup.ts';
import { addCostCommand } from './cost.ts';
import { addExplainCommand } from './explain.ts';
import { addIdentityCommands } from './identity-commands.ts';
import { workOn } from './offline.ts';
import { jsonFlag, type Output, print } from './output.ts';
import { addQuotaCommands } from './quota-commands.ts';
import { runServer } from './serve.ts';
import {
  addDataOptions,
  addServeOptions,
  type DataOptions,
  readSettings,
  type ServeOptions,
  UsageError,
} from './settings.ts';
import { showStatus } from './status.ts';
import { addUsageCommand } from './usage.ts';
import { version } from './version.ts';

/** Runs the command that the process was started with; resolves to its exit code. */
export async function runProgram(): Promise<number> {
  try {
    await makeProgram().parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own message, and ends --help and --version this way as well.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`keywright: ${error instanceof Error ? error.message : 'unknown error'}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function makeProgram(): Command {
  const program = new Command('keywright')
    .description('A key management service that speaks the AWS KMS wire protocol.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(try: keywright --help)')
    .addHelpText('after', '\nEvery setting is also an environment variable: --port is KEYWRIGHT_PORT.');

  addServeOptions(program.command('serve').description('serve until SIGTERM or SIGINT')).action(async (_, command) => {
    await runServer(readSettings<ServeOptions>(command));
  });

  addDataOptions(
    program.command('status').description('say whether a server runs on a data directory (exit code 1: no)'),
  )
    .option(...jsonFlag)
    .action(async ({ json }: Output, command) => showStatus(readSettings(command), json === true));

  addDataOptions(program.command('domain-key').description('the keys that wrap all key material').command('rotate'))
    .description('make a new domain key and wrap everything anew under it; a running server goes on serving')
    .option(...jsonFlag)
    .action(async ({ json }: Output, command) => {
      const result = await workOn(readSettings<DataOptions>(command), {
        command: 'domain-key/rotate',
        offline: ({ vault }) => vault.domainKeys.rotate(),
      });
      print(json, result, `domain key ${result.domainKeyId} is active; ${result.rewrapped} secrets wrapped anew`);
    });

  addIdentityCommands(program);
  addQuotaCommands(program);
  addExplainCommand(program);
  addAuditCommands(program);
  addUsageCommand(program);
  addCostCommand(program);

  addDataOptions(program.command('backup').argument('<file>', 'where to write it'))
    .description('write everything into one encrypted file; a running server goes on serving')
    .option(...jsonFlag)
    .action(async (name: string, { json }: Output, command) => {
      const file = resolve(name);
      const report = await workOn<BackupReport>(readSettings<DataOptions>(command), {
        command: 'backup',
        input: { file },
        offline: ({ vault }, events) => backUp(vault, events, file),
      });
      print(
        json,
        report,
        `${report.records} records with ${report.materials} key materials are in ${file}\nIt opens only with the root of trust: keep a copy of the root key file (or the passphrase) elsewhere.`,
      );
    });

  addDataOptions(program.command('restore').argument('<file>', 'a file that "keywright backup" wrote'))
    .description('make a data directory from a backup, and prove every key by decrypting with it')
    .addHelpText('after', '\nThe root key file is needed: copy it to root.key in the new data directory, or name it.')
    .option(...jsonFlag)
    .action(async (file: string, { json }: Output, command) => {
      const options = readSettings<DataOptions>(command);
      const root = { keyFile: options.rootKeyFile, passphraseFile: options.rootPassphraseFile };
      const settings = { directory: options.data, root, command: 'restore' };
      const from = resolve(file);
      const report = await restoreData(from, settings, {
        onProgress: showProgress,
        async onRestored(vault, { records, materials }) {
          await noteRestore(vault, { file: from, records, materials });
          forgetLostTrail(trailPlaceOf({ directory: options.data, auditAnchors: options.auditAnchors }));
        },
      });
      print(
        json,
        report,
        `${report.records} records restored into ${options.data}; all ${report.materials} key materials decrypt`,
      );
    });
  return program;
}

function showProgress(done: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rproving key ${done} of ${of}${done === of ? '\n' : ''}`);
}
