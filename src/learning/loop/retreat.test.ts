import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Version } from '../../routing/version.ts';
import { testVersion } from '../table/testing.ts';
import type { MeasureVersion } from './measure-version.ts';
import { cautiousVersion, cheapestCertified, retreat } from './retreat.ts';

/** A version whose path has these prices of quality, and that stands at its last point. */
function standing(prices: readonly number[], objective = { maxQualityLoss: 0.05, certainty: 0.9 }): Version {
  const version = testVersion();
  const path = prices.map((priceOfQuality) => ({ priceOfQuality, continuations: {} }));
  const place = path.length - 1;
  return { ...version, rule: { ...version.rule, objective, path, place, furthest: place } };
}

/** Every point loses this share of the answers and costs so much. */
const measuring =
  (points: readonly (readonly [loss: number, cost: number])[]): MeasureVersion =>
  (_, rows, point) => {
    const [loss, relativeCost] = points[point] ?? [NaN, NaN];
    return {
      losses: Float64Array.from(rows, (_row, index) => (index < loss * rows.length ? 1 : 0)),
      relativeCost,
    };
  };

const rows = Array.from({ length: 200 }, (_, row) => row);

test('the laxest stricter policy that the audits since do not contradict serves, and none laxer after it', () => {
  const version = standing([900, 500, 300, 100]);
  const found = retreat(
    version,
    rows,
    measuring([
      [0, 0.9],
      [0.02, 0.6],
      [0.045, 0.5],
      [0.2, 0.3],
    ]),
  );
  assert.deepEqual([found?.rule.place, found?.rule.furthest], [1, 1]);
  assert.equal(found?.certificate, version.certificate, 'it was certified with the others');
  assert.deepEqual(found?.evidence['moved'], { rows: 200, loss: 0.02 });
});

test('a policy that loses too much is not taken for what it gains elsewhere', () => {
  const version = standing([900, 500, 300]);
  const gains: MeasureVersion = (_, recent, point) => ({
    losses: Float64Array.from(recent, (_row, index) => (point === 0 ? 0 : index % 10 === 0 ? 1 : -1)),
    relativeCost: 0.5,
  });
  assert.equal(retreat(version, rows, gains)?.rule.place, 0);
});

test('if every stricter policy loses too much or saves nothing, only the last tier is left', () => {
  const version = standing([900, 500, 300]);
  assert.equal(
    retreat(
      version,
      rows,
      measuring([
        [0, 1.02],
        [0.06, 0.5],
        [0.2, 0.3],
      ]),
    ),
    undefined,
  );
});

test('without an audit since the change no policy is supported', () => {
  assert.equal(
    retreat(
      standing([900, 500]),
      [],
      measuring([
        [0, 0.5],
        [0, 0.4],
      ]),
    ),
    undefined,
  );
});

test('a few audits without a loss support a policy less than many', () => {
  const measure = measuring([
    [0, 0.5],
    [0.5, 0.4],
  ]);
  const version = standing([900, 500]);
  assert.equal(retreat(version, rows.slice(0, 8), measure), undefined);
  assert.equal(retreat(version, rows.slice(0, 60), measure)?.rule.place, 0);
});

test('caution takes the laxest policy that prices quality at least twice as high', () => {
  const found = cautiousVersion(standing([900, 450, 220, 199, 100]));
  assert.deepEqual([found?.rule.place, found?.rule.furthest], [2, 2]);
  assert.equal(cautiousVersion(standing([150, 100])), undefined, 'none is so strict');
});

test('at new prices the cheapest certified policy serves, and any of them may again later', () => {
  const version = standing([900, 500, 300]);
  const found = cheapestCertified(
    version,
    rows,
    measuring([
      [0, 0.9],
      [0, 0.4],
      [0, 0.6],
    ]),
  );
  assert.deepEqual([found?.rule.place, found?.rule.furthest], [1, 2]);
  assert.equal(
    cheapestCertified(
      version,
      rows,
      measuring([
        [0, 0.9],
        [0, 0.8],
        [0, 0.6],
      ]),
    ),
    version,
    'it is that already',
  );
});
