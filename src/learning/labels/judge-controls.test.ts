import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../store/contract/store.ts';
import { auditRow, outcomeRow } from '../../store/testing.ts';
import { controlAnswer, judgeControls } from './judge-controls.ts';

function audited(verdicts: readonly (number | undefined)[]): Decision[] {
  return verdicts.map((controlVerdict, index) => {
    const id = `request-${index}`;
    const audit = auditRow(id, controlVerdict === undefined ? {} : { controlVerdict });
    return { outcome: outcomeRow(id), attempts: [], labels: [], audit };
  });
}

const some = (count: number, verdict: number): number[] => Array.from({ length: count }, () => verdict);

test('a tenth of the coins have a control, always the same one, and each control is used as often', () => {
  const coins = Array.from({ length: 3_000 }, (_, index) => index / 3_000);
  const found = coins.flatMap((coin) => controlAnswer(coin) ?? []);
  assert.equal(found.length, 300);
  const counts = Map.groupBy(found, (control) => control);
  assert.deepEqual(
    [...counts.values()].map(({ length }) => length),
    [100, 100, 100],
  );
});

test('a judge that was asked about no control has no figures', () => {
  assert.equal(judgeControls(audited([undefined, undefined])), undefined);
});

test('controls that the judge called good are counted; a verdict of one half is not good', () => {
  assert.deepEqual(judgeControls(audited([0, undefined, 0.5, 0.75])), { asked: 3, good: 1 });
});

test('a judge that calls everything good gets a warning after a few controls, and one that seldom errs does not', () => {
  assert.equal(judgeControls(audited(some(4, 1)))?.warning, undefined, 'too few');
  assert.match(
    judgeControls(audited(some(5, 1)))?.warning ?? '',
    /^The judge calls answers good .* references or agreement\.$/,
  );
  assert.equal(judgeControls(audited([...some(20, 0), 1]))?.warning, undefined);
  assert.equal(judgeControls(audited([...some(60, 0), ...some(10, 1)]))?.warning, undefined);
  assert.ok(judgeControls(audited([...some(40, 0), ...some(20, 1)]))?.warning);
});

test('only the newest controls count', () => {
  assert.deepEqual(judgeControls(audited([...some(200, 1), ...some(100, 0)])), { asked: 100, good: 0 });
});
