import { certificateSentence } from '../calibration/certificate-sentence.ts';
import { meanDifferenceInterval } from '../calibration/mean-interval.ts';
import { createRandom } from '../calibration/random.ts';
import type { Objective, PriceRule } from '../routing/price-rule.ts';
import type { Certificate, Version } from '../routing/version.ts';
import { certifyPath, isBinary, pValueOf } from './certify-path.ts';
import { splitRows, type Draw } from './draw-rows.ts';
import { expectFurther } from './expect-further.ts';
import { judgeRows, mean, type Judged } from './judge-rows.ts';
import type { LadderTable } from './ladder-table.ts';
import { always } from './baselines.ts';
import { placeForBudget, thinPath } from './path-place.ts';
import type { Frontier, FrontierPoint } from './report-data.ts';
import { confidenceModelOf } from './rule-of.ts';
import { meanLastCost, solveLadder, type SolvedLadder } from './solve-ladder.ts';
import { pricesOfQuality } from './solve-path.ts';

/** What the certificate's sentence says of the rows. */
export interface Source {
  name: string;
  /** YYYY-MM-DD: one day, or the first and the last. */
  dates: [string] | [string, string];
  scorer: string;
}

export interface TuneOptions {
  route: string;
  /** The route's tiers, in order: the version is for these models alone. */
  tiers: Version['tiers'];
  objective: Objective;
  seed: number;
  source: Source;
  /** ISO 8601. */
  createdAt: string;
  /** Of the rows that are not kept for a report, the share that is fitted on. */
  fitShare: number;
  /** Rows that nothing is fitted, chosen or certified on: for the report. */
  testShare: number;
}

export interface Tuned {
  solved: SolvedLadder;
  draw: Draw;
  frontier: Frontier;
  /** Absent where nothing can be promised, or the objective cannot be met. */
  version?: Version;
  /** How many more labelled questions a certificate that saves is expected to need; absent where nobody can say. */
  furtherLabels?: number;
  /** Where there is no version: why, in a sentence. */
  why?: string;
}

/** Fewer questions than this cannot be fitted on. */
export const LEAST_ROWS = 20;

/**
 * Fits a ladder on a share of the rows, solves its path, and finds the place on it that meets the objective on rows that
 * nothing was fitted on.
 * @throws {RangeError} where there are fewer than {@link LEAST_ROWS} questions.
 */
export function tune(table: LadderTable, options: TuneOptions): Tuned {
  const { objective, seed, fitShare, testShare } = options;
  if (table.count < LEAST_ROWS) throw new RangeError(tooFew(table.count, objective));
  const test = Math.floor(table.count * testShare);
  const fit = Math.max(LEAST_ROWS / 2, Math.floor((table.count - test) * fitShare));
  const certify = table.count - test - fit;
  const draw = splitRows(table, { fit, certify, keep: test }, createRandom(seed));
  if (draw.certify.length === 0)
    throw new RangeError(
      `The ${table.count} questions belong to ${new Set(table.clusters).size} conversations or prompts: once some are fitted on, none is left to certify on. More conversations are needed.`,
    );
  const unit = meanLastCost(table, draw.fit);
  const prices =
    'valueOfGoodAnswerUsd' in objective ? [(objective.valueOfGoodAnswerUsd * 1e9) / unit] : pricesOfQuality();
  const solved = solveLadder(table, draw.fit, { prices });
  const judged = solved.parts.path.map((_, point) => solved.judge(draw.certify, point));
  const last = judgeRows(table, draw.certify, always(table, draw.certify, table.answers.length - 1));
  const context: Context = { table, options, solved, draw, judged, unit, last };
  if ('maxQualityLoss' in objective) return promiseLoss(context, objective);
  if ('budgetUsdPerRequest' in objective) return keepBudget(context, objective.budgetUsdPerRequest);
  const frontier = frontierOf(context, 0, 1);
  return {
    solved,
    draw,
    frontier,
    version: versionOf(context, { path: solved.parts.path, place: 0, furthest: 0 }, [{ point: 0, share: 1 }]),
  };
}

interface Context {
  table: LadderTable;
  options: TuneOptions;
  solved: SolvedLadder;
  draw: Draw;
  /** Every point of the path on the certify rows. */
  judged: readonly Judged[];
  /** Mean cost of the last tier on the fit rows, nano-dollars. */
  unit: number;
  last: Judged;
}

function promiseLoss(
  context: Context,
  { maxQualityLoss, certainty }: { maxQualityLoss: number; certainty: number },
): Tuned {
  const { table, options, solved, draw, judged } = context;
  const promise = { maxLoss: maxQualityLoss, level: 1 - certainty };
  const binary = isBinary(table.answers.map(({ score }) => score));
  const { chosen, passed } = certifyPath(
    judged.length,
    (point) => judged[point] ?? context.last,
    promise,
    binary,
  );
  const frontier = frontierOf(context, passed, chosen === undefined ? 0 : chosen + 1, maxQualityLoss);
  if (chosen === undefined) {
    const further = expectFurther(judged, promise, binary);
    // Of further labels, too, some are fitted on, and some repeat a prompt.
    const furtherLabels =
      further === undefined ? undefined : Math.ceil((further * table.count) / draw.certify.length);
    return {
      solved,
      draw,
      frontier,
      ...(furtherLabels === undefined ? {} : { furtherLabels }),
      why: whyNot(draw.certify.length, promise, judged, furtherLabels),
    };
  }
  const losses = judged[chosen]?.losses ?? new Float64Array();
  const { source } = options;
  const claim = {
    promise: 'loss',
    limit: maxQualityLoss,
    level: promise.level,
    rows: losses.length,
    scorer: source.scorer,
  } as const;
  const certificate: Certificate = {
    ...claim,
    test: binary ? 'exact' : 'betting',
    pValue: pValueOf(losses, promise, binary),
    source: source.name,
    dates: source.dates,
    sentence: certificateSentence({ ...claim, source: source.name, dates: source.dates }),
  };
  const { path, place } = thinPath(solved.parts.path, chosen);
  return {
    solved,
    draw,
    frontier,
    version: versionOf(context, { path, place, furthest: place }, [{ point: chosen, share: 1 }], certificate),
  };
}

