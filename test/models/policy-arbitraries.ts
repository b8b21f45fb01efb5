/**
 * Policies and requests out of small alphabets, so that they have much to say to each other: few actions, principals,
 * keys and values, but every operator, qualifier and kind of variable.
 */
import fc from 'fast-check';
import type { Caller } from '#model/principal.ts';
import type { NaiveWish } from './naive-decide.ts';
import type { NaivePolicy, NaiveRequest, NaiveStatement } from './naive-policy.ts';
import { abroad, home, service, twins } from './twins.ts';

const awsNames = twins.flatMap(({ naive }) => [...naive.own, ...naive.behind]);
const accountNames = [home, abroad].flatMap((id) => [id, `arn:aws:iam::${id}:root`]);

/** A policy variable. */
const variable = (name: string): string => `\${${name}}`;

// --- conditions ------------------------------------------------------------------------------------------------------

const texts = ['a', 'b', 'A', 'ab', 'a\nb', 'a*', '*', '?', '', '$', 'é'];
const patterns = [
  ...['a*', '*b', '?', 'a?b', '*', '**a*', variable('*'), `a${variable('?')}`, variable('$'), `${variable('*')}*`],
  ...[
    variable('aws:PrincipalTag/team'),
    `${variable('AWS:principaltag/TEAM')}*`,
    variable("aws:PrincipalTag/none, 'a'"),
    variable('aws:PrincipalTag/none'),
  ],
  ...[variable('kms:EncryptionContextKeys'), variable('aws:ResourceTag/team'), variable("kms:ViaService, '*'")],
];
const arns = ['arn:aws:iam::111122223333:role/team/app', 'arn:aws:s3:::a', 'arn:aws:s3:::a:b', 'arn:aws:s3::', 'a'];
const arnPatterns = [
  'arn:aws:*:*:*:*',
  'arn:*:role/*',
  'arn:aws:iam::*:role/app',
  `arn:aws:s3:::${variable('aws:PrincipalTag/team')}`,
];
const numbers = ['1', '2', '1.0', '1.5', '-1', '10abc', 'abc', ''];
const dates = [
  '2020-01-01T00:00:00Z',
  '2020-01-01',
  '1577836800',
  '1577836800.5',
  '2020-01-01T01:00:00.5+01:00',
  '2021',
  'x',
];
const bools = ['true', 'false', 'TRUE', 'maybe'];
const addresses = ['10.1.2.3', '::ffff:10.1.2.3', '10.9.0.1', '2001:db8::1', '203.0.113.5', 'nowhere'];
const ranges = ['10.0.0.0/8', '10.1.2.3', '2001:db8::/32', '0.0.0.0/0', '::/0', '10.1.0.0/13', '10.0.0.0/33'];
const base64 = ['YQ==', 'YWI=', 'YR==', 'no base64'];

/** What goes together: operators, keys, values of the policy, values of the request. */
interface Family {
  readonly operators: readonly string[];
  readonly keys: readonly string[];
  readonly wanted: readonly (string | number | boolean)[];
  readonly given: readonly string[];
}

const orders = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const textKeys = ['kms:EncryptionContext:App', 'kms:ViaService', 'aws:PrincipalTag/team'];
const setKeys = ['kms:EncryptionContextKeys', 'kms:ResourceAliases', 'aws:ResourceTag/team'];
const families: readonly Family[] = [
  {
    operators: ['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'].map(
      (one) => `String${one}`,
    ),
    keys: [...textKeys, ...setKeys, 'KMS:encryptioncontext:APP'],
    wanted: [...texts, ...patterns, true, 1],
    given: [...texts, 'true', '1'],
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'arnlike'],
    keys: ['aws:PrincipalArn'],
    wanted: [...arns, ...arnPatterns],
    given: arns,
  },
  { operators: orders.map((one) => `Numeric${one}`), keys: ['kms:Days'], wanted: [...numbers, 1, 1.5], given: numbers },
  {
    operators: orders.map((one) => `Date${one}`),
    keys: ['aws:CurrentTime'],
    wanted: [...dates, 1577836800],
    given: dates,
  },
  { operators: ['Bool'], keys: ['aws:MultiFactorAuthPresent'], wanted: [...bools, true, false], given: bools },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    keys: ['aws:SourceIp'],
    wanted: [...ranges, ...addresses],
    given: addresses,
  },
  { operators: ['BinaryEquals'], keys: ['x:Bytes'], wanted: base64, given: base64 },
  {
    operators: ['Null'],
    keys: [...textKeys, ...setKeys, 'aws:SourceIp'],
    wanted: [true, false, 'true', 'x'],
    given: texts,
  },
];

const allKeys = [...new Set(families.flatMap(({ keys }) => keys))];

const condition = fc.constantFrom(...families, ...families.slice(0, 1), ...families.slice(0, 1)).chain((family) =>
  fc
    .tuple(
      fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:', 'forallvalues:'),
      fc.constantFrom(...family.operators),
      fc.constantFrom('', '', '', 'IfExists'),
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...family.keys) }, fc.constantFrom(...allKeys)),
      fc.array(fc.constantFrom(...family.wanted), { minLength: 1, maxLength: 3 }),
    )
    .map(([set, operator, suffix, key, values]) => {
      const plain = operator === 'Null' || (set !== '' && /:encryptioncontext:/i.test(key));
      const name = operator === 'Null' ? 'Null' : `${plain ? '' : set}${operator}${suffix}`;
      return { [name]: { [key]: values.length === 1 ? (values[0] ?? '') : values } };
    }),
);

const conditions = fc
  .oneof(fc.constant([]), fc.array(condition, { minLength: 1, maxLength: 2 }))
  .map((list): NaiveStatement['Condition'] => Object.assign({}, ...list));

