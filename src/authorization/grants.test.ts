import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, type GrantTerms, mayHandOn, waysToRetire } from './grants.ts';

const pairs = (context: Record<string, string>) => Object.entries(context);
const equals = (context: Record<string, string>) => ({ encryptionContextEquals: pairs(context) });
const subset = (context: Record<string, string>) => ({ encryptionContextSubset: pairs(context) });
const grant = (operations: string, constraints?: GrantTerms['constraints']): GrantTerms => ({
  operations: operations.split(' '),
  ...(constraints === undefined ? {} : { constraints }),
});

const isCovered = (terms: GrantTerms, operation: string, context?: Record<string, string>) =>
  covers(terms, { operation, encryptionContext: context && new Map(pairs(context)) });

test('a grant covers its operations and no other', () => {
  assert(isCovered(grant('Decrypt'), 'Decrypt', { any: 'context' }));
  for (const operation of ['Encrypt', 'decrypt', 'ReEncryptFrom', '']) {
    assert(!isCovered(grant('Decrypt'), operation), operation);
  }
});

test('EncryptionContextEquals wants these pairs and no more, EncryptionContextSubset these at least', () => {
  const cases: [context: Record<string, string> | undefined, equal: boolean, included: boolean][] = [
    [{ Dept: 'IT', Site: 'A' }, true, true],
    [{ Site: 'A', Dept: 'IT' }, true, true],
    [{ Dept: 'IT', Site: 'A', more: '' }, false, true],
    [{ Dept: 'IT' }, false, false],
    [{ Dept: 'IT', Site: 'B' }, false, false],
    [{ dept: 'IT', Site: 'A' }, false, false],
    [{ Dept: 'it', Site: 'A' }, false, false],
    [{}, false, false],
    [undefined, false, false],
  ];
  const wanted = { Dept: 'IT', Site: 'A' };
  for (const [context, equal, included] of cases) {
    const told = JSON.stringify(context);
    assert.equal(isCovered(grant('Decrypt', equals(wanted)), 'Decrypt', context), equal, told);
    assert.equal(isCovered(grant('Decrypt', subset(wanted)), 'Decrypt', context), included, told);
  }
});

test('a constraint on the context does not keep from DescribeKey and RetireGrant, a source ARN from RetireGrant only', () => {
  const operations = 'DescribeKey RetireGrant Decrypt';
  const byContext = grant(operations, equals({ a: 'b' }));
  const bySource = grant(operations, { sourceArn: 'arn:aws:s3:::bucket' });
  const covered = (terms: GrantTerms) => terms.operations.filter((operation) => isCovered(terms, operation));
  assert.deepEqual(covered(byContext), ['DescribeKey', 'RetireGrant']);
  assert.deepEqual(covered(bySource), ['RetireGrant']);
});

test('a grant hands on its own operations, under constraints that are as strict or stricter', () => {
  const source = { sourceArn: 'arn:aws:s3:::bucket' };
  const cases: [parent: GrantTerms['constraints'], child: GrantTerms['constraints'], may: boolean][] = [
    [undefined, undefined, true],
    [undefined, equals({ a: '1' }), true],
    [undefined, source, true],
    [subset({ a: '1' }), undefined, false],
    [subset({ a: '1' }), subset({ a: '1' }), true],
    [subset({ a: '1' }), subset({ a: '1', b: '2' }), true],
    [subset({ a: '1' }), subset({ b: '2' }), false],
    [subset({ a: '1' }), subset({ a: '2' }), false],
    [subset({ a: '1', b: '2' }), subset({ a: '1' }), false],
    [subset({ a: '1' }), equals({ a: '1', b: '2' }), true],
    [subset({ a: '1' }), equals({ b: '2' }), false],
    [equals({ a: '1' }), equals({ a: '1' }), true],
    [equals({ a: '1', b: '2' }), equals({ b: '2', a: '1' }), true],
    [equals({ a: '1' }), equals({ a: '1', b: '2' }), false],
    [equals({ a: '1' }), subset({ a: '1' }), false],
    [equals({ a: '1' }), undefined, false],
    [source, undefined, false],
    [source, source, true],
    [source, { sourceArn: 'arn:aws:s3:::other' }, false],
    [source, { ...source, ...equals({ a: '1' }) }, true],
  ];
  for (const [parent, child, may] of cases) {
    const told = JSON.stringify([parent, child]);
    assert.equal(mayHandOn(grant('CreateGrant Decrypt', parent), grant('Decrypt', child)), may, told);
  }
  const parent = grant('CreateGrant Decrypt');
  assert(mayHandOn(parent, grant('CreateGrant Decrypt')));
  assert(!mayHandOn(parent, grant('Decrypt Encrypt')));
  assert(!mayHandOn(parent, grant('RetireGrant')));
});

test('a grant covers CreateGrant for the grants that it may hand on', () => {
  const parent = grant('CreateGrant Decrypt', subset({ a: '1' }));
  const mayCreate = (terms: GrantTerms, child?: GrantTerms) =>
    covers(terms, { operation: 'CreateGrant', encryptionContext: undefined, child });
  assert(mayCreate(parent, grant('Decrypt', equals({ a: '1' }))));
  assert(!mayCreate(parent, grant('Decrypt')));
  assert(!mayCreate(parent, undefined));
  assert(!mayCreate(grant('Decrypt'), grant('Decrypt')));
  // Only a service could show the source that the parent wants.
  const source = { sourceArn: 'arn:aws:s3:::bucket' };
  assert(!mayCreate(grant('CreateGrant Decrypt', source), grant('Decrypt', source)));
});

test('who may retire a grant: its retiring principal, a grantee who was granted it, whoever the issuing account lets', () => {
  const terms = {
    ...grant('Decrypt'),
    grantId: 'g',
    grantee: { id: 'AROA1' },
    retirer: { id: 'AIDA1' },
    issuingAccountId: '111122223333',
  };
  const retiring = { ...terms, operations: ['Decrypt', 'RetireGrant'] };
  const user = { accountId: '444455556666', ids: [['AIDA1', 'direct'] as const, ['444455556666', 'account'] as const] };
  const session = { accountId: '444455556666', ids: [['AROA1:s', 'direct'] as const, ['AROA1', 'role'] as const] };
  const strengths = (of: Parameters<typeof waysToRetire>[0], who: Parameters<typeof waysToRetire>[1]) =>
    waysToRetire(of, who).map(({ strength }) => strength);
  assert.deepEqual(strengths(terms, user), ['direct']);
  assert.deepEqual(strengths(terms, session), []);
  assert.deepEqual(strengths(retiring, session), ['role']);
  assert.deepEqual(strengths(terms, { ...session, accountId: '111122223333' }), ['account']);
  const { retirer: _, ...without } = terms;
  assert.deepEqual(strengths(without, user), []);
  assert.deepEqual(strengths({ ...terms, retirer: { id: '444455556666' } }, user), ['account']);
});
