import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuditBudget } from './budget.ts';

const DAY = 86_400_000;
const NOON = 20_000 * DAY + DAY / 2;

/** A budget with a clock that is set, over a store that says what it is told, and the questions it was asked. */
function budgetAt(nowMs: number, stored: Record<string, number> = {}) {
  const asked: { route: string; sinceMs: number }[] = [];
  const clock = { nowMs };
  const written = new Map(Object.entries(stored));
  const budget = createAuditBudget({
    now: () => clock.nowMs,
    auditCosts: (filter) => {
      asked.push(filter);
      return Promise.resolve(new Map(written));
    },
  });
  return { budget, asked, clock, written };
}

test('after a restart the day goes on with what the store says was spent', async () => {
  const { budget, asked } = budgetAt(NOON, { default: 700 });
  assert.equal(await budget.spent('auto', 'default'), 700);
  assert.equal(await budget.spent('auto', 'other'), 0);
  assert.deepEqual(asked, [{ route: 'auto', sinceMs: 20_000 * DAY }], 'since midnight, and asked once');
});

test('what was spent here counts before it is written, and once it is written not twice', async () => {
  const { budget, clock, written } = budgetAt(NOON, { default: 100 });
  await budget.spent('auto', 'default');
  budget.add('auto', 'default', 50);
  assert.equal(await budget.spent('auto', 'default'), 150);
  written.set('default', 150);
  clock.nowMs += 60_000;
  assert.equal(await budget.spent('auto', 'default'), 150);
});

test('what another gateway on the same store spends is noticed within a minute', async () => {
  const { budget, clock, written } = budgetAt(NOON);
  assert.equal(await budget.spent('auto', 'default'), 0);
  written.set('default', 900);
  clock.nowMs += 59_999;
  assert.equal(await budget.spent('auto', 'default'), 0);
  clock.nowMs += 1;
  assert.equal(await budget.spent('auto', 'default'), 900);
});

test('at midnight (UTC) a new day begins, and is read anew', async () => {
  const { budget, asked, clock, written } = budgetAt(21_000 * DAY - 1, { default: 5 });
  budget.add('auto', 'default', 3);
  assert.equal(await budget.spent('auto', 'default'), 5);
  clock.nowMs += 1;
  written.clear();
  assert.equal(await budget.spent('auto', 'default'), 0);
  assert.equal(asked.at(-1)?.sinceMs, 21_000 * DAY);
});

test('routes and tenants have budgets of their own', async () => {
  const { budget } = budgetAt(NOON);
  budget.add('auto', 'one', 10);
  assert.equal(await budget.spent('auto', 'one'), 10);
  assert.equal(await budget.spent('auto', 'two'), 0);
  assert.equal(await budget.spent('other', 'one'), 0);
});

test('a store that fails is asked again, and nothing is taken for spent or unspent', async () => {
  let fails = true;
  const budget = createAuditBudget({
    now: () => NOON,
    auditCosts: () =>
      fails ? Promise.reject(new Error('locked')) : Promise.resolve(new Map([['default', 4]])),
  });
  await assert.rejects(budget.spent('auto', 'default'), /locked/);
  fails = false;
  assert.equal(await budget.spent('auto', 'default'), 4);
});
