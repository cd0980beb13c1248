import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEARNED_ROUTE } from '../../../test/made-audits.ts';
import type { Policy, Tier } from '../../routing/policy.ts';
import { DEFAULT_JUDGE_PROMPT } from '../labels/judge.ts';
import { learnedRoute, type LearningSettings } from './learned-route.ts';

const { policy } = LEARNED_ROUTE;
const learning: LearningSettings = {
  promote: 'automatic',
  scorer: 'the judge kim',
  runLengths: { requests: 100, audits: 10 },
  addresses: { here: 'http://127.0.0.1:8000/v1' },
};
const kim: Tier = { name: 'kim', model: 'k', upstream: 'here', location: 'on-premises' };
const settings = (changes: Partial<LearningSettings> = {}, of: Policy = policy) =>
  learnedRoute(of, { ...learning, ...changes })?.settings;

test('a route that promises no quality learns nothing', () => {
  for (const rule of [
    { kind: 'last', objective: { budgetUsdPerRequest: 0.01 } },
    { kind: 'heuristic', version: 'v1' },
  ] as const)
    assert.equal(learnedRoute({ ...policy, rule }, learning), undefined);
});

test('the settings have the tiers with a hash of their request parameters', () => {
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

test('the settings have a hash of each tier’s address, whatever the name of its server', () => {
  const at = (baseUrl: string) =>
    settings({ addresses: { local: baseUrl, other: 'http://other/v1' } })?.servers;
  const servers = at('http://10.0.0.1:8000/v1');
  assert.deepEqual(Object.keys(servers ?? {}), ['small', 'large']);
  assert.match(servers?.['small'] ?? '', /^[0-9a-f]{12}$/);
  assert.deepEqual(at('http://10.0.0.1:8000/v1'), servers);
  assert.notEqual(at('http://10.0.0.2:8000/v1')?.['small'], servers?.['small']);
  const renamed = { ...policy, tiers: policy.tiers.map((tier) => ({ ...tier, upstream: 'there' })) };
  assert.deepEqual(settings({ addresses: { there: 'http://10.0.0.1:8000/v1' } }, renamed)?.servers, servers);
});

test('the judge is identified by its model, parameters, address and prompt; Weir’s own prompt by default', () => {
  assert.equal(settings()?.judge, undefined);
  const judge = settings({ judge: kim })?.judge;
  assert.equal(judge?.model, 'k');
  assert.deepEqual(settings({ judge: kim, judgePrompt: DEFAULT_JUDGE_PROMPT })?.judge, judge);
  assert.notEqual(settings({ judge: kim, judgePrompt: 'Which?' })?.judge?.prompt, judge?.prompt);
  const asking = { params: { max_tokens: 4_000 }, dropParams: [] };
  assert.notEqual(settings({ judge: { ...kim, asking } })?.judge?.asked, judge?.asked);
  const [here, there] = ['http://a/v1', 'http://b/v1'].map(
    (address) => settings({ judge: kim, addresses: { here: address } })?.judge?.server,
  );
  assert.ok(here !== undefined && here !== there);
});
