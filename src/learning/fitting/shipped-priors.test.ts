import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { logit } from '../../calibration/fit/sigmoid.ts';
import { encode, type Column } from '../../routing/signals/columns.ts';
import { believe } from '../../routing/confidence/confidence.ts';
import { priorModel } from '../../routing/confidence/prior.ts';
import { shippedPriors } from './shipped-priors.ts';

const requires = ['meanLogprob'];

/** A column of each signal that the shipped model knows, centred and scaled as on rows of somebody's own. */
const columns = fc.tuple(
  ...priorModel.features.map(({ signal, transform }) =>
    fc
      .record({ centre: between(transform === 'log1p' ? 0 : -2, 2), scale: between(0.2, 4) })
      .map((own): Column => ({ signal, transform, ...own })),
  ),
);
const signals = fc.tuple(...priorModel.features.map(() => between(0.05, 6))).map((values) =>
  Object.fromEntries(
    priorModel.features.map(({ signal, transform }, index): [string, number] => {
      const value = values[index] ?? NaN;
      return [signal, transform === 'logit-exp' ? -value : value];
    }),
  ),
);
/** The log-odds of an answer by coefficients that are as believed. */
function believed(of: readonly Column[], answer: Record<string, number>): number {
  const belief = shippedPriors({ columns: [...of], requires, x: [] });
  return encode(of, answer).reduce((sum, value, index) => sum + value * (belief.get(index)?.mean ?? 0), 0);
}

test('on columns of the shipped model’s signals, however centred and scaled, the prior predicts what that model predicts', () => {
  fc.assert(
    fc.property(columns, signals, (of, answer) => {
      const state = { tier: 'small', paid: false, group: 'a' };
      const expected = logit(believe(priorModel, state, answer)?.confidence ?? NaN);
      fc.pre(Math.abs(expected) < 12);
      const found = believed(of, answer);
      assert.ok(Math.abs(found - expected) < 1e-6, `${found}, not ${expected}`);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('a signal without a column counts as average, and a column that the model does not know has no prior', () => {
  const [known = assert.fail()] = priorModel.features;
  const own = { signal: known.signal, centre: known.centre, scale: known.scale };
  const of: Column[] = [
    { ...own, transform: 'missing' },
    { ...own, transform: known.transform },
    { signal: 'answerWords', transform: 'log1p', centre: 0, scale: 1 },
  ];
  const belief = shippedPriors({ columns: of, requires, x: [] });
  assert.deepEqual(
    [...belief.keys()].toSorted((a, b) => a - b),
    [0, 2],
  );
  assert.ok(Math.abs((belief.get(0)?.mean ?? NaN) - priorModel.intercept) < 1e-9);
  assert.ok(Math.abs((belief.get(2)?.mean ?? NaN) - known.weight) < 1e-9);
});

test('it counts for twenty labels: stronger the more a column varies, by its mean square over the rows, and never without a penalty', () => {
  const of = priorModel.features.map(({ signal, transform }) => ({ signal, transform, centre: 0, scale: 1 }));
  const rows = [1, -3].map((value) => Float64Array.of(1, value, ...of.slice(1).map(() => 0)));
  const belief = shippedPriors({ columns: of, requires, x: rows });
  // A label tells about p(1 − p) of the intercept, .2 where a quarter are wrong.
  assert.deepEqual(
    [0, 1, 2].map((index) => belief.get(index)?.penalty),
    [4, 4 * 5, 0.05],
  );
});

test('if some rows lack the log-probabilities that the model requires, there is no prior', () => {
  assert.equal(shippedPriors({ columns: [], requires: ['answerWords'], x: [] }).size, 0);
});
