/** Cases 50 to 54 of the authorization dossier: addresses, dates, numbers, several values, ARNs. */
import { alice, allow, deny, session, testCases, to, when } from './cases.ts';

const direct = 'key policy direct';
const none = 'no resource-based policy';
const denied = 'explicit deny resource-based policy';

/** Alice may use the key if the condition holds. */
const aliceIf = (operator: string, key: string, value: unknown) => [
  allow({ ...to(alice.arn), ...when(operator, key, value) }),
];
/** Alice may use the key unless the condition holds. */
const aliceUnless = (operator: string, key: string, value: unknown) => [
  allow(to(alice.arn)),
  deny({ Principal: '*', ...when(operator, key, value) }),
];
const addresses = (source: string) => ({ 'aws:SourceIp': source });
const days = (text: string) => ({ 'kms:ScheduleKeyDeletionPendingWindowInDays': text });
const now = { 'aws:CurrentTime': '2026-10-01T12:00:00Z' };
const algorithms = ['HMAC_SHA_256', 'HMAC_SHA_512'];
testCases([
  {
    case: 50,
    title: 'an IPv4 address reported as IPv6 is in its IPv4 range',
    key: aliceIf('IpAddress', 'aws:SourceIp', '10.0.0.0/8'),
    context: addresses('::ffff:10.1.2.3'),
    expect: direct,
  },
  {
    case: 50,
    title: 'an IPv6 caller is not in an IPv4 range',
    key: aliceUnless('NotIpAddress', 'aws:SourceIp', '203.0.113.5'),
    context: addresses('2001:db8::1'),
    expect: denied,
  },
  {
    case: 51,
    title: 'a date may be in seconds',
    key: aliceIf('DateGreaterThan', 'aws:CurrentTime', '1577836800'),
    context: now,
    expect: direct,
  },
  {
    case: 51,
    title: 'a date may be in seconds',
    key: aliceIf('DateGreaterThan', 'aws:CurrentTime', '4102444800'),
    context: now,
    expect: none,
  },
  {
    case: 52,
    title: 'a deny on less than thirty days does not hit thirty',
    key: aliceUnless('NumericLessThan', 'kms:ScheduleKeyDeletionPendingWindowInDays', 30),
    context: days('30'),
    expect: direct,
  },
  {
    case: 52,
    title: 'what begins as a number is none',
    key: aliceIf('NumericLessThan', 'kms:ScheduleKeyDeletionPendingWindowInDays', '10abc'),
    context: days('7'),
    expect: none,
  },
  ...algorithms.map((one) => ({
    case: 53,
    title: 'either of two values will do',
    key: aliceIf('StringEquals', 'kms:MacAlgorithm', algorithms),
    context: { 'kms:MacAlgorithm': one },
    expect: direct,
  })),
  ...algorithms.map((one) => ({
    case: 53,
    title: 'a negated condition must differ from both of two values',
    key: aliceIf('StringNotEquals', 'kms:MacAlgorithm', algorithms),
    context: { 'kms:MacAlgorithm': one },
    expect: none,
  })),
  {
    case: 54,
    title: 'a role with a path needs a pattern that has room for it',
    caller: session('s'),
    key: [allow({ Principal: '*', ...when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/App') })],
    expect: none,
  },
  {
    case: 54,
    title: 'a role with a path fits a pattern that has room for it',
    caller: session('s'),
    key: [allow({ Principal: '*', ...when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/*App') })],
    expect: direct,
  },
]);
