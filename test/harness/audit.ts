/** A trail in a temporary directory, under a vault in memory and a clock that the test owns; and events to put into it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEvent, eventTimeOf, eventVersion } from '#audit/event.ts';
import { inspectTrail, openTrail, type TrailPlace } from '#audit/open-trail.ts';
import type { Trail } from '#audit/trail.ts';
import type { Verification } from '#audit/verify.ts';
import { ManualClock } from '#base/clock.ts';
import type { Vault } from '#custody/vault.ts';
import { memoryVault } from './kms.ts';

export interface TestTrail extends AsyncDisposable {
  readonly vault: Vault;
  readonly clock: ManualClock;
  readonly place: TrailPlace;
  trail: Trail;
  /** Appends so many lines at once, which makes groups of one. */
  append(events: readonly AuditEvent[]): Promise<void>;
  /** As a process does that starts after this one has ended. */
  reopen(): Promise<void>;
  /** Closes the trail and looks at all of it. */
  verify(): Promise<Verification | undefined>;
}

export const testTimeMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export async function startTrail(): Promise<TestTrail> {
  const root = mkdtempSync(join(tmpdir(), 'keywright-audit-'));
  const clock = new ManualClock(testTimeMs);
  const vault = await memoryVault(clock);
  const place = { directory: join(root, 'audit'), anchors: join(root, 'anchors') };
  let isOpen = true;
  const close = async () => {
    if (isOpen) await test.trail.close();
    isOpen = false;
  };
  const test: TestTrail = {
    ...{ vault, clock, place },
    trail: await openTrail(vault, place),
    async append(events) {
      await Promise.all(events.map((event) => test.trail.append(JSON.stringify(event))));
    },
    async reopen() {
      await close();
      test.trail = await openTrail(vault, place);
      isOpen = true;
    },
    async verify() {
      await close();
      return inspectTrail(vault, place);
    },
    async [Symbol.asyncDispose]() {
      await close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return test;
}

let eventCount = 0;

/** An event of user Alice, at the test's time, with what is given instead. */
export function testEvent(change: Partial<AuditEvent> = {}): AuditEvent {
  const accountId = change.recipientAccountId ?? '111122223333';
  return {
    eventVersion,
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${accountId}:user/Alice`, accountId, userName: 'Alice' },
    eventTime: eventTimeOf(testTimeMs),
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.1',
    userAgent: 'test',
    requestParameters: null,
    responseElements: null,
    requestID: `request-${eventCount}`,
    eventID: `event-${eventCount++}`,
    readOnly: true,
    resources: [],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
    ...change,
  };
}
