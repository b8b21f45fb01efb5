/** keywright backup and restore: everything in one encrypted file, and that both are told to the audit trail. */
import type { JsonObject } from '#audit/event.ts';
import { putServiceEvent } from '#audit/service-events.ts';
import { type BackupReport, writeBackup } from '#backup/write-backup.ts';
import type { Vault } from '#custody/vault.ts';
import { firstAccount } from '#identity/accounts.ts';
import type { Region } from '#model/arn.ts';
import type { OperatorEvents } from './operator-events.ts';

/** Throws BackupError, or AuditUnavailable: then the file is there, and not recorded. */
export async function backUp(vault: Vault, events: OperatorEvents, file: string): Promise<BackupReport> {
  const report = await writeBackup(vault, file);
  await events.record({ eventName: 'Backup', details: { ...report } });
  return report;
}

/** Notes that a store is one that was restored: its trail, which begins with its next start, says so. */
export async function noteRestore(vault: Vault, details: JsonObject): Promise<void> {
  const accountId = await firstAccount(vault);
  const region = 'us-east-1' as Region; // whichever it will be served for
  const event = { eventName: 'Restore', accountId, region, atMs: vault.clock.now(), details };
  await vault.store.write(async (transaction) => void putServiceEvent(transaction, event));
}
