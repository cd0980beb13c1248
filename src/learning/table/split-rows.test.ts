import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import { createRandom } from '../../calibration/fit/random.ts';
import { drawFromPopulation, splitRows } from './split-rows.ts';
import { createLadderTable, type LadderTable } from './ladder-table.ts';

/** A table whose row i is in cluster `of(i)`. */
function tableOf(rows: number, of: (row: number) => number): LadderTable {
  const traces = makeTraces({ seed: 1, rows, tiers: LADDER }).map((trace, row) => ({
    ...trace,
    cluster: `c${of(row)}`,
  }));
  return createLadderTable(traces, policyTiers(LADDER)).table;
}

test('no cluster is on two sides, one row of each certifies, and no row is drawn twice', () => {
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: 80 }),
    clusters: fc.integer({ min: 1, max: 30 }),
    fit: fc.integer({ min: 0, max: 60 }),
    certify: fc.integer({ min: 0, max: 60 }),
    keep: fc.integer({ min: 0, max: 40 }),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(sizes, ({ rows, clusters, seed, ...asked }) => {
      const table = tableOf(rows, (row) => (row * row) % clusters);
      const { fit, certify, score, repeats } = splitRows(table, asked, createRandom(seed));
      const clustersOf = (these: readonly number[]): Set<number> =>
        new Set(these.map((row) => table.clusters[row] ?? -1));
      const [a, b, c] = [clustersOf(fit), clustersOf(certify), clustersOf(score)];
      assert.ok(a.isDisjointFrom(b) && a.isDisjointFrom(c) && b.isDisjointFrom(c));
      assert.equal(b.size, certify.length);
      const drawn = [...fit, ...certify, ...score, ...repeats];
      assert.equal(new Set(drawn).size, drawn.length);
      assert.equal(drawn.length, table.count);
      assert.ok(clustersOf(repeats).isSubsetOf(b));
      assert.ok(certify.length <= asked.certify);
      // Nothing is lost but the further rows of a cluster that certifies.
      const all = clustersOf([...Array(table.count).keys()]);
      assert.equal(a.size + b.size + c.size, all.size);
      if (asked.fit + asked.keep > 0 && all.size > 1 && certify.length > 0)
        assert.ok(fit.length >= asked.fit && score.length >= asked.keep);
    }),
    { seed: 8, numRuns: 200 },
  );
});

test('without clusters each side has the number asked for, and the rest is scored', () => {
  const table = tableOf(50, (row) => row);
  const { fit, certify, score } = splitRows(table, { fit: 20, certify: 10 }, createRandom(2));
  assert.deepEqual([fit.length, certify.length, score.length], [20, 10, 20]);
});

test('the same seed draws the same rows, another seed other ones, and none are in the order of the file', () => {
  const table = tableOf(60, (row) => row);
  const draw = (seed: number): unknown => splitRows(table, { fit: 20, certify: 20 }, createRandom(seed));
  assert.deepEqual(draw(4), draw(4));
  assert.notDeepEqual(draw(4), draw(5));
  const { certify } = splitRows(table, { fit: 20, certify: 20 }, createRandom(4));
  assert.notDeepEqual(
    certify,
    certify.toSorted((a, b) => a - b),
  );
});

test('from a population rows are drawn with replacement, each equally likely, and all of it is scored', () => {
  const table = tableOf(20, (row) => row);
  const { fit, certify, score } = drawFromPopulation(table, { fit: 20_000, certify: 500 }, createRandom(3));
  assert.deepEqual([fit.length, certify.length], [20_000, 500]);
  assert.deepEqual(score, [...Array(20).keys()]);
  const counts = score.map((row) => fit.filter((drawn) => drawn === row).length);
  assert.ok(
    counts.every((count) => Math.abs(count - 1_000) < 5 * Math.sqrt(1_000)),
    String(counts),
  );
  assert.notDeepEqual(fit.slice(0, 500), certify);
});
