import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../test/made-traces.ts';
import { predictVennAbers } from '../../calibration/maps/calibrators.ts';
import { logit, sigmoid } from '../../calibration/fit/sigmoid.ts';
import { recalibrate } from './recalibrate.ts';

const FOLDS = 5;

/** Predictions whose log-odds are `stretch` times what they should be. */
function predictions(
  rows: number,
  stretch: number,
  seed = 3,
): { predicted: Float64Array; outcome: Float64Array; folds: Uint8Array } {
  const chance = createChance(seed);
  const truth = Float64Array.from({ length: rows }, () => sigmoid(1.5 * chance.normal() + 0.5));
  return {
    predicted: truth.map((p) => sigmoid(stretch * logit(p))),
    outcome: truth.map((p) => (chance.coin(p) ? 1 : 0)),
    folds: Uint8Array.from({ length: rows }, (_, row) => row % FOLDS),
  };
}
const recalibrated = (rows: number, stretch: number, seed?: number): ReturnType<typeof recalibrate> => {
  const { predicted, outcome, folds } = predictions(rows, stretch, seed);
  return recalibrate(predicted, outcome, { folds, foldCount: FOLDS });
};

test('overconfident predictions are corrected: by two parameters if labels are few, by three if there are more', () => {
  const few = recalibrated(200, 3);
  assert.equal(few.recalibration?.method, 'sigmoid');
  assert.ok(few.recalibration.slope > 0.2 && few.recalibration.slope < 0.5, String(few.recalibration.slope));
  assert.equal(recalibrated(400, 3).recalibration?.method, 'beta');
});

test('predictions that are right already are left as they are', () => {
  const kept = Array.from({ length: 20 }, (_, seed) => recalibrated(400, 1, seed + 1)).filter(
    ({ recalibration }) => recalibration === undefined,
  );
  assert.ok(kept.length >= 15, `${kept.length} of 20`);
  const { predicted, outcome, folds } = predictions(400, 1, 2);
  assert.deepEqual(recalibrate(predicted, outcome, { folds, foldCount: FOLDS }).confidence, predicted);
});

test('what is returned for a row was fitted without its fold', () => {
  const { predicted, outcome, folds } = predictions(400, 3);
  const before = recalibrate(predicted, outcome, { folds, foldCount: FOLDS }).confidence;
  const other = outcome.map((label, row) => (folds[row] === 0 ? 1 - label : label));
  const after = recalibrate(predicted, other, { folds, foldCount: FOLDS }).confidence;
  const same = [...folds.keys()].filter((row) => folds[row] === 0).every((row) => before[row] === after[row]);
  // Where the other labels make the map useless it is dropped, and nothing can be compared.
  assert.ok(after[0] === predicted[0] || same);
  assert.notDeepEqual(before, after);
});

test('the width of the confidence rises with it, and its lower end stays under its upper one', () => {
  const { spread } = recalibrated(3_000, 2);
  assert.ok(spread !== undefined);
  assert.ok(spread.scores.length <= 64 && spread.low.length === spread.scores.length + 1);
  assert.deepEqual(
    spread.scores,
    spread.scores.toSorted((a, b) => a - b),
  );
  let before = { low: -1, high: -1 };
  for (let step = 0; step <= 1_000; step++) {
    const { low, high } = predictVennAbers(spread, step / 1_000);
    assert.ok(0 <= low && low <= high && high <= 1, `${low}–${high} at ${step}`);
    assert.ok(low >= before.low && high >= before.high, `it falls at ${step}`);
    before = { low, high };
  }
});

test('few labels, equal labels, graded labels and no labels at all are handled', () => {
  assert.deepEqual(
    recalibrate(new Float64Array(), new Float64Array(), { folds: new Uint8Array(), foldCount: FOLDS }),
    {
      confidence: new Float64Array(),
    },
  );
  const folds = Uint8Array.of(0, 1, 2, 3, 4, 0);
  const predicted = Float64Array.of(0, 0.2, 0.4, 0.6, 0.8, 1);
  for (const outcome of [
    [1, 1, 1, 1, 1, 1],
    [0, 0, 0, 0, 0, 0],
    [0.3, 0.5, 0.1, 0.9, 1, 0],
  ]) {
    const { confidence, spread } = recalibrate(predicted, Float64Array.from(outcome), {
      folds,
      foldCount: FOLDS,
    });
    assert.ok(confidence.every((p) => p >= 0 && p <= 1));
    assert.ok(spread !== undefined && [...spread.low, ...spread.high].every(Number.isFinite));
  }
});
