/** The CloudTrail API: one trail for each account, its keys, and the lookup of its events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudTrailOperations } from '#operations/cloudtrail/registry.ts';
import { type Asking, bucket, cloudTrail, eventAt, fakeArchive, modifiedMs } from '#test/harness/archive.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/keywright';
const dayMs = 86_400_000;

async function ok(kms: Kms, operation: string, input: unknown = {}, asking: Asking = {}) {
  const answer = await cloudTrail(kms, operation, input, asking);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

/** The name of the error, which the operation must declare. */
async function refusal(kms: Kms, operation: string, input: unknown = {}, asking: Asking = {}): Promise<string> {
  const answer = await cloudTrail(kms, operation, input, asking);
  assert.equal(answer.status, 400, answer.text);
  const name: string = answer.body.__type;
  const common = [
    'AccessDeniedException',
    'ValidationException',
    'SerializationException',
    'InvalidSignatureException',
  ];
  const declared: readonly string[] = cloudTrailOperations.get(operation)?.errors ?? [];
  assert([...common, ...declared].includes(name), `${operation} does not declare ${name}`);
  return name;
}

const started = () => startKms(undefined, { archive: fakeArchive() });

test('each account has one trail of all Regions, which is always logging', async () => {
  await using kms = await started();
  const trail = {
    Name: 'keywright',
    S3BucketName: bucket,
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    HomeRegion: 'us-east-1',
    TrailARN: arn,
    LogFileValidationEnabled: true,
    HasCustomEventSelectors: true,
    HasInsightSelectors: false,
    IsOrganizationTrail: false,
  };
  assert.deepEqual(await ok(kms, 'DescribeTrails'), { trailList: [trail] });
  assert.deepEqual(await ok(kms, 'GetTrail', { Name: 'keywright' }), { Trail: trail });
  const short = { Name: 'keywright', TrailARN: arn, HomeRegion: 'us-east-1' };
  assert.deepEqual(await ok(kms, 'ListTrails'), { Trails: [short] });
  const status = await ok(kms, 'GetTrailStatus', { Name: arn });
  assert.equal(status.IsLogging, true);
  assert.equal(status.StartLoggingTime, modifiedMs / 1000);
  assert.equal(status.LatestDeliveryTime, modifiedMs / 1000 + 60);
  assert.equal(status.TimeLoggingStarted, '2026-01-02T03:04:05Z');
  const selectors = await ok(kms, 'GetEventSelectors', { TrailName: arn });
  assert.equal(selectors.EventSelectors[0].ReadWriteType, 'All');
  const other = await ok(kms, 'DescribeTrails', {}, { caller: kms.other });
  assert.equal(other.trailList[0].TrailARN, arn.replace('111122223333', '444455556666'));
});

test('in other Regions the trail is a shadow, known by its ARN alone', async () => {
  await using kms = await started();
  const elsewhere = { region: 'eu-west-1' };
  const count = async (input: object, asking: Asking = elsewhere) =>
    (await ok(kms, 'DescribeTrails', input, asking)).trailList.length;
  assert.equal(await count({}), 1);
  assert.equal(await count({ includeShadowTrails: false }), 0);
  assert.equal(await count({ includeShadowTrails: false }, {}), 1);
  assert.equal(await count({ trailNameList: ['keywright'] }), 0);
  assert.equal(await count({ trailNameList: ['keywright'] }, {}), 1);
  assert.equal(await count({ trailNameList: ['another', arn] }), 1);
  assert.equal(await count({ trailNameList: ['another'] }, {}), 0);
  assert.equal(await refusal(kms, 'GetTrail', { Name: 'keywright' }, elsewhere), 'TrailNotFoundException');
  assert.equal((await ok(kms, 'GetTrail', { Name: arn }, elsewhere)).Trail.Name, 'keywright');
});

