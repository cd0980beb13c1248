import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { greatestChance } from './greatest-chance.ts';
import { regionChance } from './region-chance.ts';
import { PROPERTY } from '../testing.ts';

/**
 * Regions with one steep peak: at least so many better pairs, and at most so many worse ones. Cells are from a half to eight
 * times as wide as the number of differing pairs is uncertain.
 */
const peaks = fc
  .record({
    pairs: fc.integer({ min: 2, max: 400 }),
    margin: between(0.005, 0.6),
    place: between(0, 1),
    fewest: between(-2, 2),
    most: between(-2, 2),
    width: between(0.5, 8),
    cell: between(0, 8),
  })
  .map(({ pairs, margin, place, fewest, most, width, cell }) => {
    const centre = margin + (1 - margin) * (1e-4 + (1 - 2e-4) * place ** 2);
    const count = (mean: number, moved: number): number =>
      Math.max(0, Math.round(pairs * mean + moved * Math.sqrt(pairs * mean * (1 - mean))));
    const better = count((centre - margin) / 2, fewest);
    const worse = count((centre + margin) / 2, most);
    const limits = Int32Array.from({ length: pairs + 1 }, (_, m) =>
      Math.max(-1, Math.min(m - better, worse)),
    );
    const cells = (width * Math.sqrt(pairs * centre * (1 - centre))) / pairs;
    const lower = Math.max(margin + 1e-9, centre - cell * cells);
    const upper = Math.max(lower, Math.min(1 - 1e-9, centre + (8 - cell) * cells));
    return { pairs, margin, region: { first: 0, last: pairs, limits }, interval: { lower, upper } };
  });

test('wherever the search is ended, no chance in the interval is above its bound', () => {
  fc.assert(
    fc.property(peaks, fc.integer({ min: 0, max: 3 }), ({ interval, ...of }, rounds) => {
      let left = rounds;
      const { least, bound } = greatestChance(of, interval, 0, () => left-- === 0);
      let greatest = 0;
      for (let step = 0; step <= 160; step++) {
        const at = interval.lower + ((interval.upper - interval.lower) * step) / 160;
        greatest = Math.max(greatest, regionChance(of.region, of.pairs, of.margin, at).value);
      }
      assert.ok(greatest <= bound + 1e-9, `${greatest} is above ${bound}`);
      assert.ok(least <= bound);
    }),
    { ...PROPERTY, numRuns: 2000 },
  );
});
