import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createAuditBudget } from './budget.ts';

const DAY = 86_400_000;
const NOON = 20_000 * DAY + DAY / 2;

/** A budget with a clock that is set, over a store that says what it is told, and the questions it was asked. */
function budgetAt(nowMs: number, stored: Record<string, number> = {}) {
  const asked: { route: string; sinceMs: number }[] = [];
  const clock = { nowMs };
  const written = new Map(Object.entries(stored));
  const own = new Map<string, number>();
  const budget = createAuditBudget({
    now: () => clock.nowMs,
    store: {
      auditCosts: (filter) => {
        asked.push(filter);
        return Promise.resolve(new Map(written));
      },
      auditCostsOf: (ids) => Promise.resolve(new Map([...own].filter(([id]) => ids.includes(id)))),
    },
  });
  /** As figures are once the reading that a look begins has ended. */
  const spent = async (route: string, tenant: string): Promise<number> => {
    await budget.spent(route, tenant);
    await nextTurn();
    return budget.spent(route, tenant);
  };
  let made = 0;
  /** An audit of this process. @returns its id. */
  const add = (nanoUsd: number, { route = 'auto', tenant = 'default' } = {}): string => {
    const id = `own-${made++}`;
    budget.add({ id, route, tenant, nanoUsd });
    return id;
  };
  /** The store has it from now on, at what it cost as far as that is known there. */
  const write = (id: string, nanoUsd: number, tenant = 'default'): void => {
    own.set(id, nanoUsd);
    written.set(tenant, (written.get(tenant) ?? 0) + nanoUsd);
  };
  return { budget: { ...budget, spent }, asked, clock, written, add, write };
}

test('after a restart the day goes on with what the store says was spent', async () => {
  const { budget, asked } = budgetAt(NOON, { default: 700 });
  assert.equal(await budget.spent('auto', 'default'), 700);
  assert.equal(await budget.spent('auto', 'other'), 0);
  assert.deepEqual(asked, [{ route: 'auto', sinceMs: 20_000 * DAY }], 'since midnight, and asked once');
});

test('what was spent here counts before it is written, and once it is written not twice', async () => {
  const { budget, clock, add, write } = budgetAt(NOON, { default: 100 });
  await budget.spent('auto', 'default');
  const id = add(50);
  assert.equal(await budget.spent('auto', 'default'), 150);
  write(id, 50);
  for (let minute = 0; minute < 3; minute += 1) {
    clock.nowMs += 60_000;
    assert.equal(await budget.spent('auto', 'default'), 150);
  }
});

test('what waits here counts beside what another gateway has written meanwhile', async () => {
  const { budget, clock, written, add, write } = budgetAt(NOON, { default: 100 });
  await budget.spent('auto', 'default');
  const [one, other] = [add(50), add(7)];
  written.set('default', 1_000);
  clock.nowMs += 60_000;
  assert.equal(await budget.spent('auto', 'default'), 1_057);
  write(one, 50);
  clock.nowMs += 60_000;
  assert.equal(await budget.spent('auto', 'default'), 1_057);
  write(other, 7);
  clock.nowMs += 60_000;
  assert.equal(await budget.spent('auto', 'default'), 1_057);
});

test('an audit whose row was dropped was spent all the same, until midnight', async () => {
  const { budget, clock, written, add } = budgetAt(NOON);
  add(50);
  for (let minute = 0; minute < 5; minute += 1) {
    clock.nowMs += 60_000;
    written.set('default', minute);
    assert.equal(await budget.spent('auto', 'default'), 50 + minute);
  }
  clock.nowMs += DAY / 2;
  written.clear();
  assert.equal(await budget.spent('auto', 'default'), 0);
});

