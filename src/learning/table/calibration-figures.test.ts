import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrationFigures, meanFigures } from './calibration-figures.ts';

test('a confidence that is always right has no error and tells right from wrong without fail', () => {
  const { brier, auroc, ece } = calibrationFigures({ predicted: [0, 0, 1, 1], outcome: [0, 0, 1, 1] });
  assert.deepEqual([brier, auroc, ece], [0, 1, 0]);
});

test('an undefined figure is absent, not zero', () => {
  assert.deepEqual(calibrationFigures({ predicted: [], outcome: [] }), {});
  const allRight = calibrationFigures({ predicted: [0.4, 0.9], outcome: [1, 1] });
  assert.equal('auroc' in allRight, false);
  assert.ok((allRight.brier ?? 0) > 0);
});

test('a mean is over those that have the figure', () => {
  assert.deepEqual(meanFigures([{ ece: 0.1, auroc: 0.8 }, { ece: 0.3 }, {}]), { ece: 0.2, auroc: 0.8 });
  assert.deepEqual(meanFigures([]), {});
});
