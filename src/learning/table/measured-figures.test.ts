import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costAndLossWords, measuredFigures } from './measured-figures.ts';

const losses = Float64Array.from({ length: 100 }, (_, row) => (row < 3 ? 1 : 0));

test('a policy’s figures are told with their intervals', () => {
  const figures = measuredFigures({ losses, relativeCost: 0.61, relativeCostError: 0.02 });
  assert.equal(figures.loss, 0.03);
  assert.match(
    costAndLossWords(figures),
    /^cost 61\.0 % of what always asking the last tier costs \(57\.1 % … 64\.9 %\), and lost 3\.0 % of its quality \(−?\d\.\d % … \d\.\d %\)$/,
  );
});

test('unknown figures are left out', () => {
  assert.equal(
    costAndLossWords(measuredFigures({ losses: Float64Array.of(NaN), relativeCost: 0.5 })),
    'cost 50.0 % of what always asking the last tier costs',
  );
  assert.doesNotMatch(costAndLossWords({ relativeCost: 0.5, loss: -0.0001 }), /[-−]0\.0|\(/);
});
