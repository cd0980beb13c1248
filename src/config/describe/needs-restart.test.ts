import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsRestart } from './needs-restart.ts';
import { BASE, parse, usable } from '../testing.ts';
import { formatProblem } from '../load/problem.ts';

const paths = (change: string): string[] =>
  needsRestart(usable(BASE), usable(`${BASE}${change}\n`)).map(({ path }) => path.join('.'));

test('what a running gateway holds on to cannot change', () => {
  assert.deepEqual(paths('listen: 127.0.0.1:9999'), ['listen']);
  assert.deepEqual(paths('store: sqlite:./other.db'), ['store']);
  assert.deepEqual(paths('recorder: { interval: 1s }'), ['recorder']);
  assert.deepEqual(paths('limits: { receiveTimeout: 1s, requestTimeout: 2m }'), [
    'limits.receiveTimeout',
    'limits.requestTimeout',
  ]);
});

test('everything else can, and the same again is no change', () => {
  assert.deepEqual(paths(''), []);
  assert.deepEqual(paths('listen: 127.0.0.1:8787'), []);
  const changes = `routes: { auto: { tiers: [small, large], objective: { thresholds: [0.5] } } }
limits: { bodyBytes: 2048 }
cors: { origins: ["https://app.example.com"] }
retention: { texts: true }
log: { level: warn }
learning: { auditRate: 0.1 }
drainTimeout: 1s`;
  assert.deepEqual(paths(changes), []);
});

test('a refusal stands at its place in the file and says what to do', () => {
  const loaded = parse(`${BASE}store: sqlite:./other.db\n`);
  assert.ok(loaded.ok);
  const [problem] = loaded.place(needsRestart(usable(BASE), loaded.config)).map(formatProblem);
  assert.match(
    problem ?? '',
    /^weir\.yaml:8:1 store: it cannot change while the gateway runs, because .*restart the gateway/,
  );
});
