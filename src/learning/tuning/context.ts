import type { PriceRule } from '../../routing/rules/price-rule.ts';
import type { Objective } from '../../routing/rules/objective.ts';
import type { Certificate, Version } from '../../routing/version.ts';
import { certificateOf } from '../versions/certificate-of.ts';
import type { Draw } from '../table/draw-rows.ts';
import { frontierOfPath } from './frontier.ts';
import { mean, type Judged } from '../table/judge-rows.ts';
import { judgedFigures } from '../table/judged-figures.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import type { Frontier } from './report-data.ts';
import { confidenceModelOf } from '../fitting/rule-of.ts';
import { thinPath } from '../fitting/path-place.ts';
import type { SolvedLadder } from '../fitting/solve-ladder.ts';

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
  /** Every label is both fitted on and tested with, in five folds, in place of a split by `fitShare`. */
  crossFit?: boolean;
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

/**
 * A ladder that is solved, and what each point of its path does on the certify rows. Cross-fitted: what policies at the same
 * prices do there that were not fitted on these rows.
 */
export interface Context {
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

/** Which points of the solved path the requests are decided at, and what share of them at each. */
export type Mix = readonly { point: number; share: number }[];

/** The version that decides at these points. */
export function versionOf(
  { table, options, solved, draw, judged, unit }: Context,
  where: Pick<PriceRule, 'path' | 'place' | 'furthest'>,
  mix: Mix,
  certificate?: Certificate,
): Version {
  const { route, tiers, objective, source, createdAt, seed } = options;
  const mixed = (of: (judged: Judged) => number, rows?: readonly number[]): number =>
    mix.reduce((sum, { point, share }) => {
      if (share === 0) return sum;
      const at = rows === undefined ? judged[point] : solved.judge(rows, point);
      return sum + share * (at === undefined ? NaN : of(at));
    }, 0);
  const alone = mix.find(({ share }) => share === 1);
  const one = alone === undefined ? undefined : judged[alone.point];
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
    ...(one === undefined
      ? {
          relativeCost: mixed(({ relativeCost }) => relativeCost),
          loss: mixed(({ losses }) => mean(losses)),
        }
      : judgedFigures(one)),
    // What long conversations and frequent prompts lose weighs more here. The policy that is cross-fitted has seen every row.
    ...(draw.repeats.length === 0 || !table.lastLabelled || options.crossFit
      ? {}
      : { lossOfEvery: mixed(({ losses }) => mean(losses), [...draw.certify, ...draw.repeats]) }),
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

/** What came out where a point of the path is certified: a version that stands there, and goes no further. */
export function certifiedAt(
  context: Context,
  chosen: number,
  frontier: Frontier,
  proven: Pick<Certificate, 'promise' | 'limit' | 'level' | 'rows' | 'test' | 'pValue'>,
): Tuned {
  const { solved, draw } = context;
  const { name: source, dates, scorer } = context.options.source;
  const certificate = certificateOf({
    ...proven,
    source,
    dates,
    scorer,
    oneOfEach: draw.repeats.length > 0,
  });
  const { path, place } = thinPath(solved.parts.path, chosen);
  const mix = [{ point: chosen, share: 1 }];
  const version = versionOf(context, { path, place, furthest: place }, mix, certificate);
  return { solved, draw, frontier, version };
}

/** What the path does on the certify rows. Always-last stands before it; `chosen` counts it, `passed` does not. */
export function frontierOf(
  { options, judged, draw, solved, unit, last }: Context,
  passed: number,
  chosen: number,
  limit?: number,
): Frontier {
  return frontierOfPath({ path: solved.parts.path, judged, last, unit }, passed, {
    on: options.crossFit ? 'folds' : 'certify',
    questions: draw.certify.length,
    chosen,
    ...(limit === undefined ? {} : { limit }),
  });
}
