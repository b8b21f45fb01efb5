/** What CloudTrail calls its files. Source: AWS CloudTrail User Guide, CloudTrail log file name format; CloudTrail digest file structure. */
import { sha256Hex } from '#crypto/digest.ts';
import { type Destination, trailName } from './delivered-files.ts';

export const hourMs = 3_600_000;

/** Whose file it is. */
export interface Owner {
  readonly accountId: string;
  readonly region: string;
}

/** Milliseconds to `20260102T0304Z`, or with seconds where digest files have them. */
export function stampOf(milliseconds: number, form: 'minutes' | 'seconds'): string {
  const text = new Date(milliseconds).toISOString();
  return `${text.slice(0, form === 'minutes' ? 16 : 19).replaceAll(/[-:]/g, '')}Z`;
}

export interface LogFileName extends Owner {
  /** When it is delivered. */
  readonly atMs: number;
  /** The trail, and the sequence number of the first record of the file: with these the name is the same whenever it is made. */
  readonly trail: string;
  readonly first: number;
}

export function logFileKey({ prefix }: Destination, name: LogFileName): string {
  const { accountId, region, atMs, trail, first } = name;
  const seed = sha256Hex(`log file\n${trail}\n${first}\n${accountId}\n${region}\n${atMs}`);
  const unique = BigInt(`0x${seed.slice(0, 24)}`)
    .toString(36)
    .toUpperCase()
    .padStart(16, '0')
    .slice(-16);
  const folder = folderOf({ prefix, kind: 'CloudTrail', accountId, region, atMs });
  return `${folder}/${accountId}_CloudTrail_${region}_${stampOf(atMs, 'minutes')}_${unique}.json.gz`;
}

export function digestFileKey({ prefix, home }: Destination, { accountId, region }: Owner, endMs: number): string {
  const folder = folderOf({ prefix, kind: 'CloudTrail-Digest', accountId, region, atMs: endMs });
  const place = `${region}_${trailName}_${home.region}`;
  return `${folder}/${accountId}_CloudTrail-Digest_${place}_${stampOf(endMs, 'seconds')}.json.gz`;
}

interface Folder extends Owner {
  readonly prefix: string;
  readonly kind: 'CloudTrail' | 'CloudTrail-Digest';
  readonly atMs: number;
}

function folderOf({ prefix, kind, accountId, region, atMs }: Folder): string {
  const day = new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${prefix}AWSLogs/${accountId}/${kind}/${region}/${day}`;
}

/** The day in the name of a folder of files, in milliseconds; undefined for any other folder. */
export function dayOfFolder(key: string): number | undefined {
  const [, year, month, day] = /\/(\d{4})\/(\d{2})\/(\d{2})$/.exec(key) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day));
}
