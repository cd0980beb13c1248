import { defined } from '../../defined.ts';
import type { Objective } from '../../routing/rules/objective.ts';
import type { PriceRule } from '../../routing/rules/price-rule.ts';
import type { Certificate, Version } from '../../routing/version.ts';
import { certificateOf } from '../versions/certificate-of.ts';
import type { RowSplit } from '../table/split-rows.ts';
import { frontierOfPath, type Frontier } from './frontier.ts';
import { mean, type PolicyResult } from '../table/measure-rows.ts';
import { measuredFigures } from '../table/measured-figures.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { confidenceModelOf } from '../fitting/fit-ladder.ts';
import { thinPath } from '../fitting/path-position.ts';
import type { SolvedLadder } from '../fitting/solve-ladder.ts';

/** What the certificate's sentence says about the rows. */
export interface CertificateSource {
  name: string;
  /** YYYY-MM-DD: one day, or the first and the last. */
  dates: [string] | [string, string];
  scorer: string;
}

export interface TuneOptions {
  route: string;
  /** The route's tiers, in order; the version is valid for these models alone. */
  tiers: Version['tiers'];
  objective: Objective;
  seed: number;
  source: CertificateSource;
  /** ISO 8601. */
  createdAt: string;
  /** The share of the rows to fit on, of those that are not kept for a report. */
  fitShare: number;
  /** The share of all rows that is kept for a report: nothing is fitted, chosen or certified on them. */
  testShare: number;
  /** Use every label both for fitting and for testing, in five folds, instead of a split by `fitShare`. */
  crossFit?: boolean;
}

export interface Tuned {
  solved: SolvedLadder;
  draw: RowSplit;
  frontier: Frontier;
  /** Absent if nothing can be promised, or the objective cannot be met. */
  version?: Version;
  /** How many more labelled questions a certificate that saves is expected to need; absent if unknown. */
  furtherLabels?: number;
  /** Why there is no version, in sentences; absent if there is one. */
  why?: string;
}

/**
 * A solved ladder, and what each point of its path does on the certify rows. If cross-fitted, each point is measured by the
 * policies at the same price of quality that were not fitted on these rows.
 */
export interface TuningContext {
  table: LadderTable;
  options: TuneOptions;
  solved: SolvedLadder;
  draw: RowSplit;
  /** Every point of the path on the certify rows. */
  measured: readonly PolicyResult[];
  /** Mean cost of the last tier on the fit rows, nano-dollars. */
  lastTierCost: number;
  last: PolicyResult;
}

/** The points of the solved path that decide requests, and the share of requests that each decides. */
export type PointMix = readonly { point: number; share: number }[];

/** The version that decides at these points. */
export function versionAt(
  { table, options, solved, draw, measured, lastTierCost }: TuningContext,
  where: Pick<PriceRule, 'path' | 'place' | 'furthest'>,
  mix: PointMix,
  certificate?: Certificate,
): Version {
  const { route, tiers, objective, source, createdAt, seed } = options;
  const mixed = (of: (measured: PolicyResult) => number, rows?: readonly number[]): number =>
    mix.reduce((sum, { point, share }) => {
      if (share === 0) return sum;
      const at = rows === undefined ? measured[point] : solved.measure(rows, point);
      return sum + share * (at === undefined ? NaN : of(at));
    }, 0);
  const alone = mix.find(({ share }) => share === 1);
  const one = alone === undefined ? undefined : measured[alone.point];
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
      : measuredFigures(one)),
    // Here long conversations and frequent prompts weigh more. A cross-fitted policy has seen every row, so it has no such loss.
    ...(draw.repeats.length === 0 || !table.lastLabelled || options.crossFit
      ? {}
      : { lossOfEvery: mixed(({ losses }) => mean(losses), [...draw.certify, ...draw.repeats]) }),
    lastTierUsd: lastTierCost / 1e9,
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
    ...defined({ certificate }),
    evidence,
    createdAt,
  };
}

/** The result if a point of the path is certified: a version that serves from this point and never from a laxer one. */
export function certifiedAt(
  context: TuningContext,
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
  const version = versionAt(context, { path, place, furthest: place }, mix, certificate);
  return { solved, draw, frontier, version };
}

/** The path on the certify rows, after always-last as its first point. `chosen` counts that point, `passed` does not. */
export function frontierOf(
  { options, measured, draw, solved, lastTierCost, last }: TuningContext,
  passed: number,
  chosen: number,
  limit?: number,
): Frontier {
  return frontierOfPath({ path: solved.parts.path, measured, last, lastTierCost }, passed, {
    on: options.crossFit ? 'folds' : 'certify',
    questions: draw.certify.length,
    chosen,
    ...defined({ limit }),
  });
}
