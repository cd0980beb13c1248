/** One run of a scenario: sends traffic, question by question, through the cascade, the audit plan and the loop. */
import { DAY_MS } from '../../src/format/time.ts';
import { defined } from '../../src/defined.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { createRandom, type RandomGenerator } from '../../src/calibration/fit/random.ts';
import type { LadderTable } from '../../src/learning/table/ladder-table.ts';
import {
  createMeasureVersion,
  observeAudit,
  observeChange,
  observeRequest,
  startLoop,
  fitOrTest,
  type AuditedRow,
  type LoopStep,
  type LoopSettings,
} from '../../src/learning/loop/loop.ts';
import { fittedOnSources } from '../../src/learning/labels/sources/sources.ts';
import { scoreOf } from '../../src/recordings/history.ts';
import type { Label } from '../../src/store/contract/store.ts';
import { requestView, toPaidAttempt } from '../../src/recordings/replay-attempt.ts';
import { auditRatesOf, closenessOf, coinOf, planAudit } from '../../src/routing/audit-plan.ts';
import { cascade, type Outcome } from '../../src/routing/cascade.ts';
import type { RequestView } from '../../src/routing/setting.ts';
import type { Policy } from '../../src/routing/policy.ts';
import { priorModel } from '../../src/routing/confidence/prior.ts';
import { versionHash, type Version } from '../../src/routing/version.ts';
import { tablesAt, type Population } from './population.ts';
import { QUESTIONS, type Mixture, type Scenario } from './scenarios.ts';
import { createTruth, type TellTruth } from './truth.ts';

export const PROMISE = { maxQualityLoss: 0.05, certainty: 0.9 };
export const AUDITS = { auditRate: 0.05, startRate: 0.25, closeRate: 0.05 };
/** Questions between two measurements of the truth. */
export const TICK = 100;
/** Two thousand questions a day. */
const QUESTION_MS = 43_200;
const DAYS_BETWEEN_FALSE_ALARMS = 30;
const REQUESTS_BETWEEN_FALSE_ALARMS = (DAYS_BETWEEN_FALSE_ALARMS * DAY_MS) / QUESTION_MS;

export interface Tick {
  t: number;
  loss: number;
  relativeCost: number;
}

export interface RunResult {
  ticks: Tick[];
  /** As if the version in force at question {@link FROZEN_AT}, or the first one after it, had stayed. */
  frozen: Tick[];
  /** With the number of certification audits since the change, if there was one. */
  events: { t: number; kind: string; message: string; sinceChange?: number }[];
  certificationAudits: number;
  learningAudits: number;
  /** The cost of audits without the requests themselves, ÷ always asking the last tier. */
  auditCost: number;
  /** After a change: when the first alarm came, and labels and cost {@link RECOVERY} questions later; absent without a change. */
  recovery?: { answeredAt?: number; at: number; labels: number; relativeCost: number };
  /** The version that `frozen` keeps, from which other ways of learning start. */
  start?: { t: number; version: Version };
  /** When the first one was put in force. */
  firstAt?: number;
}

export interface RunOptions {
  population: Population;
  scenario: Scenario;
  seed: number;
  truth?: TellTruth;
}

/** The frozen policy is the one in force at this question. */
export const FROZEN_AT = 3_000;
/** How many questions after a change learning is compared with tuning from scratch. */
export const RECOVERY = 3_000;

