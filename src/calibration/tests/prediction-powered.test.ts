import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { predictionPoweredMean, type PredictedRow } from './prediction-powered.ts';
import { createRandom } from '../fit/random.ts';
import { PROPERTY, assertClose, golden } from '../testing.ts';

interface Golden {
  cheap: number[];
  good: number[];
  weight: number[];
  tuning: number;
  estimate: number;
  error: number;
  lower: number;
  upper: number;
}
const cases: Golden[] = JSON.parse(golden('prediction-powered'));

test('it is what a search for the least variance finds, with weights and without', () => {
  assert.ok(cases.some(({ tuning }) => tuning > 0.1 && tuning < 0.9));
  for (const { cheap, good, weight, ...expected } of cases) {
    const rows = cheap.map((verdict, row): PredictedRow => {
      const known = good[row];
      return { cheap: verdict, weight: weight[row] ?? NaN, ...(known === undefined ? {} : { good: known }) };
    });
    const found = predictionPoweredMean(rows, 0.9);
    assertClose(found?.tuning, expected.tuning, 1e-6, 'tuning');
    assertClose(found?.estimate, expected.estimate, 1e-6, 'estimate');
    assertClose(found?.error, expected.error, 1e-6, 'error');
    assertClose(found?.interval.lower, expected.lower, 1e-6, 'lower');
    assertClose(found?.interval.upper, expected.upper, 1e-6, 'upper');
  }
});

test('without weights it is the published formula, for λ as for the variance', () => {
  const good = [1, 0, 0, 1, 0];
  const cheapKnown = [1, 0, 1, 1, 0];
  const cheapRest = [1, 1, 0, 0, 0, 1, 0, 0];
  const mean = (values: number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
  const cov = (a: number[], b: number[]): number =>
    a.reduce((sum, each, row) => sum + (each - mean(a)) * ((b[row] ?? NaN) - mean(b)), 0) / (a.length - 1);
  const [n, m] = [good.length, cheapRest.length];
  // λ = cov(Y, f) ÷ ((1 + n/N)·var f), with the variance of f taken where it stands.
  const lambda =
    cov(good, cheapKnown) / n / (cov(cheapKnown, cheapKnown) / n + cov(cheapRest, cheapRest) / m);
  const differences = good.map((each, row) => each - lambda * (cheapKnown[row] ?? NaN));
  const found = predictionPoweredMean([
    ...good.map((each, row) => ({ good: each, cheap: cheapKnown[row] ?? NaN })),
    ...cheapRest.map((cheap) => ({ cheap })),
  ]);
  assertClose(found?.tuning, lambda, 1e-12);
  assertClose(found?.estimate, mean(good) - lambda * (mean(cheapKnown) - mean(cheapRest)), 1e-12);
  assertClose(
    found?.error,
    Math.sqrt(cov(differences, differences) / n + (lambda ** 2 * cov(cheapRest, cheapRest)) / m),
    1e-12,
  );
});

test('cheap verdicts that are always right are followed nearly as if all were good', () => {
  const rows = Array.from({ length: 1_000 }, (_, row): PredictedRow => {
    const truth = row % 10 === 0 ? 1 : 0;
    return row < 100 ? { cheap: truth, good: truth } : { cheap: truth };
  });
  const found = predictionPoweredMean(rows);
  assertClose(found?.tuning, 0.9, 0.02);
  assertClose(found?.estimate, 0.1, 1e-9);
  // Nearly the error of 1,000 good verdicts, not of 100.
  assertClose(found?.error, Math.sqrt(0.09 / 1_000), 0.001);
});

test('cheap verdicts that tell nothing, or the opposite, are not followed', () => {
  const good = [1, 0, 1, 0, 1, 1];
  const rest = [{ cheap: 1 }, { cheap: 0 }, { cheap: 1 }];
  for (const cheap of [(): number => 1, (each: number): number => 1 - each]) {
    const found = predictionPoweredMean([
      ...good.map((each) => ({ good: each, cheap: cheap(each) })),
      ...rest,
    ]);
    assert.equal(found?.tuning, 0);
    assertClose(found?.estimate, 4 / 6, 1e-12);
  }
});

test('it is never vaguer than the good verdicts alone, and neither scale of the weights nor order counts', () => {
  const verdict = fc.constantFrom(-1, 0, 0, 0.5, 1);
  const row = fc.record(
    { cheap: verdict, good: verdict, weight: between(1, 50) },
    { requiredKeys: ['cheap', 'weight'] },
  );
  fc.assert(
    fc.property(fc.array(row, { minLength: 4, maxLength: 60 }), (drawn) => {
      const rows = drawn as PredictedRow[];
      const found = predictionPoweredMean(rows);
      const alone = predictionPoweredMean(rows.filter(({ good }) => good !== undefined));
      assert.equal(found === undefined, alone === undefined);
      if (found === undefined || alone === undefined) return;
      assert.equal(alone.tuning, 0);
      assert.ok(found.error <= alone.error + 1e-9);
      const scaled = rows.map((each) => ({ ...each, weight: 7 * (each.weight ?? 1) })).toReversed();
      assertClose(predictionPoweredMean(scaled)?.estimate, found.estimate, 1e-9);
      assertClose(predictionPoweredMean(scaled)?.error, found.error, 1e-6);
    }),
    PROPERTY,
  );
});

test('drawn with unequal chances and judged by a biased judge, the interval covers the truth as often as it says', () => {
  const random = createRandom(2311);
  const chance = (): number => uniformFloat64(random);
  // Half of the questions are hard: they are wrong more often, drawn more often, and the judge is lenient there.
  const truth = 0.5 * 0.3 + 0.5 * 0.04;
  let covered = 0;
  let cheapAloneOff = 0;
  const draws = 600;
  for (let draw = 0; draw < draws; draw++) {
    const rows: PredictedRow[] = [];
    for (let question = 0; question < 1_600; question++) {
      const hard = chance() < 0.5;
      const wrong = chance() < (hard ? 0.3 : 0.04) ? 1 : 0;
      const propensity = hard ? 0.6 : 0.2;
      const lenient = hard && chance() < 0.3;
      if (chance() >= propensity) continue;
      const cheap = lenient ? 0 : wrong;
      rows.push({ cheap, weight: 1 / propensity, ...(chance() < 0.2 ? { good: wrong } : {}) });
    }
    const found = predictionPoweredMean(rows, 0.9);
    if (found !== undefined && found.interval.lower <= truth && truth <= found.interval.upper) covered++;
    const total = rows.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const cheapMean = rows.reduce((sum, { cheap, weight = 1 }) => sum + weight * cheap, 0) / total;
    if (cheapMean < truth - 0.02) cheapAloneOff++;
  }
  // Binomial standard deviation of the count: √(600·.9·.1) = 7.
  assert.ok(covered >= 0.9 * draws - 25 && covered <= 0.9 * draws + 25, `${covered} of ${draws}`);
  assert.ok(cheapAloneOff > 0.9 * draws, 'the judge alone is wrong in this population');
});

test('under two good verdicts there is no estimate, and what is no number is refused', () => {
  assert.equal(predictionPoweredMean([]), undefined);
  assert.equal(predictionPoweredMean([{ cheap: 1, good: 1 }, { cheap: 0 }]), undefined);
  assert.throws(() => predictionPoweredMean([{ cheap: NaN }]), /row 0 has cheap NaN/);
  assert.throws(() => predictionPoweredMean([{ cheap: 0 }, { cheap: 0, weight: 0 }]), /row 1 .* weight 0/);
  assert.throws(() => predictionPoweredMean([{ cheap: 0, good: Infinity }]), RangeError);
});
