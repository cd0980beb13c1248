import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEARNED_ROUTE } from '../../test/made-audits.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { DEFAULT_JUDGE_PROMPT } from './judge.ts';
import { learnedRoute, type Learning } from './learned-route.ts';

const { policy } = LEARNED_ROUTE;
const learning: Learning = {
  promote: 'automatic',
  scorer: 'the judge kim',
  runLengths: { requests: 100, audits: 10 },
};
const kim: Tier = { name: 'kim', model: 'k', upstream: 'here', location: 'on-premises' };
const settings = (changes: Partial<Learning> = {}, of: Policy = policy) =>
  learnedRoute(of, { ...learning, ...changes })?.settings;

test('a route that promises no quality learns nothing', () => {
  for (const rule of [
    { kind: 'last', objective: { budgetUsdPerRequest: 0.01 } },
    { kind: 'heuristic', version: 'v1' },
  ] as const)
    assert.equal(learnedRoute({ ...policy, rule }, learning), undefined);
});

test('what certificates are for is told of the tiers with how they are asked', () => {
  const [small, large] = policy.tiers;
  assert.ok(small !== undefined && large !== undefined);
  const plain = settings();
  assert.deepEqual(plain?.tiers, [
    { name: 'small', model: 'small-model' },
    { name: 'large', model: 'large-model' },
  ]);
  const asking = { params: { temperature: 0 }, dropParams: [] };
  const cold = settings({}, { ...policy, tiers: [{ ...small, asking }, large] });
  assert.match(cold?.tiers[0]?.asked ?? '', /^[0-9a-f]{12}$/);
  assert.equal(cold?.tiers[1]?.asked, undefined);
});

test('the judge is known by its model, its parameters and its prompt; Weir’s own where none is given', () => {
  assert.equal(settings()?.judge, undefined);
  const judge = settings({ judge: kim })?.judge;
  assert.equal(judge?.model, 'k');
  assert.deepEqual(settings({ judge: kim, judgePrompt: DEFAULT_JUDGE_PROMPT })?.judge, judge);
  assert.notEqual(settings({ judge: kim, judgePrompt: 'Which?' })?.judge?.prompt, judge?.prompt);
  const asking = { params: { max_tokens: 4_000 }, dropParams: [] };
  assert.notEqual(settings({ judge: { ...kim, asking } })?.judge?.asked, judge?.asked);
});
