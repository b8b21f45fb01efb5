/** The one line of a backup that is in clear. */
import { createReadStream } from 'node:fs';
import { BackupError, type BackupHeader, parseHeader } from './format.ts';

const longestHeader = 65_536;

/** Throws BackupError for what is not a backup. */
export async function readBackupHeader(file: string): Promise<BackupHeader> {
  return parseHeader((await readHeaderLine(file)).toString('utf8'));
}

/** The first line, line break included: it is the AAD of the rest. */
export async function readHeaderLine(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: longestHeader })) chunks.push(chunk);
  const start = Buffer.concat(chunks);
  const end = start.indexOf(0x0a);
  if (end < 0) throw new BackupError('The file is not a Keywright backup.');
  return start.subarray(0, end + 1);
}
