import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createExtraCosts } from './extra-costs.ts';

const HOUR_MS = 3_600_000;

function costsAt(limit: number) {
  const clock = { now: 1_234_567 };
  return { clock, costs: createExtraCosts(new Map([['auto', limit]]), () => clock.now) };
}

/** Pays at once, if it may. @returns how long to wait where it may not. */
function pay(costs: ReturnType<typeof createExtraCosts>, nanoUsd: number): number | undefined {
  const reserved = costs.reserve('auto', nanoUsd);
  if ('retryAfterMs' in reserved) return reserved.retryAfterMs;
  reserved.settle(nanoUsd);
  return undefined;
}

test('a route without a limit pays whatever it costs', () => {
  const { costs } = costsAt(0);
  const reserved = costs.reserve('other', 1e15);
  assert.ok('settle' in reserved);
});

test('a limit of nothing is never paid, and no wait helps', () => {
  const { costs } = costsAt(0);
  assert.equal(pay(costs, 1), Infinity);
});

test('the hour slides: what was paid an hour ago can be paid again, at the moment that was told', () => {
  const { clock, costs } = costsAt(100);
  assert.equal(pay(costs, 60), undefined);
  clock.now += 600_000;
  assert.equal(pay(costs, 60), undefined);
  const wait = pay(costs, 60) ?? 0;
  assert.ok(wait > HOUR_MS - 600_000 && wait <= HOUR_MS - 599_000, `${wait}`);
  clock.now += wait - 1;
  assert.notEqual(pay(costs, 60), undefined);
  clock.now += 1;
  assert.equal(pay(costs, 60), undefined);
});

test('what is under way counts until it is known, and then with what it cost', () => {
  const { costs } = costsAt(100);
  const first = costs.reserve('auto', 100);
  assert.equal(pay(costs, 1), 1_000);
  assert.ok('settle' in first);
  first.settle(10);
  first.settle(10);
  assert.equal(pay(costs, 1), undefined);
});

test('within no hour more is paid than the limit and one request, and waiting as told is never in vain', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 900_000 }),
    cost: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, costs } = costsAt(100);
      const paid: { at: number; cost: number }[] = [];
      for (const { wait, cost } of steps) {
        clock.now += wait;
        const told = pay(costs, cost);
        if (told !== undefined) {
          clock.now += told;
          assert.equal(pay(costs, cost), undefined);
        }
        paid.push({ at: clock.now, cost });
        const lastHour = paid.filter(({ at }) => at > clock.now - HOUR_MS);
        const sum = lastHour.reduce((total, each) => total + each.cost, 0);
        assert.ok(sum < 100 + 60, `${sum}`);
      }
    }),
  );
});
