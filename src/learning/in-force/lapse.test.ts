import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../store/open.ts';
import { jobOf } from '../learner/learner-state.ts';
import { lapseOf, readLapse } from './lapse.ts';
import { startLoop, UNJUDGED_START, type LoopState } from '../loop/loop.ts';
import { beginEpoch, epochName } from '../loop/steps.ts';
import { withSpan } from '../loop/watch/unjudged.ts';
import { testVersion } from '../table/testing.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const CHANGE = START + 86_400_000;
const iso = (atMs: number): string => new Date(atMs).toISOString();
const first = startLoop(START);
const changed = beginEpoch(first, 'The judge is another one.', { nowMs: CHANGE, upTo: 900 }).state;
/** @param epoch number of the last audit before it. */
const learned = (epoch: number) => testVersion({ evidence: { epoch: epochName({ after: epoch }) } });

test('a certificate of the present epoch holds, whenever the version was made', () => {
  assert.equal(lapseOf(learned(0), first), undefined);
  assert.equal(lapseOf(learned(900), changed), undefined);
});

test('a certificate from before a change has lapsed, although the change was noticed later', () => {
  const version = testVersion({
    createdAt: iso(CHANGE + 1_000),
    evidence: { epoch: epochName(first.epoch) },
  });
  assert.deepEqual(lapseOf(version, changed), { sinceMs: CHANGE, why: 'The judge is another one.' });
});

test('the certificate of a version made with weir tune lapses with the first change after it; the start of learning is not a change', () => {
  const made = (atMs: number) => testVersion({ createdAt: iso(atMs) });
  assert.equal(lapseOf(made(START - 1_000), first), undefined);
  assert.equal(lapseOf(made(CHANGE - 1_000), changed)?.sinceMs, CHANGE);
  assert.equal(lapseOf(made(CHANGE + 1_000), changed), undefined);
});

test('without a certificate nothing lapses, and without learning no change is noticed', () => {
  const { certificate: _, ...version } = learned(0);
  assert.equal(lapseOf(version, changed), undefined);
  assert.equal(lapseOf(learned(0), undefined), undefined);
});

test('what an earlier Weir certified has lapsed: it left audits without a verdict out of its tests', () => {
  const version = testVersion({ createdAt: iso(START), evidence: { epoch: iso(START) } });
  const { sinceMs, why } = lapseOf(version, first) ?? {};
  assert.equal(sinceMs, START);
  assert.match(why ?? '', /^An earlier Weir certified it, /);
});

test('while due audits get no verdict every certificate has lapsed, for now', () => {
  const unjudged = withSpan(UNJUDGED_START, 'The judge is away', CHANGE);
  assert.deepEqual(lapseOf(learned(0), { ...first, unjudged }), {
    sinceMs: CHANGE,
    why: 'The judge is away',
    isForNow: true,
  });
  assert.equal(lapseOf(learned(0), { ...changed, unjudged })?.isForNow, undefined, 'it has lapsed for good');
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
  assert.equal((await readLapse(store, learned(0)))?.sinceMs, CHANGE);
  assert.equal(await readLapse(store, { ...learned(0), route: 'other' }), undefined);
  assert.equal(await readLapse(await storeWith(context), learned(0)), undefined);
});
