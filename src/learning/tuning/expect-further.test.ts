import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcceptedCounts } from '../../calibration/tests/certify.ts';
import { certifyRisk } from './certify-risk.ts';
import { expectFurtherRows, expectFurtherRowsForRisk, furtherLabelsOf } from './expect-further.ts';
import type { PolicyResult } from '../table/measure-rows.ts';

const PROMISE = { maxLoss: 0.05, level: 0.1 };
const point = (lost: number, relativeCost: number, rows = 200): PolicyResult => ({
  losses: Float64Array.from({ length: rows }, (_, row) => (row < lost ? 1 : 0)),
  relativeCost,
});

test('more labels are expected to be needed the nearer the loss is to the promise', () => {
  const needed = [6, 7, 8].map((lost) => expectFurtherRows([point(lost, 0.5)], PROMISE, 'exact') ?? NaN);
  assert.deepEqual(
    needed,
    needed.toSorted((a, b) => a - b),
  );
  assert.ok((needed[0] ?? 0) > 0, String(needed));
});

test('the walk has to pass all points before the one that saves', () => {
  const alone = expectFurtherRows([point(6, 0.5)], PROMISE, 'exact');
  const behind = expectFurtherRows([point(8, 1), point(0, 0.5)], PROMISE, 'exact');
  assert.ok(alone !== undefined && behind !== undefined && behind > alone);
  assert.equal(behind, expectFurtherRows([point(8, 0.5)], PROMISE, 'exact'));
  // What passes already but stands behind one that fails needs what that one needs: never nothing.
  assert.ok((expectFurtherRows([point(9, 1), point(0, 0.1)], PROMISE, 'exact') ?? 0) > 0);
});

test('the number is unknown if a point loses more than is allowed, or none saves', () => {
  assert.equal(expectFurtherRows([point(20, 1), point(0, 0.5)], PROMISE, 'exact'), undefined);
  assert.equal(expectFurtherRows([point(0, 1), point(1, 1.2)], PROMISE, 'exact'), undefined);
  assert.equal(expectFurtherRows([], PROMISE, 'exact'), undefined);
});

test('graded losses are estimated too', () => {
  const graded = {
    losses: Float64Array.from({ length: 60 }, (_, row) => (row % 2) * 0.04),
    relativeCost: 0.5,
  };
  const further = expectFurtherRows([graded], PROMISE, 'betting');
  assert.ok(further !== undefined && further > 0, String(further));
});

const RISK = { maxRisk: 0.05, level: 0.1 };

/** Points that accept these shares of `rows`, of which these shares are wrong. */
function accepting(
  shares: readonly number[],
  risks: readonly number[],
  rows: number,
): { rows: number; counts: (at: number) => AcceptedCounts; relativeCost: (at: number) => number } {
  const counts = shares.map((share, at) => {
    const accepted = Math.round(share * rows);
    return { accepted, wrong: Math.floor(accepted * (risks[at] ?? 0)) };
  });
  return { rows, counts: (at) => counts[at] ?? { accepted: 0, wrong: 0 }, relativeCost: () => 0.5 };
}

test('without scores of the last tier, enough rows are needed that the walk’s start accepts enough answers', () => {
  // The first accepts few, rightly; the walk starts at the second, which is too often wrong.
  const shares = [0.02, 0.1, 0.4];
  const risks = [0.02, 0.07, 0.2];
  const now = accepting(shares, risks, 1_000);
  assert.deepEqual(certifyRisk(shares, now, RISK).passed, []);
  const further = expectFurtherRowsForRisk(shares, now, RISK);
  assert.ok(further !== undefined && further > 2_000, String(further));
  const then = accepting(shares, risks, 1_000 + further);
  assert.equal(certifyRisk(shares, then, RISK).chosen, 0);
});

test('a point that passes already does not count if the walk cannot reach it', () => {
  // 60 rightly accepted answers would do, but the walk starts where 90 can be expected.
  const shares = [0.06, 0.2];
  const further = expectFurtherRowsForRisk(shares, accepting(shares, [0, 0.1], 1_000), RISK);
  assert.equal(further, 500);
});

test('the number is unknown if every policy is too often wrong, nothing is accepted, or nothing saves', () => {
  const shares = [0.1, 0.3];
  assert.equal(expectFurtherRowsForRisk(shares, accepting(shares, [0.08, 0.1], 1_000), RISK), undefined);
  assert.equal(expectFurtherRowsForRisk([0, 0], accepting([0, 0], [0, 0], 1_000), RISK), undefined);
  const dear = { ...accepting(shares, [0.01, 0.1], 400), relativeCost: () => 1 };
  assert.equal(expectFurtherRowsForRisk(shares, dear, RISK), undefined);
});

test('further rows are converted to labels, rounded up to two digits', () => {
  assert.equal(furtherLabelsOf(50, { questions: 200, certify: 100 }), 100);
  assert.equal(furtherLabelsOf(57, { questions: 200, certify: 100 }), 120);
  assert.equal(furtherLabelsOf(1, { questions: 11, certify: 6 }), 2);
  assert.equal(furtherLabelsOf(87_862, { questions: 1_500, certify: 825 }), 160_000);
});
