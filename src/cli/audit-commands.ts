/** keywright audit: is the trail all that was ever written, and what to do where it is not. */
import type { Command } from 'commander';
import { type DataSettings, holderOf, trailPlaceOf, withVault } from '#assemble.ts';
import type { Head } from '#audit/head.ts';
import { acceptTrail, inspectServedTrail, inspectTrail } from '#audit/open-trail.ts';
import type { Verification } from '#audit/verify.ts';
import { firstAccount } from '#identity/accounts.ts';
import { sendCommand } from '#server/control.ts';
import { regionOf } from './operator-events.ts';
import { jsonFlag, type Output, print } from './output.ts';
import { addDataOptions, type DataOptions, readSettings, UsageError } from './settings.ts';

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the trail of all calls');
  addDataOptions(audit.command('verify'))
    .description('say whether the trail is all that was ever written, record by record (exit code 1: it is not)')
    .option(...jsonFlag)
    .action(async ({ json }: Output, command) => verify(readSettings(command), json));
  addDataOptions(audit.command('deliver'))
    .description('have a running server deliver now what it would deliver within the hour, signed')
    .option(...jsonFlag)
    .action(async ({ json }: Output, command) => deliver(readSettings(command), json));
  addDataOptions(audit.command('accept'))
    .description('let a server start on a trail that is not what it was: what is wrong is kept, and recorded')
    .requiredOption('--reason <text>', 'why that is so; it becomes a record')
    .option(...jsonFlag)
    .action(async (given: Acceptance, command) => accept(readSettings(command), given));
}

async function verify(options: DataOptions, json: boolean | undefined): Promise<void> {
  const found = await inspect(options);
  const { findings = [], segments = 0, records = 0, tornBytes = 0, hasAnchor = false } = found ?? {};
  const isIntact = findings.length === 0;
  const lines = found === undefined ? ['There is no audit trail yet.'] : [verdictOf(found)];
  if (found !== undefined && !hasAnchor) {
    lines.push(
      'No anchor was found (--audit-anchors): that the whole data directory was put back from an older copy would not show.',
    );
  }
  print(json, { isIntact, findings, segments, records, tornBytes, hasAnchor }, lines.join('\n'));
  if (!isIntact) process.exitCode = 1;
}

function verdictOf({ findings, segments, records }: Verification): string {
  if (findings.length > 0) {
    return `The audit trail is not what it was:\n${findings.map(({ text }) => `  ${text}`).join('\n')}`;
  }
  return `The audit trail is all that was ever written: ${records} records in ${segments} segment${segments === 1 ? '' : 's'}.`;
}

interface Inspected extends Verification {
  readonly hasAnchor: boolean;
}

async function inspect(options: DataOptions): Promise<Inspected | undefined> {
  const settings = settingsOf(options, 'audit verify');
  const holder = holderOf(options.data);
  if (holder?.controlSocket === undefined) {
    return withVault(settings, (vault) => inspectTrail(vault, trailPlaceOf(settings), showProgress));
  }
  const { controlSocket } = holder;
  const look = async () => {
    const head = (await sendCommand(controlSocket, 'audit/head')) as Head; // the server's own
    return inspectServedTrail(trailPlaceOf(settings), head, showProgress);
  };
  const hasAnchor = (await sendCommand(controlSocket, 'audit/anchor')) !== null;
  const found = await look();
  // The server may have dropped segments meanwhile whose time was over: then a second look finds nothing wrong.
  return { ...(found.findings.length === 0 ? found : await look()), hasAnchor };
}

async function deliver({ data }: DataOptions, json: boolean | undefined): Promise<void> {
  const socket = holderOf(data)?.controlSocket;
  if (socket === undefined) throw new Error(`No server runs on ${data}: it is the server that delivers.`);
  print(
    json,
    await sendCommand(socket, 'audit/deliver'),
    'All records are delivered, and a digest of each Region is signed.',
  );
}

interface Acceptance extends Output {
  readonly reason: string;
}

async function accept(options: DataOptions, { json, reason }: Acceptance): Promise<void> {
  if (holderOf(options.data) !== undefined)
    throw new UsageError('A server runs on this data directory. Stop it first.');
  const settings = settingsOf(options, 'audit accept');
  const region = regionOf(options.data);
  const { findings, setAside } = await withVault(settings, async (vault) => {
    const accountId = await firstAccount(vault);
    return acceptTrail(vault, trailPlaceOf(settings), (acceptance) => ({
      eventName: 'AcceptAuditTrail',
      accountId,
      region,
      atMs: vault.clock.now(),
      details: {
        reason,
        findings: acceptance.findings.map(({ text }) => text),
        setAside: acceptance.setAside ?? null,
      },
    }));
  });
  const lines =
    findings.length === 0
      ? ['There is nothing to accept: the audit trail is all that was ever written.']
      : ['Accepted, and recorded in the trail:', ...findings.map(({ text }) => `  ${text}`)];
  if (setAside !== undefined)
    lines.push(`A new trail begins. What there was, its usage included, is kept in ${setAside}.`);
  print(json, { findings, reason, setAside: setAside ?? null }, lines.join('\n'));
}

export function settingsOf(options: DataOptions, command: string): DataSettings {
  const root = { keyFile: options.rootKeyFile, passphraseFile: options.rootPassphraseFile };
  return { directory: options.data, root, auditAnchors: options.auditAnchors, command, mayCreate: false };
}

function showProgress(done: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rsegment ${done} of ${of}${done === of ? '\n' : ''}`);
}
