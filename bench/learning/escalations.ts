/** Learning from escalations only: from the requests that asked a later tier anyway, without any audit. */
import { cheapestWithin } from '../../src/learning/tuning/bench.ts';
import { createRandom } from '../../src/calibration/fit/random.ts';
import { solveLadder } from '../../src/learning/fitting/solve-ladder.ts';
import { versionHash, type Version } from '../../src/routing/version.ts';
import { tablesAt } from './population.ts';
import { decide, drawQuestion, policyOf, PROMISE, TICK, tickOf, type RunOptions, type Tick } from './run.ts';
import { QUESTIONS } from './scenarios.ts';
import { createTruth } from './truth.ts';

/** A policy is fitted again after `REFIT` further escalations, on the last `MEMORY` of them. */
const REFIT = 300;
const MEMORY = 1_500;

/** @param first the version to begin with, and when it was put in force. @returns loss and cost over time. */
export function runEscalations(
  { population, scenario, seed, truth = createTruth(population) }: RunOptions,
  first: { t: number; version: Version } | undefined,
): Tick[] {
  const random = createRandom(seed);
  const ticks: Tick[] = [];
  let inForce: Version | undefined;
  let price = 1;
  let { table, labelled } = tablesAt(population, price, scenario.noisy);
  const rows: number[] = [];
  let since = 0;
  for (let t = 0; t < QUESTIONS; t++) {
    const [mixture, variant] = [scenario.mixture(t), scenario.variant(t)];
    if (t === first?.t) inForce = first.version;
    if (scenario.lastPrice(t) !== price) {
      price = scenario.lastPrice(t);
      ({ table, labelled } = tablesAt(population, price, scenario.noisy));
    }
    if (t % TICK === 0) ticks.push(tickOf(t, truth(inForce, variant, mixture, table)));
    const row = population.rowOf(drawQuestion(population, mixture, random), variant);
    if (inForce === undefined || scenario.unlabelled) continue;
    const { attempts } = decide(
      population,
      policyOf(population, inForce),
      inForce,
      row,
      `${seed}/${t}`,
      table,
    );
    const last = population.tiers.length - 1;
    if (!attempts.some(({ tier }) => tier === last) || !attempts.some(({ tier }) => tier === 0)) continue;
    rows.push(row);
    if (++since < REFIT) continue;
    since = 0;
    const known = rows.slice(-MEMORY);
    const solved = solveLadder(labelled, known);
    const point = cheapestWithin(
      solved.parts.path.length,
      (each) => solved.measure(known, each),
      PROMISE.maxQualityLoss,
    );
    if (point === undefined) continue;
    const version: Version = {
      ...inForce,
      rule: { kind: 'price', objective: PROMISE, ...solved.parts, place: point, furthest: point },
      confidenceModel: solved.model,
      evidence: { rows: known.length },
    };
    if (versionHash(version) !== versionHash(inForce)) inForce = version;
  }
  return ticks;
}
