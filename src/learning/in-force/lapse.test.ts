import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../store/open.ts';
import { jobOf } from '../learner/learner-state.ts';
import { lapseOf, readLapse } from './lapse.ts';
import { startLoop, type LoopState } from '../loop/loop.ts';
import { beginEpoch } from '../loop/steps.ts';
import { testVersion } from '../table/testing.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const CHANGE = START + 86_400_000;
const iso = (atMs: number): string => new Date(atMs).toISOString();
const first = startLoop(START);
const changed = beginEpoch(first, 'The judge is another one.', CHANGE).state;
const learned = (epoch: number) => testVersion({ evidence: { epoch: iso(epoch) } });

test('a certificate of the present epoch holds, whenever the version was made', () => {
  assert.equal(lapseOf(learned(START), first), undefined);
  assert.equal(lapseOf(learned(CHANGE), changed), undefined);
});

test('a certificate from before a change has lapsed, although the change was noticed later', () => {
  const version = testVersion({ createdAt: iso(CHANGE + 1_000), evidence: { epoch: iso(START) } });
  assert.deepEqual(lapseOf(version, changed), { sinceMs: CHANGE, why: 'The judge is another one.' });
});

test('the certificate of a version made with weir tune lapses with the first change after it; the start of learning is not a change', () => {
  const made = (atMs: number) => testVersion({ createdAt: iso(atMs) });
  assert.equal(lapseOf(made(START - 1_000), first), undefined);
  assert.equal(lapseOf(made(CHANGE - 1_000), changed)?.sinceMs, CHANGE);
  assert.equal(lapseOf(made(CHANGE + 1_000), changed), undefined);
});

test('without a certificate nothing lapses, and without learning no change is noticed', () => {
  const { certificate: _, ...version } = learned(START);
  assert.equal(lapseOf(version, changed), undefined);
  assert.equal(lapseOf(learned(START), undefined), undefined);
});

async function storeWith(context: TestContext, state?: LoopState) {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  await store.takeJob(jobOf('auto'), 'me', 1_000);
  if (state !== undefined)
    await store.stepJob(jobOf('auto'), 'me', START, {
      state: JSON.stringify(state),
      events: [],
      versions: [],
    });
  return store;
}

test('the lapse is read from the state of the route’s learning in the store', async (context) => {
  const store = await storeWith(context, changed);
  assert.equal((await readLapse(store, learned(START)))?.sinceMs, CHANGE);
  assert.equal(await readLapse(store, { ...learned(START), route: 'other' }), undefined);
  assert.equal(await readLapse(await storeWith(context), learned(START)), undefined);
});
