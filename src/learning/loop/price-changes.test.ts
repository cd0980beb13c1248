import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observeChange, startLoop } from './loop.ts';
import type { LoopState } from './state.ts';
import { createTestRoute, testAudits, testHistory, testTable } from './testing.ts';

// Of this seed no detector rings by chance.
const table = testTable({ rows: 2_000, seed: 10 });

test('a changed price leaves labels, certificates and alpha wealth as they are, and a better policy is looked for at once', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(1_000));
  while (route.state().candidate?.taken !== route.state().candidate?.looks.length)
    route.audit(testAudits(route.rows.length + 1).slice(-1));
  const before = route.state();
  route.change('price');
  const { epoch, auditing } = route.state();
  assert.deepEqual(epoch, { ...before.epoch, boldFitRows: 0 }, 'what was spent stays spent');
  assert.equal(auditing, 'raised');
  assert.ok(route.inForce()?.certificate !== undefined);
  const told = route.events.length;
  route.audit(testAudits(route.rows.length + 1).slice(-1));
  assert.equal(route.events[told]?.kind, 'candidate');
  assert.ok((route.state().candidate?.looks.length ?? 0) > 0, 'to be tested');
});

test('prices that change often raise the audits once, not for ever; a change after thirty quiet days does again', () => {
  const changed = (state: LoopState, day: number): LoopState => {
    const known = { ...testHistory(table, []), nowMs: day * 86_400_000 };
    return observeChange(state, { what: 'price', message: 'Dearer.' }, undefined, known).state;
  };
  const usual = (state: LoopState): LoopState => ({ ...state, auditing: 'usual' });
  let state = changed(usual(startLoop(0)), 10);
  assert.equal(state.auditing, 'raised');
  assert.equal(changed(state, 11).auditing, 'raised', 'what is raised stays so until a bold test');
  for (let day = 11; day < 100; day += 20) {
    state = changed(usual(state), day);
    assert.equal(state.auditing, 'usual', `day ${day}`);
  }
  assert.equal(changed(usual(state), 122).auditing, 'raised');
  assert.equal(changed(startLoop(0), 10).auditing, 'start');
});

test('a candidate is tested although prices have changed, and another one is fitted right after it', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(250));
  const waiting = route.state().candidate;
  assert.ok(waiting !== undefined && waiting.looks.length > waiting.taken);
  // However often: what waits is not put off by it.
  route.change('price');
  route.change('price');
  assert.deepEqual(route.state().candidate, { ...waiting, isOutpriced: true });
  const told = route.events.length;
  route.audit(testAudits(1_000).slice(250));
  const since = route.events.slice(told).map(({ kind }) => kind);
  const left = waiting.looks.slice(waiting.taken);
  const tested = since.filter((kind) => kind !== 'promoted').slice(0, left.length + 1);
  assert.deepEqual(tested, [...left.map(() => 'tested'), 'candidate']);
});

for (const change of ['price', 'promise'] as const)
  test(`of a route whose ${change} changes again and again all attempts together have the chance of one epoch`, () => {
    const route = createTestRoute(table);
    const shares: number[] = [];
    let seen = 0;
    for (const row of testAudits(2_000)) {
      route.audit([row]);
      for (const { kind, details } of route.events.slice(seen)) {
        if (kind !== 'tested') continue;
        if (typeof details['share'] === 'number' && details['complete'] === false)
          shares.push(details['share']);
        if (change === 'price') route.change(change);
        else route.promise();
      }
      seen = route.events.length;
    }
    assert.ok(shares.length > 1, `${shares.length} attempts used a chance up`);
    assert.ok(shares.reduce((sum, share) => sum + share, 0) <= 0.1, shares.join());
  });

test('a version that is certified after a price change replaces the one in force only if it costs less', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(1_000));
  route.change('price');
  assert.equal(route.state().epoch.certified, true);
});

test('the version in force is certified again if its promise comes back, and no dearer one replaces it', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(1_000));
  const serving = route.inForce();
  assert.ok(serving !== undefined);
  route.promise('another');
  assert.equal(route.state().epoch.certified, false);
  route.promise();
  assert.equal(route.state().epoch.certified, true);
  assert.match(route.events.at(-1)?.message ?? '', /The version in force is certified for it/);
  // After another change it is not; that one is what began the epoch, whatever is promised since.
  route.change('model');
  route.promise('another');
  route.promise();
  assert.equal(route.state().epoch.certified, false);
  assert.equal(route.state().epoch.why, 'The model has changed.');
});

test('at prices at which no certified policy is cheaper, the last tier alone answers everything', () => {
  const dear = testTable({ rows: 2_000, seed: 10 });
  const route = createTestRoute(dear);
  route.audit(testAudits(1_000));
  assert.ok(route.inForce() !== undefined);
  const [small] = dear.answers;
  small?.cost.forEach((cost, row) => small.cost.fill(50 * cost, row, row + 1));
  route.change('price');
  assert.equal(route.inForce(), undefined);
  assert.equal(route.state().inForce, undefined);
  assert.match(route.events.at(-1)?.message ?? '', /no certified policy costs less than the last tier alone/);
});
