/**
 * npm run bench:audit-search [-- RECORDS [DIRECTORY]]. How long LookupEvents takes for a page of 50 in a trail of ten million records.
 * Fresh: a thread that has read nothing yet; cold: and neither has the operating system. A directory that is given is kept, and used again.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lookup, LookupAttribute } from '#audit/search/lookup.ts';
import { TrailSearch } from '#audit/search/trail-search.ts';
import { Segments } from '#audit/segments.ts';
import type { Trail } from '#audit/trail.ts';
import { dayMs } from '#base/clock.ts';
import type { AccountId, Region } from '#model/arn.ts';
import {
  accounts,
  days,
  keyArn,
  keyCount,
  type MadeTrail,
  makeTrail,
  names,
  rareUser,
  regions,
  startMs,
  thinKey,
  userCount,
} from './audit-records.ts';

const warmRuns = 100;
const coldRuns = 5;
const pageSize = 50;

type Ask = (
  n: number,
) => Partial<Omit<Lookup, 'attribute'>> & { readonly attribute?: readonly [LookupAttribute, string] };

function casesOf({ eventIds }: MadeTrail): readonly (readonly [name: string, ask: Ask, pages?: number])[] {
  const some = <T>(list: readonly T[], n: number) => list[(n * 7919) % list.length] as T;
  const middle = (n: number) => ({ fromMs: startMs + (n % days) * dayMs, toMs: startMs + ((n % days) + 0.1) * dayMs });
  return [
    ['EventId, 1 hit', (n) => ({ attribute: ['EventId', some(eventIds, n)] })],
    ['Username, 1 hit, the oldest', () => ({ attribute: ['Username', rareUser] })],
    ['EventName, common', (n) => ({ attribute: ['EventName', some(names, n)] })],
    ['Username, common', (n) => ({ attribute: ['Username', `user-${(n * 4) % userCount}`] })],
    ['ReadOnly false', () => ({ attribute: ['ReadOnly', 'false'] })],
    ['ResourceName, common', (n) => ({ attribute: ['ResourceName', keyArn(n % keyCount)] })],
    ['ResourceName, one in 50,000', () => ({ attribute: ['ResourceName', thinKey] })],
    ['the same, page 3', () => ({ attribute: ['ResourceName', thinKey] }), 3],
    ['ResourceName, in a window', (n) => ({ ...middle(n), attribute: ['ResourceName', keyArn(n % keyCount)] })],
    ['no attribute, in a window', (n) => middle(n)],
    ['no attribute', () => ({})],
    ['no attribute, page 50', () => ({}), 50],
    [
      'EventName, small account',
      (n) => ({
        accountId: accounts[2] as AccountId,
        region: regions[2] as Region,
        attribute: ['EventName', some(names, n)],
      }),
    ],
    ['no hit: Username', (n) => ({ attribute: ['Username', `nobody-${n}`] })],
    ['no hit: before the oldest', () => ({ toMs: startMs - dayMs })],
    ['no hit: EventName elsewhere', () => ({ region: 'sa-east-1' as Region, attribute: ['EventName', 'Decrypt'] })],
  ];
}

const [recordsText = '10000000', kept] = process.argv.slice(2);
const records = Number(recordsText);
const temporary = mkdtempSync(join(tmpdir(), 'keywright-audit-search-'));
try {
  await measureAll(trailIn(kept ?? join(temporary, 'sealed'), { records, unsealed: 0 }), 0);
  // What waits is gone through in a small trail as in a large one.
  await measureAll(trailIn(join(temporary, 'waiting'), { records: Math.min(records, 250_000), unsealed: 3 }), 3);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** Makes it, unless it has been kept. */
function trailIn(directory: string, wish: { readonly records: number; readonly unsealed: number }): MadeTrail {
  const note = join(directory, 'made.json');
  if (existsSync(note)) return { ...JSON.parse(readFileSync(note, 'utf8')), segments: new Segments(directory) };
  const onProgress = (done: number) => process.stderr.write(`\r${done} records `);
  const made = makeTrail({ directory, ...wish, onProgress });
  writeFileSync(note, JSON.stringify({ ...made, segments: undefined }));
  return made;
}

