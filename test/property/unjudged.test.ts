import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binomialUpperTail } from '../../src/calibration/tests/certify.ts';
import { testSettings, testTable } from '../../src/learning/loop/testing.ts';
import { createChance, type Chance } from '../made-traces.ts';
import { simulateRoute, trueLoss, type SimulatedRequest } from '../simulated-route.ts';

const POOL = 3_000;
const LIMIT = 0.05;
const LEVEL = 0.1;
const SEEDS = 40;

/** Answers of the small model are wrong more often than may be lost, and what tells which ones is weak. */
const table = testTable({
  rows: POOL,
  noise: 6,
  tiers: [
    { name: 'small', ability: 2, costUsd: 1e-4 },
    { name: 'large', ability: 6, costUsd: 2e-3 },
  ],
});
const settings = testSettings({
  objective: { maxQualityLoss: LIMIT, certainty: 1 - LEVEL },
  runLengths: { requests: 1e9, audits: 3_000 },
});
const everyRow = Array.from({ length: POOL }, (_, row) => row);
const isLost = (row: number): boolean =>
  (table.answers[1]?.score[row] ?? 0) > (table.answers[0]?.score[row] ?? 0);

/** A reason to drop that knows the truth: by its share of the lost and of the other audits, on and off, final or late. */
function reasonOf(chance: Chance): (row: number, t: number) => Pick<SimulatedRequest, 'lacks' | 'lateBy'> {
  const share = (most: number): number => (chance.coin(0.3) ? 0 : most * chance.uniform() ** 2);
  const [lost, other] = [chance.coin(0.5) ? 1 : chance.uniform(), share(0.1)];
  const [on, off] = [50 + 800 * chance.uniform(), chance.coin(0.5) ? 0 : 800 * chance.uniform()];
  const [answers, late] = [share(1), share(1)];
  return (row, t) => {
    const isOn = t % (on + off) < on;
    if (!isOn || !chance.coin(isLost(row) ? lost : other)) return {};
    if (chance.coin(answers)) return { lacks: 'answer' };
    return { lacks: 'verdict', ...(chance.coin(late) ? { lateBy: Math.floor(200 * chance.uniform()) } : {}) };
  };
}

/** Whether a version was certified that loses more than promised. */
function breaks(seed: number, dropsUnjudged: boolean): boolean {
  const chance = createChance(seed);
  const reason = reasonOf(chance);
  const { certified } = simulateRoute({
    table,
    settings,
    audits: { auditRate: 0.5, startRate: 0.5, closeRate: 0 },
    requests: 1_600,
    chance,
    dropsUnjudged,
    request(t) {
      const row = Math.floor(POOL * chance.uniform());
      return { row, client: 'all', ...reason(row, t) };
    },
  });
  return [...certified].some((version) => trueLoss(table, version, everyRow) > LIMIT);
}

test('whatever keeps audits from a verdict, and however it goes with the truth, no promise is broken more often than stated', () => {
  let broken = 0;
  for (let seed = 1; seed <= SEEDS; seed++) if (breaks(seed, false)) broken += 1;
  const chance = binomialUpperTail(broken, SEEDS, LEVEL);
  assert.ok(chance > 1e-3, `${broken} of ${SEEDS} broken`);
});

test('the same reasons break it where audits without a verdict are left out', () => {
  let broken = 0;
  for (let seed = 1; seed <= SEEDS / 2; seed++) if (breaks(seed, true)) broken += 1;
  assert.ok(binomialUpperTail(broken, SEEDS / 2, LEVEL) < 1e-3, `${broken} of ${SEEDS / 2} broken`);
});
