import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import type { FrontierPoint } from '../../learning/tuning/frontier.ts';
import { frontierPicture } from './frontier-picture.ts';

const point = (
  relativeCost: number,
  loss: number,
  certified = false,
  priceOfQuality?: number,
): FrontierPoint => ({
  relativeCost,
  loss: { value: loss, lower: loss, upper: loss },
  certified,
  ...(priceOfQuality === undefined ? {} : { priceOfQuality }),
});
const path = [
  point(1, 0, true),
  point(0.9, 0, true, 9),
  point(0.6, 0.005, true, 6),
  point(0.4, 0.03, false, 3),
  point(0.1, 0.2, false, 1),
];

test('cost goes to the right, loss upwards; the chosen point and what is asked for are marked', () => {
  assert.deepEqual(frontierPicture(path, 2, { width: 48, height: 7, limit: 0.02 }), [
    'loss',
    '   6.0 % ┤             ·',
    '         │              ·',
    '         │              ·',
    '         │               ··',
    '   2.0 % ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄··┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄',
    '         │                   ··',
    '   0.0 % ┤                     ·◆•••••••••••   ○',
    '         └──────────────────────────────────────',
    '          0 %      25 %      50 %     75 % 100 %',
    '          cost relative to always asking the last tier',
    '◆ chosen: 60.0 % of the cost, loss 0.5 %',
    '• certified   · not certified',
    '○ always asking the last tier   ┄ at most 2.0 %',
  ]);
});

test('where always-last is chosen its mark is the chosen one', () => {
  const picture = frontierPicture(path, 0, { limit: 0.02 }).join('\n');
  assert.match(picture, /◆ chosen: 100\.0 % of the cost, loss 0\.0 %/);
  assert.doesNotMatch(picture, /○/);
});

test('without a quality that is asked for the whole path is seen, to its greatest loss', () => {
  const picture = frontierPicture(path, 2).join('\n');
  assert.match(picture, / 20\.0 % ┤/);
  assert.doesNotMatch(picture, /┄/);
});

test('a loss below 0 is named with a minus', () => {
  assert.match(
    frontierPicture([point(1, 0, true), point(0.5, -0.03, true, 1)], 1).join('\n'),
    / −3\.0 % ┤ *◆/,
  );
});

const anyPoint = fc.record({
  cost: between(0, 3),
  loss: between(-1, 1),
  certified: fc.boolean(),
});

test('whatever the path, no line is wider than is allowed, and the chosen point is in the picture', () => {
  fc.assert(
    fc.property(
      fc.array(anyPoint, { maxLength: 30 }),
      fc.nat(),
      fc.integer({ min: 48, max: 120 }),
      fc.option(between(0.001, 0.5), { nil: undefined }),
      (some, pick, width, limit) => {
        const points = [
          point(1, 0, true),
          ...some.map(({ cost, loss, certified }, index) => point(cost, loss, certified, index + 1)),
        ];
        const chosen = pick % points.length;
        const lines = frontierPicture(points, chosen, { width, ...(limit === undefined ? {} : { limit }) });
        assert.deepEqual(
          lines.filter((line) => line.length > width),
          [],
        );
        const plot = lines.slice(
          0,
          lines.findIndex((line) => line.includes('└')),
        );
        assert.equal(plot.join('').split('◆').length, 2, 'one chosen point');
      },
    ),
  );
});
