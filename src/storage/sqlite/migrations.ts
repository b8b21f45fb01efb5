/** The schema of the SQLite file, as the steps that lead to it. A step, once released, is never edited. */
import type { DatabaseSync } from 'node:sqlite';

/** "KEYW": says that a SQLite file is ours (SQLite, PRAGMA application_id). */
export const applicationId = 0x4b455957;

/** Step n leads from version n to version n + 1. A new collection is a step of its own. */
const steps: readonly string[] = [
  createCollections([
    'root',
    'domainKeys',
    'serviceKeys',
    'accounts',
    'accessKeys',
    'keys',
    'materials',
    'aliases',
    'aliasesOfKey',
    'deletions',
  ]),
  createCollections([
    'rotations',
    'grants',
    'grantsOfGrantee',
    'grantsOfRetirer',
    'grantNames',
    'grantCounts',
    'users',
    'roles',
    'groups',
    'policies',
    'openIdProviders',
    'guardrails',
    'principals',
    'accessKeysOf',
    'groupMembers',
    'policyUses',
  ]),
  createCollections(['keyUses', 'keyCounts', 'usageTracking', 'notices', 'expiries']),
  createCollections(['trail', 'serviceEvents']),
  createCollections(['quotas']),
];

export const schemaVersion = steps.length;

/** Brings the file to the current version, in one transaction. */
export function migrate(database: DatabaseSync): void {
  const from = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (from === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(from)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function createCollections(names: readonly string[]): string {
  const columns = 'key TEXT PRIMARY KEY NOT NULL, record TEXT NOT NULL, checksum INTEGER NOT NULL';
  return names.map((name) => `CREATE TABLE "${name}" (${columns}) WITHOUT ROWID, STRICT;`).join('\n');
}