test('names that are none and trails that are not there are refused', async () => {
  await using kms = await started();
  for (const [Name, error] of [
    ['another', 'TrailNotFoundException'],
    [arn.replace('keywright', 'another'), 'TrailNotFoundException'],
    [arn.replace('111122223333', '444455556666'), 'TrailNotFoundException'],
    ['ab', 'InvalidTrailNameException'],
    ['-abc', 'InvalidTrailNameException'],
    ['my-_trail', 'InvalidTrailNameException'],
    ['my trail', 'InvalidTrailNameException'],
    ['192.168.5.4', 'InvalidTrailNameException'],
    ['', 'InvalidTrailNameException'],
    ['arn:aws:s3:::bucket', 'CloudTrailARNInvalidException'],
    ['arn:aws:cloudtrail:us-east-1:1:trail/keywright', 'CloudTrailARNInvalidException'],
  ] as const) {
    for (const [operation, member] of [
      ['GetTrail', 'Name'],
      ['GetTrailStatus', 'Name'],
      ['GetEventSelectors', 'TrailName'],
    ] as const) {
      assert.equal(await refusal(kms, operation, { [member]: Name }), error, `${operation} ${Name}`);
    }
  }
  assert.equal(await refusal(kms, 'GetTrail'), 'ValidationException');
});

test('the keys of a time are those that were valid at some moment of it', async () => {
  const archive = fakeArchive();
  const key = (from: number, to: number) => ({
    fingerprint: `${from}`.padStart(32, '0'),
    publicKey: Buffer.from(`key of ${from}`),
    validFromMs: from,
    validToMs: to,
  });
  archive.keys.push(key(1_000_000, 2_000_000), key(2_000_000, 3_000_000), key(4_000_000, 9e12));
  await using kms = await startKms(undefined, { archive });
  const fingerprints = async (StartTime?: number, EndTime?: number) =>
    (await ok(kms, 'ListPublicKeys', { StartTime, EndTime })).PublicKeyList.map((one: { Fingerprint: string }) =>
      Number(one.Fingerprint),
    );
  assert.deepEqual(await fingerprints(1_500, 1_600), [1_000_000]);
  assert.deepEqual(await fingerprints(2_000, 2_000), [1_000_000, 2_000_000]);
  assert.deepEqual(await fingerprints(3_001, 3_999), []);
  assert.deepEqual(await fingerprints(2_500), [2_000_000, 4_000_000]);
  assert.deepEqual(await fingerprints(), [4_000_000]);
  const { PublicKeyList } = await ok(kms, 'ListPublicKeys', { StartTime: 1_500, EndTime: 1_600 });
  assert.deepEqual(PublicKeyList, [
    {
      Value: Buffer.from('key of 1000000').toString('base64'),
      ValidityStartTime: 1000,
      ValidityEndTime: 2000,
      Fingerprint: '1000000'.padStart(32, '0'),
    },
  ]);
  assert.equal(await refusal(kms, 'ListPublicKeys', { StartTime: 2, EndTime: 1 }), 'InvalidTimeRangeException');
  assert.equal(await refusal(kms, 'ListPublicKeys', { NextToken: 'x' }), 'InvalidTokenException');
  assert.deepEqual((await ok(kms, 'ListPublicKeys', {}, { caller: kms.other })).PublicKeyList, []);
});