test('what the store does not know of the cost of an audit of this process counts on', async () => {
  const { budget, clock, add, write } = budgetAt(NOON);
  write(add(50), 20);
  for (let minute = 0; minute < 3; minute += 1) {
    assert.equal(await budget.spent('auto', 'default'), 50);
    clock.nowMs += 60_000;
  }
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
  const { budget, asked, clock, written, add } = budgetAt(21_000 * DAY - 1, { default: 5 });
  add(3);
  assert.equal(await budget.spent('auto', 'default'), 8);
  clock.nowMs += 1;
  written.clear();
  assert.equal(await budget.spent('auto', 'default'), 0);
  assert.equal(asked.at(-1)?.sinceMs, 21_000 * DAY);
});

test('routes and tenants have budgets of their own', async () => {
  const { budget, add } = budgetAt(NOON);
  add(10, { tenant: 'one' });
  assert.equal(await budget.spent('auto', 'one'), 10);
  assert.equal(await budget.spent('auto', 'two'), 0);
  assert.equal(await budget.spent('other', 'one'), 0);
});

test('a store that fails is asked again, and nothing is taken for spent or unspent', async () => {
  let fails = true;
  const budget = createAuditBudget({
    now: () => NOON,
    store: {
      auditCosts: () =>
        fails ? Promise.reject(new Error('locked')) : Promise.resolve(new Map([['default', 4]])),
      auditCostsOf: () => Promise.resolve(new Map()),
    },
  });
  await assert.rejects(Promise.resolve(budget.spent('auto', 'default')), /locked/);
  fails = false;
  assert.equal(await budget.spent('auto', 'default'), 4);
});

test('nobody waits for a store that hangs once its figures are known, and none is taken for a later one', async () => {
  let answer: (costs: Map<string, number>) => void = () => undefined;
  const clock = { nowMs: NOON };
  let reads = 0;
  const budget = createAuditBudget({
    now: () => clock.nowMs,
    store: {
      auditCosts: () => {
        reads += 1;
        return reads === 1
          ? Promise.resolve(new Map([['default', 4]]))
          : new Promise((resolve) => (answer = resolve));
      },
      auditCostsOf: () => Promise.resolve(new Map()),
    },
  });
  assert.equal(await budget.spent('auto', 'default'), 4);
  clock.nowMs += 60_000;
  assert.equal(budget.spent('auto', 'default'), 4, 'at once, while it is read anew');
  await nextTurn();
  assert.equal(budget.spent('auto', 'default'), 4);
  answer(new Map([['default', 9]]));
  await nextTurn();
  assert.equal(budget.spent('auto', 'default'), 9);
  assert.equal(reads, 2, 'one reading at a time');
});

test('figures that could not be read anew are none, until the store works again', async () => {
  const clock = { nowMs: NOON };
  let fails = false;
  const budget = createAuditBudget({
    now: () => clock.nowMs,
    store: {
      auditCosts: () =>
        fails ? Promise.reject(new Error('locked')) : Promise.resolve(new Map([['default', 4]])),
      auditCostsOf: () => Promise.resolve(new Map()),
    },
  });
  assert.equal(await budget.spent('auto', 'default'), 4);
  fails = true;
  clock.nowMs += 60_000;
  assert.equal(budget.spent('auto', 'default'), 4);
  await nextTurn();
  await assert.rejects(Promise.resolve(budget.spent('auto', 'default')), /cannot be read/);
  fails = false;
  clock.nowMs += 1_000;
  await assert.rejects(Promise.resolve(budget.spent('auto', 'default')), /cannot be read/);
  await nextTurn();
  assert.equal(budget.spent('auto', 'default'), 4);
});

test('audits that wait count as what the others cost, so that many of them do not overrun the day', async () => {
  const { budget, add } = budgetAt(NOON);
  add(100);
  assert.equal(await budget.spent('auto', 'default'), 100);
  const releases = [budget.hold('auto', 'default'), budget.hold('auto', 'default')];
  assert.equal(await budget.spent('auto', 'default'), 300);
  assert.equal(await budget.spent('auto', 'other'), 0);
  for (const release of releases) release();
  assert.equal(await budget.spent('auto', 'default'), 100);
});