// --- statements ------------------------------------------------------------------------------------------------------

const some = <T>(...from: readonly T[]) => fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 2 });
const either = <A, B>(likely: fc.Arbitrary<A>, rare: fc.Arbitrary<B>) =>
  fc.oneof({ weight: 5, arbitrary: likely }, { weight: 1, arbitrary: rare });

const actionPatterns = some(
  'kms:*',
  'kms:*',
  'kms:*',
  'kms:*',
  '*',
  'kms:Encrypt',
  'kms:decrypt',
  'KMS:De*',
  'kms:?ncrypt',
  'kms:ReEncrypt*',
  'iam:*',
);
const actions = either(
  actionPatterns.map((Action) => ({ Action })),
  actionPatterns.map((NotAction) => ({ NotAction })),
);

const key = (name: string) => `arn:aws:kms:us-east-1:${home}:key/${name}`;
const resourcePatterns = some(
  ...[
    '*',
    '*',
    '*',
    key('k1'),
    key('k2'),
    'arn:aws:kms:*:*:key/*',
    `arn:aws:kms:us-east-1:${home}:*`,
    key(variable('?')),
  ],
  ...[
    key(variable('aws:PrincipalTag/team')),
    key(variable("aws:PrincipalTag/none, 'k1'")),
    key(variable('aws:PrincipalTag/none')),
  ],
);
const resources = either(
  resourcePatterns.map((Resource) => ({ Resource })),
  resourcePatterns.map((NotResource) => ({ NotResource })),
);

const principal = fc.oneof(
  fc.constant('*' as const),
  fc.record({ AWS: some(...awsNames, ...accountNames, ...accountNames, '*') }),
  fc.record({ AWS: some(...accountNames) }),
  fc.record({
    AWS: fc.constantFrom(...awsNames, ...accountNames),
    Service: some('s3.amazonaws.com', 'x.amazonaws.com'),
  }),
);
/** What could spare somebody. */
const spared = fc.oneof(
  fc.constantFrom(...twins).map(({ naive }) => ({ AWS: [...naive.own, ...naive.behind, naive.account ?? ''] })),
  principal,
);
const effect = fc.constantFrom('Allow' as const, 'Allow' as const, 'Allow' as const, 'Deny' as const);

const inIdentity = fc
  .tuple(effect, actions, resources, conditions)
  .map(([Effect, act, on, Condition]): NaiveStatement => ({ Effect, ...act, ...on, ...(Condition && { Condition }) }));
const inKey = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(inIdentity, principal).map(([one, Principal]) => ({ ...one, Principal })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(inIdentity, spared)
      .map(([one, NotPrincipal]) => ({ ...one, Effect: 'Deny' as const, NotPrincipal })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(inIdentity, principal).map(([{ Resource: _, ...one }, Principal]) => ({ ...one, Principal })),
  },
);

const version = fc.constantFrom({ Version: '2012-10-17' }, { Version: '2012-10-17' }, { Version: '2008-10-17' }, {});
const policyOf = (statement: fc.Arbitrary<NaiveStatement>): fc.Arbitrary<NaivePolicy> =>
  fc
    .tuple(version, fc.array(statement, { minLength: 1, maxLength: 3 }))
    .map(([head, list]) => ({ ...head, Statement: list.length === 1 && list[0] ? list[0] : list }));

// --- requests --------------------------------------------------------------------------------------------------------

const pair = fc
  .constantFrom(...families)
  .chain((family) =>
    fc.tuple(fc.constantFrom(...family.keys), fc.array(fc.constantFrom(...family.given), { maxLength: 2 })),
  )
  .map(([name, values]): [string, string[]] => [name, setKeys.includes(name) ? values : values.slice(0, 1)]);

export interface Scenario {
  readonly caller: Caller;
  readonly wish: NaiveWish;
}

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    who: fc.constantFrom(...twins.slice(0, twins.length / 2), ...twins, service),
    action: fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'),
    resource: fc.constantFrom(key('k1'), key('k1'), key('k2'), key('?'), key('a'), `arn:aws:kms:us-east-1:${home}:*`),
    context: fc.array(pair, { maxLength: 5 }),
    keyPolicy: policyOf(inKey),
    aim: fc.constantFrom('nobody', 'own', 'behind', 'account'),
    identity: fc.array(policyOf(inIdentity), { maxLength: 2 }),
    boundary: fc.option(policyOf(inIdentity), { nil: undefined, freq: 2 }),
    session: fc.option(policyOf(inIdentity), { nil: undefined, freq: 2 }),
    crossAccountCapable: fc.constantFrom(true, true, false),
    grant: fc.constantFrom(
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'direct' as const,
      'role' as const,
      'account' as const,
    ),
  })
  .map(({ who, action, resource, context, aim, ...rest }) => {
    const { own, behind, account: id } = who.naive;
    const names = { nobody: [], own, behind, account: id === undefined ? [] : [id] }[aim] ?? [];
    const request: NaiveRequest = { caller: who.naive, action, resource, context };
    const keyPolicy = aimedAt(rest.keyPolicy, names);
    return { caller: who.caller, wish: { ...rest, keyPolicy, request, keyAccount: home } };
  });

/** With the last statement naming the caller, which chance alone would seldom bring about. */
function aimedAt(policy: NaivePolicy, names: readonly string[]): NaivePolicy {
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  const last = statements.at(-1);
  const [name] = names;
  if (last === undefined || last.NotPrincipal !== undefined || name === undefined) return policy;
  const Principal = name.endsWith('.com') ? { Service: name } : { AWS: name };
  return { ...policy, Statement: [...statements.slice(0, -1), { ...last, Principal }] };
}
