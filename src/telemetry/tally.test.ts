import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Registry } from 'prom-client';
import { createTally } from './tally.ts';

function counted() {
  const registers = [new Registry()];
  const labelNames = ['tier', 'kind'] as const;
  const counter = new Counter({ name: 'tokens', help: 'Tokens.', labelNames, registers });
  const tally = createTally(counter, labelNames);
  const shown = async (): Promise<string[]> =>
    (await counter.get()).values.map(({ labels, value }) => `${labels.tier}/${labels.kind} ${value}`);
  return { tally, shown };
}

test('a counter is told the sums of each set of labels', async () => {
  const { tally, shown } = counted();
  tally.add(['small', 'input'], 3);
  tally.add(['small', 'output'], 5);
  tally.add(['small', 'input'], 4);
  tally.add(['large', 'input'], 1);
  assert.deepEqual(await shown(), []);
  tally.settle();
  assert.deepEqual(await shown(), ['small/input 7', 'small/output 5', 'large/input 1']);
});

test('nothing is told twice', async () => {
  const { tally, shown } = counted();
  tally.add(['small', 'input'], 3);
  tally.settle();
  tally.settle();
  tally.add(['small', 'input'], 2);
  tally.settle();
  assert.deepEqual(await shown(), ['small/input 5']);
});

test('a set of labels with which nothing but 0 was counted is shown as 0', async () => {
  const { tally, shown } = counted();
  tally.add(['small', 'input'], 0);
  tally.settle();
  assert.deepEqual(await shown(), ['small/input 0']);
});

test('amounts that are no whole numbers add up', async () => {
  const { tally, shown } = counted();
  tally.add(['small', 'input'], 0.25);
  tally.add(['small', 'input'], 0.5);
  tally.settle();
  assert.deepEqual(await shown(), ['small/input 0.75']);
});