function keepBudget(context: Context, budgetUsd: number): Tuned {
  const { solved, draw, judged, table } = context;
  const lastUsd = meanLastCost(table, draw.certify) / 1e9;
  const place = placeForBudget(
    judged.map(({ relativeCost }) => relativeCost * lastUsd),
    budgetUsd,
  );
  if (place === undefined) {
    const least = Math.min(...judged.map(({ relativeCost }) => relativeCost)) * lastUsd;
    return {
      solved,
      draw,
      frontier: frontierOf(context, 0, 0),
      why: `No policy of this ladder costs as little as $${budgetUsd} a request: the cheapest found costs $${least.toPrecision(3)}.`,
    };
  }
  const upper = Math.ceil(place);
  const thinned = thinPath(solved.parts.path, upper, solved.parts.path.length - 1);
  const mix = [
    { point: upper, share: 1 - (upper - place) },
    { point: upper - 1, share: upper - place },
  ];
  return {
    solved,
    draw,
    frontier: frontierOf(context, 0, Math.round(place) + 1),
    version: versionOf(
      context,
      { path: thinned.path, place: thinned.place - (upper - place), furthest: thinned.path.length - 1 },
      mix,
    ),
  };
}

/** Which points of the solved path the requests are decided at, and what share of them at each. */
type Mix = readonly { point: number; share: number }[];

function versionOf(
  { table, options, solved, draw, judged, unit }: Context,
  where: Pick<PriceRule, 'path' | 'place' | 'furthest'>,
  mix: Mix,
  certificate?: Certificate,
): Version {
  const { route, tiers, objective, source, createdAt, seed } = options;
  const mixed = (of: (judged: Judged) => number): number =>
    mix.reduce((sum, { point, share }) => {
      const at = judged[point];
      return share === 0 ? sum : sum + share * (at === undefined ? NaN : of(at));
    }, 0);
  const evidence = {
    source: source.name,
    seed,
    fitRows: draw.fit.length,
    certifyRows: draw.certify.length,
    tiers: Object.fromEntries(
      table.tiers.map((tier, index) => [
        tier,
        { accuracy: mean(draw.certify.map((row) => table.answers[index]?.score[row] ?? NaN)) },
      ]),
    ),
    relativeCost: mixed(({ relativeCost }) => relativeCost),
    loss: mixed(({ losses }) => mean(losses)),
    lastTierUsd: unit / 1e9,
  };
  return {
    format: 1,
    route,
    tiers,
    rule: { kind: 'price', objective, ...solved.parts, ...where },
    confidenceModel: confidenceModelOf(solved.ladder, `${route}-${createdAt.slice(0, 10)}`, {
      fitRows: draw.fit.length,
      source: source.name,
    }),
    ...(certificate === undefined ? {} : { certificate }),
    evidence,
    createdAt,
  };
}

/** Always-last stands before the path; `chosen` counts it, `passed` does not. */
function frontierOf(
  { judged, draw, solved, unit, last }: Context,
  passed: number,
  chosen: number,
  limit?: number,
): Frontier {
  const point = (each: Judged, certified: boolean): FrontierPoint => ({
    relativeCost: each.relativeCost,
    loss: { value: mean(each.losses), ...meanDifferenceInterval(each.losses) },
    certified,
  });
  return {
    measures: 'loss',
    questions: draw.certify.length,
    points: [
      { ...point(last, true), loss: { value: 0, lower: 0, upper: 0 } },
      ...judged.map((each, index) => ({
        ...point(each, index < passed),
        priceOfQuality: (solved.parts.path[index]?.priceOfQuality ?? NaN) / unit,
      })),
    ],
    chosen,
    ...(limit === undefined ? {} : { limit }),
  };
}

function tooFew(count: number, objective: Objective): string {
  const promised = 'maxQualityLoss' in objective ? ` ${leastLabels(objective)}` : '';
  return `${count} labelled questions are too few to fit a policy on: at least ${LEAST_ROWS} are needed.${promised} Until then the last tier answers everything.`;
}

/** Without one question where the last tier does better, so many prove the promise: (1 − δ)ⁿ ≤ α. */
function leastLabels({ maxQualityLoss, certainty }: { maxQualityLoss: number; certainty: number }): string {
  const least = Math.ceil(Math.log(1 - certainty) / Math.log1p(-maxQualityLoss));
  return `A quality loss of at most ${maxQualityLoss} with a certainty of ${certainty} takes at least ${least} to certify on, even if nothing is ever lost.`;
}

function whyNot(
  rows: number,
  { maxLoss, level }: { maxLoss: number; level: number },
  judged: readonly Judged[],
  further: number | undefined,
): string {
  const what = `a quality loss of at most ${maxLoss} with a certainty of ${Number((1 - level).toFixed(6))}`;
  if (!judged.some(({ relativeCost }) => relativeCost < 1))
    return `No policy of this ladder costs less than always asking the last tier, so the last tier goes on answering everything.`;
  const need =
    further === undefined
      ? 'None lost little enough here: more labels alone may not help, a better small model or a laxer promise would.'
      : `If what was measured is true, about ${further} more labelled questions would do.`;
  return `${rows} questions do not suffice to certify a policy that saves, for ${what}, so the last tier goes on answering everything. ${need}`;
}
