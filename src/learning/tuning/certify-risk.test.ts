import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectiveRiskPValue } from '../../calibration/tests/certify.ts';
import { countAccepted, certifyRisk } from './certify-risk.ts';
import { createLadderTable } from '../table/ladder-table.ts';
import { tune, type TuneOptions } from './tune.ts';
import type { Trace } from '../../traces/trace.ts';

const tiers = ['small', 'large'].map((name) => ({
  name,
  model: name,
  upstream: '',
  location: 'cloud' as const,
}));

/** Questions whose small answer is right with the chance that its signal says; nobody scored the large one. */
function questions(count: number, chanceOf: (index: number) => number): Trace[] {
  return Array.from({ length: count }, (_, index) => {
    const sure = chanceOf(index);
    const score = ((index * 7919) % 1000) / 1000 < sure ? 1 : 0;
    return {
      id: `q${index}`,
      group: 'g',
      attempts: {
        small: { score, costUsd: 0.001, signals: { sure } },
        large: { costUsd: 0.02 },
      },
    };
  });
}

const options = (maxQualityLoss: number): TuneOptions => ({
  route: 'auto',
  tiers: tiers.map(({ name, model }) => ({ name, model })),
  objective: { maxQualityLoss, certainty: 0.9 },
  seed: 7,
  fitShare: 0.45,
  testShare: 0,
  source: { name: 'made up', dates: ['2026-11-24'], scorer: 'a rule' },
  createdAt: '2026-11-24T00:00:00.000Z',
});

test('accepted answers are those of earlier tiers, and those below 1 are wrong', () => {
  const { table } = createLadderTable(
    questions(4, (index) => (index < 2 ? 1 : 0)),
    tiers,
  );
  const rows = [0, 1, 2, 3];
  assert.deepEqual(countAccepted(table, rows, { served: Uint8Array.of(0, 0, 0, 1) }), {
    wrong: 1,
    accepted: 3,
  });
});

test('the walk starts where enough answers are accepted, and stops at the first failure', () => {
  const counts = [
    { wrong: 0, accepted: 5 },
    { wrong: 0, accepted: 120 },
    { wrong: 0, accepted: 150 },
    { wrong: 90, accepted: 200 },
    { wrong: 0, accepted: 250 },
  ];
  const asked: number[] = [];
  const { chosen, passed } = certifyRisk(
    counts.map(({ accepted }) => accepted / 250),
    {
      rows: 250,
      counts: (point) => {
        asked.push(point);
        return counts[point] ?? { wrong: 0, accepted: 0 };
      },
      relativeCost: (point) => 0.9 - point / 10,
    },
    { maxRisk: 0.05, level: 0.1 },
  );
  assert.deepEqual([chosen, passed], [2, [1, 2]]);
  assert.deepEqual(asked, [1, 2, 3]);
  assert.ok(selectiveRiskPValue({ wrong: 0, accepted: 120 }, 0.05) <= 0.1);
});

test('if no point accepts enough answers, none is tried', () => {
  const nothing = { rows: 100, counts: () => assert.fail('asked'), relativeCost: () => 0.5 };
  assert.deepEqual(certifyRisk([0.1, 0.2], nothing, { maxRisk: 0.01, level: 0.1 }), { passed: [] });
});

test('with the small answers alone scored, the certificate is about wrong answers among the accepted ones', () => {
  const { table } = createLadderTable(
    questions(2_000, (index) => (index % 3 === 0 ? 0.3 : 0.995)),
    tiers,
  );
  const { version, frontier } = tune(table, options(0.05));
  assert.equal(version?.certificate?.promise, 'risk');
  assert.equal(version?.certificate?.test, 'selective');
  assert.match(version?.certificate?.sentence ?? '', /share of wrong answers among those accepted/);
  assert.ok((version?.certificate?.pValue ?? 1) <= 0.1);
  assert.equal(frontier.measures, 'risk');
  assert.ok((frontier.points[frontier.chosen]?.relativeCost ?? 1) < 0.6);
  assert.ok(frontier.points[frontier.chosen]?.certified);
});

test('answers that are too often wrong are not certified, and the words say what could be promised', () => {
  const { table } = createLadderTable(
    questions(600, () => 0.6),
    tiers,
  );
  const { version, why } = tune(table, options(0.02));
  assert.equal(version, undefined);
  assert.match(
    why ?? '',
    /No answer of the last tier has a score.*at most 0\.02 of the accepted answers are wrong/,
  );
});