test('an event is shown with what it can be found by, and as it is in the trail', async () => {
  const archive = fakeArchive();
  await using kms = await startKms(undefined, { archive });
  const identities = [
    [{ type: 'IAMUser', userName: 'alice', accessKeyId: 'AKIAALICE' }, 'alice', 'AKIAALICE'],
    [{ type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/app/session' }, 'session', undefined],
    [{ type: 'Root', arn: 'arn:aws:iam::111122223333:root' }, 'root', undefined],
    [{ accountId: '111122223333', invokedBy: 'AWS Internal' }, undefined, undefined],
  ] as const;
  const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555';
  const resources = [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: keyArn }];
  const atMs = Math.floor(kms.clock.now() / 1000) * 1000;
  for (const [userIdentity] of identities) {
    archive.events.push(eventAt(atMs, { userIdentity, resources, readOnly: true, eventSource: 'kms.amazonaws.com' }));
  }
  const { Events } = await ok(kms, 'LookupEvents');
  assert.equal(Events.length, 4);
  for (const [index, [, Username, AccessKeyId]] of [...identities].reverse().entries()) {
    const { CloudTrailEvent, ...shown } = Events[index];
    const event = archive.events[identities.length - 1 - index];
    assert.deepEqual(JSON.parse(CloudTrailEvent), event);
    assert.deepEqual(shown, {
      EventId: event?.eventID,
      EventName: 'RotateKey',
      ReadOnly: 'true',
      EventTime: atMs / 1000,
      EventSource: 'kms.amazonaws.com',
      Resources: [{ ResourceType: 'AWS::KMS::Key', ResourceName: keyArn }],
      ...(Username !== undefined && { Username }),
      ...(AccessKeyId !== undefined && { AccessKeyId }),
    });
  }
  assert.deepEqual(await ok(kms, 'LookupEvents', { EventCategory: 'insight' }), { Events: [] });
});

test('a lookup is of the account and Region that ask, by one attribute, in whole seconds', async () => {
  const archive = fakeArchive();
  await using kms = await startKms(undefined, { archive });
  const now = Math.floor(kms.clock.now() / 1000);
  const at = (second: number, changes = {}) => archive.events.push(eventAt(second * 1000, changes));
  at(now - 91 * 86_400, { eventName: 'TooOld' });
  at(now - 20, { eventName: 'One' });
  at(now - 10, { eventName: 'Two' });
  at(now - 10, { eventName: 'Elsewhere', awsRegion: 'eu-west-1' });
  at(now - 10, { eventName: 'Others', recipientAccountId: '444455556666' });
  const names = async (input: object = {}, asking: Asking = {}) =>
    (await ok(kms, 'LookupEvents', input, asking)).Events.map((one: { EventName: string }) => one.EventName);
  assert.deepEqual(await names(), ['Two', 'One']);
  assert.deepEqual(await names({}, { region: 'eu-west-1' }), ['Elsewhere']);
  assert.deepEqual(await names({}, { caller: kms.other }), ['Others']);
  assert.deepEqual(await names({ StartTime: now - 10 }), ['Two']);
  assert.deepEqual(await names({ StartTime: now - 20.5, EndTime: now - 20 }), ['One']);
  assert.deepEqual(await names({ StartTime: now - 10 + 0.9, EndTime: now - 10 + 0.9 }), ['Two']);
  assert.deepEqual(await names({ StartTime: 0 }), ['Two', 'One']);
  const byName = (AttributeValue: string) => ({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }] });
  assert.deepEqual(await names(byName('One')), ['One']);
  assert.deepEqual(await names(byName('None')), []);
  assert.deepEqual(await names({ LookupAttributes: [] }), ['Two', 'One']);
  const twice = { LookupAttributes: [...byName('One').LookupAttributes, ...byName('Two').LookupAttributes] };
  assert.equal(await refusal(kms, 'LookupEvents', twice), 'InvalidLookupAttributesException');
  const unknown = { LookupAttributes: [{ AttributeKey: 'Nothing', AttributeValue: 'x' }] };
  assert.equal(await refusal(kms, 'LookupEvents', unknown), 'ValidationException');
  for (const range of [{ StartTime: now, EndTime: now - 1 }, { EndTime: now - 91 * 86_400 }, { StartTime: 1e300 }]) {
    assert.equal(await refusal(kms, 'LookupEvents', range), 'InvalidTimeRangeException');
  }
  for (const MaxResults of [0, 51, -1])
    assert.equal(await refusal(kms, 'LookupEvents', { MaxResults }), 'InvalidMaxResultsException');
});

test('pages follow each other to the end, and a token is good for its own lookup alone', async () => {
  const archive = fakeArchive();
  await using kms = await startKms(undefined, { archive });
  const second = Math.floor(kms.clock.now() / 1000);
  for (let index = 0; index < 120; index++) archive.events.push(eventAt((second - 120 + index) * 1000));
  const found: string[] = [];
  let NextToken: string | undefined;
  for (let pages = 0; pages < 4; pages++) {
    const page = await ok(kms, 'LookupEvents', { NextToken });
    found.push(...page.Events.map((one: { EventId: string }) => one.EventId));
    NextToken = page.NextToken;
    if (pages === 0) archive.events.push(eventAt(second * 1000, { eventName: 'Later' }));
    if (NextToken === undefined) break;
  }
  const expected = archive.events.filter(({ eventName }) => eventName !== 'Later').map(({ eventID }) => eventID);
  assert.deepEqual(found, expected.reverse());
  const { NextToken: token } = await ok(kms, 'LookupEvents', { MaxResults: 1 });
  await ok(kms, 'LookupEvents', { NextToken: token, MaxResults: 2 });
  const elsewhere: readonly (readonly [object, Asking])[] = [
    [{ NextToken: token }, { caller: kms.other }],
    [{ NextToken: token }, { region: 'eu-west-1' }],
    [{ NextToken: token, StartTime: second - 100 }, {}],
    [{ NextToken: token, LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'x' }] }, {}],
    [{ NextToken: `${token}A` }, {}],
    [{ NextToken: '' }, {}],
  ];
  for (const [input, asking] of elsewhere) {
    assert.equal(await refusal(kms, 'LookupEvents', input, asking), 'InvalidNextTokenException');
  }
});

