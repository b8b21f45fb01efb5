import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuditEvent, JsonObject } from '#audit/event.ts';
import { eventTimeOf } from '#audit/event.ts';
import { sealSegment } from '#audit/sealing/seal.ts';
import { sidecars } from '#audit/sealing/sidecars.ts';
import type { AccountId, Region } from '#model/arn.ts';
import { startTrail, type TestTrail, testEvent, testTimeMs } from '#test/harness/audit.ts';
import { SegmentIndex } from './index-file.ts';
import { type Lookup, lookupAttributes } from './lookup.ts';
import { Search, type SearchLimits } from './search.ts';
import { indexEnding } from './search-index.ts';
import { usernameOf, valuesOf } from './terms.ts';

const accounts = ['111122223333', '444455556666'] as const;
const regions = ['us-east-1', 'eu-west-1'] as const;
const smallLimits: SearchLimits = { plainBytes: 1_000_000, pieceBytes: 700 };

const key = (account: string, id: string) => ({
  accountId: account,
  type: 'AWS::KMS::Key',
  ARN: `arn:aws:kms:us-east-1:${account}:key/${id}`,
});

const identities: readonly JsonObject[] = [
  { type: 'Root', arn: 'arn:aws:iam::111122223333:root', accessKeyId: 'AKIAROOT' },
  { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/Alice', userName: 'Alice', accessKeyId: 'AKIAALICE' },
  { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/root', userName: 'root', accessKeyId: 'AKIANOROOT' },
  { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/Alice/night"ly', accessKeyId: 'ASIANIGHT' },
  { type: 'AWSAccount', principalId: 'AIDA', accountId: '444455556666' },
];

const resources = [
  [],
  [key(accounts[0], '1234')],
  [key(accounts[0], '1234'), key(accounts[1], '5678')],
  [{ type: 'AWS::KMS::Key', ARN: 'arn:aws:kms:us-east-1:111122223333:alias/ä\u2028"app' }, key(accounts[0], '5678')],
];

const event: fc.Arbitrary<AuditEvent> = fc
  .record({
    recipientAccountId: fc.constantFrom(...accounts),
    awsRegion: fc.constantFrom(...regions),
    eventName: fc.constantFrom('Encrypt', 'Decrypt', 'CreateKey'),
    eventSource: fc.constantFrom('kms.amazonaws.com', 'iam.amazonaws.com'),
    readOnly: fc.boolean(),
    eventCategory: fc.constantFrom('Management', 'Management', 'Management', 'Data'),
    userIdentity: fc.constantFrom(...identities),
    resources: fc.constantFrom(...resources),
    eventTime: fc.integer({ min: 0, max: 40 }).map((second) => eventTimeOf(testTimeMs + second * 1000)),
    requestParameters: fc.constantFrom<JsonObject | null>(
      null,
      { encryptionContext: { eventTime: '1999-01-01T00:00:00Z', eventName: 'Decrypt', userName: 'Alice' } },
      { description: `"recipientAccountId":"444455556666"\n#1 ${'0'.repeat(64)}\n{` },
      { description: 'x'.repeat(1500) },
    ),
  })
  .map((change) => testEvent(change as Partial<AuditEvent>));

const attribute = fc.record({
  name: fc.constantFrom(...lookupAttributes),
  value: fc.constantFrom(
    ...['Encrypt', 'Decrypt', 'true', 'false', 'root', 'Alice', 'night"ly', 'AKIAALICE', 'ASIANIGHT', 'AWS::KMS::Key'],
    ...['kms.amazonaws.com', '1234', '5678', 'arn:aws:kms:us-east-1:111122223333:key/1234', 'alias/ä\u2028"app', ''],
    'arn:aws:kms:us-east-1:111122223333:alias/ä\u2028"app',
  ),
});

const wish = fc.record({
  accountId: fc.constantFrom(...accounts).map((id) => id as AccountId),
  region: fc.constantFrom(...regions).map((name) => name as Region),
  attribute: fc.option(attribute, { nil: undefined }),
  fromMs: fc.constantFrom(0, testTimeMs + 9001, testTimeMs + 10_000, testTimeMs + 30_000),
  toMs: fc.constantFrom(testTimeMs + 10_000, testTimeMs + 25_999, testTimeMs + 30_000, Number.MAX_SAFE_INTEGER),
  limit: fc.constantFrom(1, 2, 50),
});

/** What LookupEvents is to find, from the whole of it. */
function naively(lines: readonly string[], { accountId, region, attribute: wanted, fromMs, toMs }: Lookup) {
  const isWanted = (one: AuditEvent) => {
    const atMs = Date.parse(one.eventTime);
    if (one.recipientAccountId !== accountId || one.awsRegion !== region || one.eventCategory === 'Data') return false;
    return atMs >= fromMs && atMs <= toMs && (wanted === undefined || has(one, wanted));
  };
  return lines.toReversed().filter((line) => isWanted(JSON.parse(line)));
}

function has(one: AuditEvent, { name, value }: NonNullable<Lookup['attribute']>): boolean {
  const arns = one.resources?.map(({ ARN }) => ARN) ?? [];
  switch (name) {
    case 'EventId':
      return one.eventID === value;
    case 'EventName':
      return one.eventName === value;
    case 'ReadOnly':
      return String(one.readOnly) === value;
    case 'EventSource':
      return one.eventSource === value;
    case 'AccessKeyId':
      return one.userIdentity['accessKeyId'] === value;
    case 'ResourceType':
      return value === 'AWS::KMS::Key' && arns.length > 0;
    case 'ResourceName':
      return arns.some((arn) => arn === value || arn.split(/:key\/|:(?=alias)/)[1] === value);
    case 'Username':
      return usernameOf(one) === value;
  }
}

/** All pages, one after the other. */
function allPages(search: Search, first: Lookup, { head }: TestTrail['trail']): readonly string[] {
  const found: string[] = [];
  let after: number | undefined;
  for (let pages = 0; pages < 1000; pages++) {
    const { lines, next } = search.lookup({ ...first, after }, head);
    assert(lines.length <= first.limit);
    found.push(...lines);
    if (next === undefined) return found;
    assert(after === undefined || next < after, 'each page begins where the one before ended');
    after = next;
  }
  throw new Error('The pages have no end.');
}

test('what is looked up is what a look at every record finds, sealed or not, page by page', async () => {
  const part = fc.record({ events: fc.array(event, { maxLength: 25 }), isSealed: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(wish, { minLength: 12, maxLength: 12 }),
      fc.constantFrom(smallLimits, { plainBytes: 3000, pieceBytes: 512 }),
      async (parts, wishes, limits) => {
        await using kept = await startTrail();
        const lines: string[] = [];
        for (const { events, isSealed } of parts) {
          for (const group of [events.slice(0, 1), events.slice(1, 9), events.slice(9)]) await kept.append(group);
          lines.push(...events.map((one) => JSON.stringify(one)));
          const { segment } = kept.trail.head;
          await kept.trail.roll();
          if (isSealed) {
            assert.equal(sealSegment(kept.trail.segments, segment, { sidecars, blockBytes: 2500 }), 'sealed');
          }
        }
        const active = parts[0]?.events ?? [];
        await kept.append(active);
        lines.push(...active.map((one) => JSON.stringify(one)));
        const search = new Search(kept.trail.segments, limits);
        const someId = lines.at(lines.length / 2)?.match(/"eventID":"([^"]*)"/)?.[1] ?? '';
        const byId = wishes
          .slice(0, 1)
          .map((one) => ({ ...one, attribute: { name: 'EventId' as const, value: someId } }));
        for (const one of [...wishes, ...byId])
          assert.deepEqual(allPages(search, one, kept.trail), naively(lines, one));
      },
    ),
    { numRuns: 40 },
  );
});

const everything: Lookup = {
  accountId: accounts[0] as AccountId,
  region: regions[0] as Region,
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  limit: 50,
};

test('a record is found once it is durable, and not before', async () => {
  await using kept = await startTrail();
  const search = new Search(kept.trail.segments);
  assert.deepEqual(search.lookup(everything, kept.trail.head).lines, []);
  await kept.append([testEvent({ eventName: 'First' })]);
  const { head } = kept.trail;
  await kept.append([testEvent({ eventName: 'Second' })]);
  const namesAt = (reach: typeof head) =>
    search.lookup(everything, reach).lines.map((line) => JSON.parse(line).eventName);
  assert.deepEqual(namesAt(head), ['First']);
  assert.deepEqual(namesAt(kept.trail.head), ['Second', 'First']);
});

/** A trail whose first segment is sealed, with five blocks of one record each. */
async function sealedTrail() {
  const kept = await startTrail();
  for (let n = 0; n < 5; n++) await kept.append([testEvent({ eventName: `Event${n}` })]);
  await kept.trail.roll();
  sealSegment(kept.trail.segments, 1, { sidecars, blockBytes: 300 });
  return kept;
}

test('a look-up that needs an altered block fails, and others do not', async () => {
  await using kept = await sealedTrail();
  const { segments, head } = kept.trail;
  const path = segments.path(1, '.log.zst');
  const bytes = readFileSync(path);
  const { offset, length } = new SegmentIndex(segments.path(1, indexEnding)).block(4);
  const middle = offset + (length >> 1);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
  const byName = (value: string) =>
    new Search(segments).lookup({ ...everything, attribute: { name: 'EventName', value } }, head);
  assert.throws(() => byName('Event4'), { name: 'DamagedTrail', message: /Block 4 of segment 1/ });
  assert.equal(byName('Event1').lines.length, 1);
  const found = await kept.verify();
  assert.deepEqual(
    found?.findings.map(({ kind }) => kind),
    ['altered'],
  );
});

test('without its index a segment is gone through, and with a damaged one nothing is answered', async () => {
  await using kept = await sealedTrail();
  const { segments, head } = kept.trail;
  const path = segments.path(1, indexEnding);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, 200));
  assert.throws(() => new Search(segments).lookup(everything, head), { name: 'DamagedTrail' });
  rmSync(path);
  assert.equal(new Search(segments).lookup(everything, head).lines.length, 5);
});

test('a segment that is not there is an error, not an answer without it', async () => {
  await using kept = await sealedTrail();
  const { segments, head } = kept.trail;
  for (const ending of ['.log.zst', indexEnding]) rmSync(segments.path(1, ending));
  assert.throws(() => new Search(segments).lookup(everything, head), { code: 'ENOENT' });
});

test('users, role sessions and the root user have names, services and callers of other accounts have none', () => {
  const names = identities.map((userIdentity) => usernameOf(testEvent({ userIdentity })));
  assert.deepEqual(names, ['root', 'Alice', 'root', 'night"ly', undefined]);
  assert.equal(usernameOf(testEvent({ userIdentity: { accountId: '1', invokedBy: 'AWS Internal' } })), undefined);
  assert.deepEqual(valuesOf(testEvent({ resources: [key('1', '2')] }), 'ResourceName'), [
    'arn:aws:kms:us-east-1:1:key/2',
    '2',
  ]);
});
