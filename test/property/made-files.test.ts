import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeTuned } from '../../src/cli/measuring/tuned-words.ts';
import { bench } from '../../src/learning/tuning/bench.ts';
import { calibrateLadder } from '../../src/learning/fitting/calibrate.ts';
import { createLadderTable, type LadderTable } from '../../src/learning/table/ladder-table.ts';
import { tune, type TuneOptions } from '../../src/learning/tuning/tune.ts';
import { versionHash, versionSchema } from '../../src/routing/version.ts';
import { madeFileNames, madeFiles } from '../made-files.ts';
import { policyTiers } from '../made-traces.ts';

const OBJECTIVES: TuneOptions['objective'][] = [
  { maxQualityLoss: 0.05, certainty: 0.9 },
  { budgetUsdPerRequest: 6e-4 },
  { valueOfGoodAnswerUsd: 0.01 },
];
/** Conversations leave fewer rows that certify. */
const SIZES: Partial<Record<(typeof madeFileNames)[number], { fit: number; certify: number }>> = {
  'conversations of many rows': { fit: 250, certify: 60 },
  'every prompt twice': { fit: 250, certify: 120 },
  'frequent prompts, which the first tier gets wrong more often': { fit: 300, certify: 150 },
};

function tableOf(name: (typeof madeFileNames)[number], seed: number): LadderTable {
  const { traces, tiers } = madeFiles[name](seed);
  return createLadderTable(traces, policyTiers(tiers)).table;
}

/** Where a document holds a number that is none. */
function notFinite(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => notFinite(inner, `${path}.${key}`));
}

for (const name of madeFileNames) {
  test(`${name}: judged, calibrated and tuned without a figure that is none, or a word that makes no sense`, () => {
    const table = tableOf(name, 5);
    const sizes = SIZES[name] ?? { fit: 150, certify: 200 };
    const report = bench(table, {
      ...sizes,
      maxLosses: [0.05],
      certainty: 0.9,
      splits: 1,
      seed: 3,
      population: false,
    });
    assert.deepEqual(notFinite(report), []);
    assert.deepEqual(notFinite(calibrateLadder(table, { seed: 3, fitShare: 0.7, name: 'made' })), []);
    const tiers = table.tiers.map((tier) => ({ name: tier, model: tier }));
    for (const objective of OBJECTIVES) {
      const tuned = tune(table, {
        route: 'auto',
        tiers,
        objective,
        seed: 3,
        source: { name: 'made', dates: ['2026-11-24'], scorer: 'chance' },
        createdAt: '2026-11-24T00:00:00.000Z',
        fitShare: 0.45,
        testShare: 0,
      });
      const { version, why = '', frontier } = tuned;
      assert.deepEqual(notFinite(frontier), []);
      assert.doesNotMatch(describeTuned(tuned, table.tiers).join('\n'), /NaN|undefined|Infinity|null/);
      if (version === undefined) {
        assert.match(why, /last tier|No policy of this ladder costs as little/);
        continue;
      }
      assert.deepEqual(notFinite(version), []);
      const read = versionSchema.parse(JSON.parse(JSON.stringify(version)));
      assert.equal(versionHash(read), versionHash(version));
    }
  });
}

/** Those where a promise would break first: labels few, losses rare or graded, signals that mislead. */
const RISKY: (typeof madeFileNames)[number][] = [
  'pure noise alone',
  'graded scores',
  'forty groups of few rows',
  'paid signals on some answers',
  'the last tier always right',
  'twenty-five signals of pure noise',
  'one answer in twenty of the first tier sure of itself, and wrong',
];

for (const name of RISKY) {
  test(`${name}: the promise is kept as often as it says, on 250 labels to fit on and 300 to certify on`, () => {
    const { policies } = bench(tableOf(name, 17), {
      maxLosses: [0.02, 0.06],
      certainty: 0.9,
      fit: 250,
      certify: 300,
      splits: 30,
      seed: 23,
      population: true,
    });
    for (const { maxLoss, violationInterval, violationRate } of policies['certified'] ?? assert.fail())
      assert.ok(violationInterval.lower <= 0.1, `${violationRate} at ${maxLoss}`);
  });
}