async function measureAll(made: MadeTrail, unsealed: number): Promise<void> {
  process.stdout.write(`\n${describe(made, unsealed)}\n`);
  for (const one of casesOf(made)) process.stdout.write(await measure(made, one));
}

function describe({ segments, records: count, bytes, sealing, reach }: MadeTrail, unsealed: number): string {
  const sizeOf = (ending: string) =>
    readdirSync(segments.directory)
      .filter((name) => name.endsWith(ending))
      .reduce((sum, name) => sum + statSync(join(segments.directory, name)).size, 0);
  const megabytes = (size: number) => `${(size / 1e6).toFixed(0)} MB`;
  const sealed = [...sealing].sort((a, b) => a - b);
  return [
    `${count} records, ${megabytes(bytes)} in ${reach.segment} segments, ${unsealed} of them closed and not sealed`,
    `compressed ${megabytes(sizeOf('.zst'))}, indexes ${megabytes(sizeOf('.idx'))}`,
    `sealing a segment: median ${sealed[sealed.length >> 1]?.toFixed(0)} ms, at most ${sealed.at(-1)?.toFixed(0)} ms`,
    'milliseconds for a page                hits    p50    p99    max |  fresh    max |   cold    max',
  ].join('\n');
}

async function measure(made: MadeTrail, [name, ask, pages = 1]: ReturnType<typeof casesOf>[number]): Promise<string> {
  const { segments, reach } = made;
  const trail = { head: reach, segments } as unknown as Pick<Trail, 'head' | 'segments'>; // all that is looked at
  let hits = 0;
  const page = async (search: TrailSearch, n: number) => {
    const { attribute, ...wish } = ask(n);
    const [attributeName, value = ''] = attribute ?? [];
    const lookup: Lookup = {
      accountId: accounts[0] as AccountId,
      region: regions[0] as Region,
      fromMs: 0,
      toMs: startMs + 90 * dayMs,
      limit: pageSize,
      ...wish,
      attribute: attributeName && { name: attributeName, value },
    };
    let after: number | undefined;
    for (let at = 1; at < pages; at++) after = (await search.lookup({ ...lookup, after })).next;
    const begin = performance.now();
    const { lines } = await search.lookup({ ...lookup, after });
    hits = Math.max(hits, lines.length);
    return performance.now() - begin;
  };
  const fresh: number[] = [];
  const cold: number[] = [];
  for (let n = 0; n < (pages === 1 ? coldRuns : 0); n++) {
    for (const [times, prepare] of [
      [cold, forget],
      [fresh, () => undefined],
    ] as const) {
      const search = await startedSearch(trail);
      prepare(segments.directory);
      times.push(await page(search, n * 13 + 5));
      await search.stop();
    }
  }
  const search = await startedSearch(trail);
  const warm: number[] = [];
  for (let n = 0; n < 5; n++) await page(search, n + 1000);
  for (let n = 0; n < warmRuns; n++) warm.push(await page(search, n));
  await search.stop();
  const at = (list: number[], share: number) => {
    const sorted = [...list].sort((a, b) => a - b);
    return (sorted[Math.ceil(share * sorted.length) - 1]?.toFixed(1) ?? '-').padStart(7);
  };
  const figures = [at(warm, 0.5), at(warm, 0.99), at(warm, 1)].join('');
  return `${name.padEnd(36)}${String(hits).padStart(7)}${figures} | ${at(fresh, 0.5)}${at(fresh, 1)} | ${at(cold, 0.5)}${at(cold, 1)}\n`;
}

/** Its thread runs, and has read nothing yet. */
async function startedSearch(trail: Pick<Trail, 'head' | 'segments'>): Promise<TrailSearch> {
  const view = { segments: trail.segments, head: { ...trail.head, segment: 0 } };
  const search = new TrailSearch(view);
  await search.lookup({
    accountId: accounts[0] as AccountId,
    region: regions[0] as Region,
    fromMs: 0,
    toMs: 0,
    limit: 1,
  });
  view.head = trail.head;
  return search;
}

/** Takes the files out of the operating system's cache, where GNU dd is there to do it. */
function forget(directoryToForget: string): void {
  const script = 'for f in *; do dd if="$f" iflag=nocache count=0 status=none; done';
  try {
    execFileSync('sh', ['-c', script], { cwd: directoryToForget, stdio: 'ignore' });
  } catch {
    // then they stay
  }
}
