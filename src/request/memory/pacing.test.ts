import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextPosition } from '../../routing/rules/pace.ts';
import { handMade } from '../../routing/testing.ts';
import { outcomeRow } from '../../store/testing.ts';
import type { OutcomeRow } from '../../store/contract/outcome-rows.ts';
import { answers, refuses } from '../../upstream/scripted/scripted-reply.ts';
import type { ServedRoute } from '../served-route.ts';
import { createPacing, pacedCost } from './pacing.ts';
import { createTestGateway } from '../../gateway/testing.ts';
import { tokens } from '../../upstream/scripted/testing.ts';

const BUDGET_USD = 0.00001;
const BUDGET = 10_000;
const NOW = 1_800_000_000_000;

const solved = handMade({
  tiers: { small: 1_000, large: 200_000 },
  signal: 'meanLogprob',
  transform: 'logit-exp',
  prices: [1_000_000, 10_000, 1],
  place: 0.5,
  objective: { budgetUsdPerRequest: BUDGET_USD },
});

function routeOf(hash: string, rule: ServedRoute['policy']['rule'] = solved.rule): ServedRoute {
  const policy = { route: 'auto', tiers: [], rule, onAbstain: 'serve' as const, data: {}, certified: false };
  return {
    policy,
    hash,
    tiers: [],
    headerWaitMs: 0,
    keepAliveMs: 0,
    confidenceModel: solved.model,
    confidenceModelId: 'm',
  };
}

function pacingOver(rows: OutcomeRow[] | Error) {
  const asked: object[] = [];
  const logged: string[] = [];
  const silent = (): void => {};
  const log = { debug: silent, info: silent, error: silent };
  const pacing = createPacing({
    outcomes: (filter) => {
      asked.push(filter);
      return rows instanceof Error ? Promise.reject(rows) : Promise.resolve(rows);
    },
    now: () => NOW,
    log: { ...log, warn: (_, message) => void logged.push(message) },
  });
  return { pacing, asked, logged };
}

const paced = (id: string, place: number | undefined, costNanoUsd: number, policyHash = 'h'): OutcomeRow =>
  outcomeRow(id, { policyHash, costNanoUsd, explanation: JSON.stringify({ request: { place } }) });

test('a route without a budget has no position of its own, and asks nobody', async () => {
  const { pacing, asked } = pacingOver([]);
  const value = { ...solved.rule, objective: { valueOfGoodAnswerUsd: 1 } };
  assert.equal(await pacing.position(routeOf('a', value)), undefined);
  assert.equal(await pacing.position(routeOf('b', { kind: 'heuristic', version: 'v1' })), undefined);
  pacing.spent(routeOf('a', value), 5);
  assert.deepEqual(asked, []);
});

test('it begins at the policy’s own position, and each request that cost something moves it', async () => {
  const { pacing } = pacingOver([]);
  const route = routeOf('h');
  assert.equal(await pacing.position(route), 0.5);
  pacing.spent(route, 4 * BUDGET);
  const after = nextPosition(solved.rule, BUDGET, 0.5, 4 * BUDGET);
  assert.ok(after > 0.5);
  assert.equal(await pacing.position(route), after);
  pacing.spent(route, 0);
  assert.ok(((await pacing.position(route)) ?? 9) < after);
});

test('a request that failed before anything was spent says nothing of the budget; one that is free does', () => {
  assert.equal(pacedCost(undefined, 0), undefined);
  assert.equal(pacedCost(undefined, 7), 7);
  assert.equal(pacedCost('small', 0), 0);
  assert.equal(pacedCost('small', undefined), undefined);
});

test('what is known to be spent moves the position where the cost of a broken call is not known', async () => {
  const broken = refuses(500, { message: 'broken' });
  const refused = refuses(429, { message: 'later' });
  for (const [small, large, spends] of [
    [broken, answers('Rome.'), true],
    [broken, refused, false],
    [refused, refused, false],
  ] as const) {
    const told: number[] = [];
    const pacing = { position: () => 0.5, spent: (_: unknown, cost: number) => void told.push(cost) };
    const gateway = await createTestGateway({ small, large, context: { pacing } });
    await gateway.chat({});
    await gateway.close();
    assert.deepEqual(told, spends ? [12_000] : []);
  }
});

test('every policy has a position of its own', async () => {
  const { pacing } = pacingOver([]);
  await pacing.position(routeOf('h'));
  pacing.spent(routeOf('h'), 4 * BUDGET);
  assert.equal(await pacing.position(routeOf('other')), 0.5);
});

test('it goes on from the record of the last day, once, with what this policy decided', async () => {
  const { pacing, asked } = pacingOver([
    paced('4', 1.3, 2 * BUDGET),
    paced('3', 0.1, 9 * BUDGET, 'another policy'),
    paced('2', undefined, 9 * BUDGET),
    paced('1', 1.2, 3 * BUDGET),
  ]);
  const route = routeOf('h');
  const [first, second] = await Promise.all([pacing.position(route), pacing.position(route)]);
  const after = [3 * BUDGET, 2 * BUDGET].reduce(
    (position, cost) => nextPosition(solved.rule, BUDGET, position, cost),
    1.2,
  );
  assert.deepEqual([first, second], [after, after]);
  assert.deepEqual(asked, [{ route: 'auto', sinceMs: NOW - 86_400_000, limit: 100 }]);
});

test('where the record cannot be read it begins at the policy’s own position, and says so', async () => {
  const { pacing, logged } = pacingOver(new Error('disk'));
  assert.equal(await pacing.position(routeOf('h')), 0.5);
  assert.match(logged[0] ?? '', /budget starts over/);
});

test('the gateway feeds it with what requests cost, and its position is the one a request is decided at', async () => {
  const gateway = await createTestGateway({
    small: answers({ tokens: tokens('Perhaps Oslo', 0.6) }),
    large: answers('Rome.'),
    policy: { rule: solved.rule },
    confidenceModel: solved.model,
  });
  try {
    const positionOf = async (): Promise<number> => {
      const response = await gateway.chat({});
      const decision = (await (
        await gateway.get(`/v1/decisions/${response.headers.get('x-weir-id')}`)
      ).json()) as {
        costUsd: string;
        explanation: { request: { place: number } };
      };
      costs.push(Math.round(Number(decision.costUsd) * 1e9));
      return decision.explanation.request.place;
    };
    const costs: number[] = [];
    let expected = 0.5;
    for (let request = 0; request < 5; request += 1) {
      assert.equal(await positionOf(), expected);
      expected = nextPosition(solved.rule, BUDGET, expected, costs[request] ?? 0);
    }
    assert.ok(new Set(costs).size >= 1 && costs.every((cost) => cost > 0));
  } finally {
    await gateway.close();
  }
});
