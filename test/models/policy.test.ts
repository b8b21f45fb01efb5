/**
 * The compiled evaluator against the naive one. By default as many pairs as npm test has time for; KEYWRIGHT_POLICY_PAIRS
 * sets another number.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePolicy } from '#authorization/policy/compile.ts';
import { decideOnKey } from '#authorization/policy/decide.ts';
import type { PolicyKind } from '#authorization/policy/document.ts';
import { evaluate } from '#authorization/policy/evaluate.ts';
import { parsePolicyDocument } from '#authorization/policy/parse.ts';
import type { PolicyRequest } from '#authorization/policy/request.ts';
import type { Verdict } from '#authorization/policy/verdict.ts';
import { naiveDecide } from './naive-decide.ts';
import { type Found, type Kind, type NaivePolicy, naiveEvaluate } from './naive-policy.ts';
import { type Scenario, scenario } from './policy-arbitraries.ts';
import { home } from './twins.ts';

const pairs = Number(process.env['KEYWRIGHT_POLICY_PAIRS'] ?? 20_000);
const knownActions = new Set(['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey']);

function compiled(policy: NaivePolicy, kind: PolicyKind) {
  return compilePolicy(parsePolicyDocument(JSON.stringify(policy), kind), { knownActions });
}

function requestOf({ caller, wish }: Scenario): PolicyRequest {
  const context = new Map<string, string[]>();
  for (const [name, values] of wish.request.context) {
    const key = name.toLowerCase();
    context.set(key, [...(context.get(key) ?? []), ...values]);
  }
  return { caller, action: wish.request.action, resource: wish.request.resource, context };
}

function found(policy: NaivePolicy, kind: Kind, request: PolicyRequest): Found {
  const { allows, denies } = evaluate(compiled(policy, kind), request);
  const of = (effect: 'Allow' | 'Deny', matches: typeof allows) =>
    matches.map(({ statement, strength }) => ({ effect, index: statement.index, strength }));
  return [...of('Allow', allows), ...of('Deny', denies)].sort((one, other) => one.index - other.index);
}

function decide({ wish }: Scenario, request: PolicyRequest): string {
  const named = (policy: NaivePolicy) => ({ name: 'some', policy: compiled(policy, 'identity') });
  const { grant } = wish;
  const verdict = decideOnKey({
    ...request,
    own: {
      identity: wish.identity.map(named),
      ...(wish.boundary && { boundary: named(wish.boundary) }),
      ...(wish.session && { session: [named(wish.session)] }),
    },
    keyAccountId: home,
    keyPolicy: compiled(wish.keyPolicy, 'key'),
    isCrossAccountCapable: wish.crossAccountCapable,
    grants: () => (grant === undefined ? [] : [{ grantId: 'g', strength: grant }]),
  });
  return inWords(verdict);
}

function inWords(verdict: Verdict): string {
  if (verdict.isAllowed) return verdict.by;
  return `${verdict.isExplicit ? 'explicit deny' : 'refused'}: ${verdict.because}`;
}

test('the compiled evaluator and the naive one find the same statements and come to the same verdict', () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(scenario, (one) => {
      const request = requestOf(one);
      const { keyPolicy, identity } = one.wish;
      assert.deepEqual(found(keyPolicy, 'key', request), naiveEvaluate(keyPolicy, 'key', one.wish.request));
      for (const policy of identity) {
        assert.deepEqual(found(policy, 'identity', request), naiveEvaluate(policy, 'identity', one.wish.request));
      }
      const verdict = decide(one, request);
      assert.equal(verdict, naiveDecide(one.wish));
      outcomes.set(verdict, (outcomes.get(verdict) ?? 0) + 1);
    }),
    { numRuns: pairs },
  );
  // Equal answers say something only if every answer is given, and often.
  assert.equal(outcomes.size, 13, JSON.stringify([...outcomes]));
  for (const [verdict, times] of outcomes) assert(times * 1000 > pairs, `${verdict} came up ${times} times only`);
});