test('targets are understood as all clients spell them; unknown ones and unserved ones are told apart', async () => {
  await using kms = await started();
  const spelled = await cloudTrail(kms, 'ListTrails', {}, { target: 'CloudTrail_20131101.ListTrails' } as Asking);
  assert.equal(spelled.status, 200);
  const unknown = await cloudTrail(kms, 'Nothing');
  assert.deepEqual([unknown.status, unknown.body], [400, { __type: 'UnknownOperationException' }]);
  for (const operation of ['CreateTrail', 'DeleteTrail', 'StopLogging', 'UpdateTrail', 'PutEventSelectors']) {
    assert.equal(await refusal(kms, operation, { Name: 'keywright' }), 'UnsupportedOperationException');
  }
  const wrong = { ...kms.root, secretAccessKey: 'wrong' };
  assert.equal(await refusal(kms, 'StopLogging', {}, { caller: wrong }), 'InvalidSignatureException');
});

test('policies are asked, of trails by their ARN, and the record says what decided', async () => {
  await using kms = await started();
  await kms.did('CreateUser', { UserName: 'auditor' });
  const { AccessKey } = await kms.did('CreateAccessKey', { UserName: 'auditor' });
  const caller = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  const allow = async (Action: string, Resource: string) => {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource }],
    });
    await kms.did('PutUserPolicy', { UserName: 'auditor', PolicyName: 'one', PolicyDocument });
  };
  const denied = 'AccessDeniedException';
  for (const operation of ['LookupEvents', 'DescribeTrails', 'ListTrails', 'ListPublicKeys']) {
    await allow('cloudtrail:Nothing', '*');
    assert.equal(await refusal(kms, operation, {}, { caller }), denied);
    await allow(`cloudtrail:${operation}`, '*');
    await ok(kms, operation, {}, { caller });
  }
  await allow('cloudtrail:GetTrail', arn);
  await ok(kms, 'GetTrail', { Name: 'keywright' }, { caller });
  assert.equal(await refusal(kms, 'GetTrail', { Name: 'another' }, { caller }), denied);
  assert.equal(await refusal(kms, 'GetTrailStatus', { Name: 'keywright' }, { caller }), denied);
  const [last, before] = kms.records.slice(-3).reverse();
  assert.deepEqual(
    [last?.eventSource, last?.eventName, last?.errorCode],
    ['cloudtrail.amazonaws.com', 'GetTrailStatus', 'AccessDenied'],
  );
  assert.equal(before?.userIdentity['userName'], 'auditor');
  const permitted = kms.records.at(-3);
  assert.match(JSON.stringify(permitted?.additionalEventData), /"cloudtrail:GetTrail":\{"by":"identity policy"/);
});

test('a lookup of ninety days goes no further back', async () => {
  const archive = fakeArchive();
  await using kms = await startKms(undefined, { archive });
  const asked: number[] = [];
  const { lookup } = archive.search;
  Object.assign(archive.search, {
    lookup: (wish: Parameters<typeof lookup>[0]) => {
      asked.push(wish.fromMs);
      return lookup(wish);
    },
  });
  await ok(kms, 'LookupEvents');
  await ok(kms, 'LookupEvents', { StartTime: 1 });
  const earliest = Math.floor((kms.clock.now() - 90 * dayMs) / 1000) * 1000;
  assert.deepEqual(asked, [earliest, earliest]);
});