export function run({ population, scenario, seed, truth = createTruth(population) }: RunOptions): RunResult {
  const { tiers } = population;
  const random = createRandom(seed);
  const settings: LoopSettings = {
    route: 'auto',
    tiers: tiers.map(({ name, model }) => ({ name, model })),
    objective: PROMISE,
    promote: 'automatic',
    source: 'simulated traffic',
    scorer: 'recorded scores',
    runLengths: {
      requests: REQUESTS_BETWEEN_FALSE_ALARMS,
      audits: REQUESTS_BETWEEN_FALSE_ALARMS * AUDITS.auditRate,
    },
  };
  let price = 1;
  let tables = tablesAt(population, price, scenario.noisy);
  let measure = createMeasureVersion(tables.labelled);
  let state = startLoop(0);
  let inForce: Version | undefined;
  let candidate: Version | undefined;
  const rows: AuditedRow[] = [];
  const result: RunResult = {
    ticks: [],
    frozen: [],
    events: [],
    certificationAudits: 0,
    learningAudits: 0,
    auditCost: 0,
  };
  const auditedAt: number[] = [];
  let sinceChange = 0;
  let spentOnAudits = 0;
  let alwaysLast = 0;

  const take = (step: LoopStep, t: number): void => {
    state = step.state;
    candidate =
      state.candidate === undefined
        ? undefined
        : (step.versions.find((version) => versionHash(version) === state.candidate?.hash) ?? candidate);
    if (step.force !== undefined) {
      inForce = step.force ?? undefined;
      if (inForce !== undefined) result.firstAt ??= t;
    }
    for (const { kind, message } of step.events)
      result.events.push({
        t,
        kind,
        message,
        ...(scenario.changesAt !== undefined && t >= scenario.changesAt ? { sinceChange } : {}),
      });
  };

  for (let t = 0; t < QUESTIONS; t++) {
    const mixture = scenario.mixture(t);
    const variant = scenario.variant(t);
    const atMs = t * QUESTION_MS;
    if (scenario.lastPrice(t) !== price) {
      price = scenario.lastPrice(t);
      tables = tablesAt(population, price, scenario.noisy);
      measure = createMeasureVersion(tables.labelled);
      take(
        observeChange(state, { what: 'price', message: 'A price has changed.' }, inForce, {
          table: tables.labelled,
          rows,
          measure,
          nowMs: atMs,
          upTo: rows.length,
        }),
        t,
      );
    }
    if (t >= FROZEN_AT && inForce !== undefined) result.start ??= { t, version: inForce };
    if (t % TICK === 0) {
      result.ticks.push(tickOf(t, truth(inForce, variant, mixture, tables.table)));
      result.frozen.push(
        tickOf(t, truth(t < FROZEN_AT ? inForce : result.start?.version, variant, mixture, tables.table)),
      );
    }
    const row = population.rowOf(drawQuestion(population, mixture, random), variant);
    const id = `${seed}/${t}`;
    const policy = policyOf(population, inForce);
    const outcome = decide(population, policy, inForce, row, id, tables.table);
    const served = outcome.served;
    const first = outcome.judgements.findLast(
      ({ tier, callId }) => tier === tiers[0]?.name && callId !== undefined,
    );
    const accepted = served?.tier === 0;
    alwaysLast += tables.table.answers.at(-1)?.cost[row] ?? 0;
    take(
      observeRequest(
        settings,
        state,
        inForce,
        { accepted, atMs, ...defined({ confidence: first?.confidence }) },
        rows.length,
      ),
      t,
    );
    const rates = auditRatesOf(AUDITS, state.auditing);
    const closeness = closenessOf(
      policy,
      population.table.groups[row] ?? '',
      outcome.judgements,
      served?.callId,
    );
    // Without labels nothing is audited.
    if (scenario.unlabelled) continue;
    const { kind, propensity } = planAudit(
      { certification: coinOf('certification', id), learning: coinOf('learning', id) },
      rates,
      closeness,
    );
    if (kind === undefined) continue;
    if (kind === 'certification') {
      result.certificationAudits += 1;
      if (scenario.changesAt !== undefined && t >= scenario.changesAt) sinceChange += 1;
    } else result.learningAudits += 1;
    auditedAt.push(t);
    spentOnAudits += costOfAudit(tables.table, row, outcome);
    if (scenario.thumbsDown) requireScores(population, tables.labelled, row, id, served?.tier);
    const audited: AuditedRow = {
      number: rows.length + 1,
      row,
      atMs,
      cluster: t,
      certifies: kind === 'certification',
      propensity,
    };
    rows.push(audited);
    const known = { table: tables.labelled, rows, measure, nowMs: atMs, upTo: rows.length };
    take(observeAudit(settings, state, inForce, audited, known), t);
    take(fitOrTest(settings, state, defined({ candidate, inForce }), known), t);
  }
  result.auditCost = spentOnAudits / alwaysLast;
  if (scenario.changesAt !== undefined) result.recovery = recoveryOf(result, scenario.changesAt, auditedAt);
  return result;
}

