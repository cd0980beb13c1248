import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFailureAllowance } from '../request/memory/failure-allowance.ts';
import { plainUsd } from '../format/money.ts';
import { baselineOf, knownCost, leastCost, totalCost } from '../request/costs/cost.ts';
import { billOf } from '../routing/billing.ts';
import { createToolLoops } from '../request/memory/tool-loops.ts';

const HOUR_MS = 3_600_000;

test('an allowance slides: what was taken an hour ago can be taken again', () => {
  let now = 0;
  const allowance = createFailureAllowance(new Map([['local', 2]]), () => now);
  assert.deepEqual(allowance.take('local'), { ok: true });
  now = 600_000;
  assert.deepEqual(allowance.take('local'), { ok: true });
  assert.deepEqual(allowance.take('local'), { ok: false, retryAfterMs: HOUR_MS - 600_000 });
  now = HOUR_MS;
  assert.deepEqual(allowance.take('local'), { ok: true });
  assert.deepEqual(allowance.take('local'), { ok: false, retryAfterMs: 600_000 });
});

test('an allowance of nothing allows nothing, and upstreams do not share theirs', () => {
  const allowance = createFailureAllowance(
    new Map([
      ['none', 0],
      ['one', 1],
      ['other', 1],
    ]),
    () => 5,
  );
  assert.equal(allowance.take('none').ok, false);
  assert.equal(allowance.take('unlimited').ok, true);
  assert.equal(allowance.take('one').ok, true);
  assert.equal(allowance.take('other').ok, true);
});

const turn = (...ids: string[]) => [
  { role: 'user' },
  { role: 'assistant', tool_calls: ids.map((id) => ({ id })) },
];

test('a conversation is found by the calls it holds, within its tenant and route', () => {
  const loops = createToolLoops();
  loops.remember('a', 'auto', ['call_1'], 'large');
  assert.deepEqual(loops.tiersOf('a', 'auto', turn('call_1', 'call_2')), ['large']);
  assert.deepEqual(loops.tiersOf('b', 'auto', turn('call_1')), []);
  assert.deepEqual(loops.tiersOf('a', 'other', turn('call_1')), []);
  assert.deepEqual(loops.tiersOf('a', 'auto', [{ role: 'user', tool_calls: [{ id: 'call_1' }] }]), []);
  assert.deepEqual(loops.tiersOf('a', 'auto', [{ role: 'assistant', tool_calls: [null, 7, {}] }]), []);
});

test('the calls that were issued longest ago are forgotten first', () => {
  const loops = createToolLoops(2);
  loops.remember('a', 'auto', ['1'], 'small');
  loops.remember('a', 'auto', ['2'], 'small');
  loops.remember('a', 'auto', ['1'], 'large');
  loops.remember('a', 'auto', ['3'], 'small');
  assert.deepEqual(loops.tiersOf('a', 'auto', turn('1')), ['large']);
  assert.deepEqual(loops.tiersOf('a', 'auto', turn('2')), []);
});

const tier = { name: 't', model: 'm', upstream: 'u', location: 'cloud' as const };
const usage = { inputTokens: 10, outputTokens: 3, estimated: false };

test('money is counted in whole nano-dollars and shown without exponents', () => {
  assert.equal(billOf({ input: 13.5, output: 100 }, usage), 435);
  assert.equal(billOf(undefined, usage), undefined);
  assert.deepEqual([1, 1_300, 1e9, 0, 1_230_000_000].map(plainUsd), [
    '0.000000001',
    '0.0000013',
    '1',
    '0',
    '1.23',
  ]);
});

test('a sum with an unknown part is unknown, and has a known part at the least', () => {
  const [five, seven, free] = [{ costNanoUsd: 5 }, { costNanoUsd: 7 }, { costNanoUsd: 0 }];
  const sums = [[five, seven], [five, free], [five, {}], [free, {}], [{}], []];
  assert.deepEqual(sums.map(totalCost), [12, 5, undefined, undefined, undefined, 0]);
  assert.deepEqual(sums.map(leastCost), [12, 5, 5, undefined, undefined, 0]);
  assert.deepEqual(sums.map(knownCost), [12, 5, 5, 0, 0, 0]);
});

test('the baseline is measured where the last tier answered, else estimated from the served answer', () => {
  const policy = {
    route: 'r',
    tiers: [tier, { ...tier, price: { input: 100, output: 1_000 } }],
    rule: { kind: 'heuristic' as const, version: 'v1' as const },
    onAbstain: 'serve' as const,
    data: {},
    certified: false,
  };
  assert.deepEqual(baselineOf(policy, [{ tier: 0, costNanoUsd: 1 }], { usage }), {
    nanoUsd: 4_000,
    measured: false,
  });
  assert.deepEqual(baselineOf(policy, [{ tier: 0 }, { tier: 1, costNanoUsd: 77 }], { usage }), {
    nanoUsd: 77,
    measured: true,
  });
  const failure = { code: 'upstream_unavailable', message: 'it cannot be reached', status: 503 };
  assert.deepEqual(
    baselineOf(policy, [{ tier: 0 }, { tier: 1, costNanoUsd: 0, failure }], { usage }),
    { nanoUsd: 4_000, measured: false },
    'a call that could not be made measures nothing',
  );
  assert.equal(baselineOf({ ...policy, tiers: [tier] }, [], { usage }), undefined);
});
