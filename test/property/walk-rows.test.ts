import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLadderTable } from '../../src/learning/table/ladder-table.ts';
import { solveLadder } from '../../src/learning/fitting/solve-ladder.ts';
import type { Policy, Tier } from '../../src/routing/policy.ts';
import type { Trace, TraceAttempt } from '../../src/traces/trace.ts';
import { replayOne } from '../../src/recordings/replay.ts';
import { changeAttempts, createChance, makeTraces, type MadeTier } from '../made-traces.ts';

const PRICES = [300, 20, 5, 2, 1, 0.5, 0.2, 0];
const NAMES = ['law', '__proto__', 'constructor', 'seldom', 'unseen'];

/** The shape of one run's traces. */
const shapes = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  tiers: fc.integer({ min: 2, max: 4 }),
  groups: fc.integer({ min: 1, max: NAMES.length }),
  rows: fc.integer({ min: 12, max: 90 }),
  missing: fc.constantFrom(0, 0.1, 0.5),
  failing: fc.constantFrom(0, 0.1, 0.4),
  paid: fc.constantFrom(0, 0.3, 1),
  /** Share of answers whose paid signals have an unknown cost, or come with a further one. */
  oddlyPaid: fc.constantFrom(0, 0.3),
  noise: fc.constantFrom(0.1, 1),
  fitShare: fc.constantFrom(0.4, 0.7),
  odd: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 }),
});
type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

function tracesOf(shape: Shape): { traces: Trace[]; tiers: MadeTier[] } {
  const tiers = Array.from({ length: shape.tiers }, (_, index) => ({
    name: `t${index}`,
    ability: index * 0.7,
    costUsd: 1e-4 * 3 ** index,
    paid: index === 1 ? shape.paid : shape.paid * 0.9,
  }));
  const chance = createChance(shape.seed + 1);
  const traces = makeTraces({ ...shape, tiers, groups: NAMES.slice(0, shape.groups) });
  return {
    tiers,
    traces: changeAttempts(traces, (attempt, _tier, row) => {
      // At both ends: numbers that the fit sees, and others that it never saw.
      const odd = shape.odd[row] ?? shape.odd[traces.length - 1 - row];
      return {
        ...attempt,
        ...(chance.coin(shape.missing) ? { signals: {} } : {}),
        ...failingCheck(shape, chance.uniform()),
        ...oddlyPaid(attempt, chance.coin(shape.oddlyPaid)),
        ...(odd === undefined ? {} : { signals: { answerProb: odd, odd } }),
      };
    }),
  };
}

/** Some answers fail one check, some two, so that it matters which of two bad answers is served. */
function failingCheck({ failing }: Shape, u: number): TraceAttempt {
  if (u < failing / 2) return { finish: 'length' };
  return u < failing ? { finish: 'length', answer: '' } : {};
}

function oddlyPaid({ paidSignals }: TraceAttempt, odd: boolean): TraceAttempt {
  if (!odd || paidSignals === undefined) return {};
  const value = paidSignals['pTrue']?.value ?? 0;
  return { paidSignals: value > 0.5 ? { pTrue: { value } } : { other: { value, costUsd: 1e-5 } } };
}

test('walking columns serves the same tiers at the same cost as the cascade, question by question', () => {
  let paidSteps = 0;
  const served = new Set<number>();
  fc.assert(
    fc.property(shapes, (shape) => {
      const { traces, tiers: made } = tracesOf(shape);
      const tiers = made.map(({ name }): Tier => ({
        name,
        model: name,
        upstream: 'u',
        location: 'on-premises',
      }));
      const { table } = createLadderTable(traces, tiers);
      const rows = [...Array(table.count).keys()];
      // What is never fitted on brings groups, signals and gaps that the model has not seen.
      const fit = rows
        .slice(0, Math.ceil(shape.fitShare * rows.length))
        .filter((row) => table.groups[row] !== 'unseen');
      const solved = solveLadder(table, fit, { prices: PRICES });
      PRICES.forEach((_, point) => {
        const walked = solved.walk(rows, point);
        const policy: Policy = {
          route: 'auto',
          tiers,
          rule: {
            kind: 'price',
            objective: { valueOfGoodAnswerUsd: 1 },
            ...solved.parts,
            place: point,
            furthest: PRICES.length - 1,
          },
          onAbstain: 'serve',
          data: {},
          certified: false,
        };
        for (const row of rows) {
          const trace = table.traces[row] ?? assert.fail();
          const { outcome, costNanoUsd: spent = NaN } = replayOne(policy, solved.model, trace);
          const servedTier = outcome.served?.tier ?? NaN;
          const where = `row ${row}, point ${point}: ${outcome.reason}`;
          assert.equal(walked.served[row], servedTier, where);
          assert.ok(Math.abs((walked.spent[row] ?? NaN) - spent) <= 1e-6 * Math.max(1, spent), where);
          const bought = outcome.judgements.filter(({ action }) => action === 'paid');
          assert.ok(!bought.some(({ vetoes = [] }) => vetoes.length > 0), where);
          if (bought.length > 0) paidSteps += 1;
          served.add(servedTier);
        }
      });
    }),
    { seed: 20261124, numRuns: 60 },
  );
  assert.ok(paidSteps > 100, `only ${paidSteps} paid steps were walked`);
  assert.equal(served.size, 4);
});
