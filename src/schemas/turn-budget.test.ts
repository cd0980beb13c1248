import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurnBudget } from './turn-budget.ts';

const nextTurn = () => new Promise((turn) => setImmediate(turn));

test('what is spent in one turn of the event loop is free in the next', async () => {
  const turn = createTurnBudget(1_600);
  turn.spend(1_599);
  assert.ok(!turn.isSpent);
  turn.spend(1);
  assert.ok(turn.isSpent);
  await Promise.resolve();
  assert.ok(turn.isSpent, 'a promise is no turn');
  await nextTurn();
  assert.ok(!turn.isSpent);
});

test('a little work is added up over several turns', async () => {
  const turn = createTurnBudget(1_600);
  turn.spend(99);
  await nextTurn();
  turn.spend(1_501);
  assert.ok(turn.isSpent);
});