function recoveryOf(
  { events, ticks }: RunResult,
  changesAt: number,
  auditedAt: readonly number[],
): NonNullable<RunResult['recovery']> {
  const answeredAt = events.find(({ t, kind }) => kind === 'alarm' && t >= changesAt)?.t;
  const from = answeredAt ?? changesAt;
  const at = Math.min(QUESTIONS - TICK, TICK * Math.ceil((from + RECOVERY) / TICK));
  return defined({
    answeredAt,
    at,
    labels: auditedAt.filter((t) => t >= from && t < at).length,
    relativeCost: ticks.find(({ t }) => t === at)?.relativeCost ?? NaN,
  });
}

export function tickOf(t: number, { loss, cost, lastCost }: ReturnType<TellTruth>): Tick {
  return { t, loss, relativeCost: cost / lastCost };
}

export function drawQuestion({ byGroup }: Population, mixture: Mixture, random: RandomGenerator): number {
  let left = uniformFloat64(random);
  for (const [group, share] of Object.entries(mixture)) {
    left -= share;
    const questions = byGroup.get(group);
    if (left < 0 && questions !== undefined)
      return questions[uniformInt(random, 0, questions.length - 1)] ?? 0;
  }
  return 0;
}

export function policyOf({ tiers }: Population, version: Version | undefined): Policy {
  return {
    route: 'auto',
    tiers,
    rule: version?.rule ?? { kind: 'last', objective: PROMISE },
    onAbstain: 'serve',
    data: {},
    certified: true,
  };
}

const views = new WeakMap<LadderTable, Map<number, RequestView>>();

/** Drives the same cascade as live traffic. */
export function decide(
  population: Population,
  policy: Policy,
  version: Version | undefined,
  row: number,
  id: string,
  table: LadderTable,
): Outcome {
  const known = views.get(population.table) ?? new Map<number, RequestView>();
  views.set(population.table, known);
  const trace = population.table.traces[row];
  if (trace === undefined) throw new RangeError(`there is no row ${row}`);
  const view = known.get(row) ?? requestView(trace, policy);
  known.set(row, view);
  const walk = cascade(policy, version?.confidenceModel ?? priorModel, { ...view, id });
  let step = walk.next();
  while (step.done !== true) {
    const { call } = step.value;
    const tier = policy.tiers[call.tier];
    if (tier === undefined) throw new RangeError(`there is no tier ${call.tier}`);
    const { costNanoUsd: _, ...attempt } = population.attempt(row, call.tier);
    const cost = table.answers[call.tier]?.cost[row];
    step = walk.next({
      kind: 'attempt',
      attempt:
        call.about === undefined
          ? { ...attempt, ...defined({ costNanoUsd: cost }), callId: call.callId }
          : {
              ...toPaidAttempt(trace.attempts[tier.name] ?? {}, tier, call.tier),
              callId: call.callId,
              about: call.about,
            },
    });
  }
  return step.value;
}

/** The loop learns from the most trusted label: a user's thumb down must not change the score. */
function requireScores(
  { tiers }: Population,
  { answers }: LadderTable,
  row: number,
  outcomeId: string,
  served: number | undefined,
): void {
  tiers.forEach(({ name: tier }, index) => {
    const score = answers[index]?.score[row] ?? NaN;
    const label = (source: Label['source'], verdict: number): Label => ({
      outcomeId,
      tier,
      source,
      verdict,
      propensity: 1,
      createdAtMs: 0,
    });
    const labels = [...(served === index ? [label('user', 0)] : []), label('reference', score)];
    if (scoreOf(labels, tier, fittedOnSources())?.verdict !== score)
      throw new RangeError(`a thumb down changed the score of ${tier}'s answer in row ${row}`);
  });
}

/** The cost of every tier that the request had not asked, and of the paid signals that it had not bought. */
function costOfAudit({ answers }: LadderTable, row: number, { attempts }: Outcome): number {
  let cost = 0;
  answers.forEach((each, tier) => {
    if (!attempts.some((attempt) => attempt.tier === tier && attempt.about === undefined))
      cost += each.cost[row] ?? 0;
    const paid = each.paidCost[row] ?? NaN;
    if (
      tier < answers.length - 1 &&
      Number.isFinite(paid) &&
      !attempts.some((attempt) => attempt.tier === tier && attempt.about !== undefined)
    )
      cost += paid;
  });
  return cost;
}
