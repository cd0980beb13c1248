import type { ReliabilityPoint } from '../../calibration/metrics/metrics.ts';
import type { CalibrationFigures } from '../table/calibration-figures.ts';
import type { Objective } from '../../routing/rules/objective.ts';
import type { Certificate } from '../../routing/version.ts';

/** A measured number with the 95 % interval of what it estimates. */
export interface Estimate {
  value: number;
  lower: number;
  upper: number;
}

/** One policy of the path from always-last to the cheapest. */
export interface FrontierPoint {
  /** λ in mean costs of the last tier; absent at always-last, which stands before the path. */
  priceOfQuality?: number;
  /** Everything spent ÷ what always asking the last tier costs. */
  relativeCost: number;
  /** Quality loss, or the risk of accepted answers, where only these are labelled. */
  loss: Estimate;
  /** The walk along the path passed here. Always-last is certified by definition. */
  certified: boolean;
}

/** What a path does, from always-last to the cheapest. */
export interface Frontier {
  /** What `loss` of the points is: the mean loss against the last tier, or the share of wrong accepted answers. */
  measures: 'loss' | 'risk';
  /**
   * What it was measured on: the rows that certify where something is promised, which nothing was fitted on; rows that were fitted on too, each by the policy at
   * the same price that was fitted on the other folds; or the test rows.
   */
  on: 'certify' | 'folds' | 'test';
  /** So many rows. */
  questions: number;
  points: FrontierPoint[];
  /** Index of the point that is deployed. */
  chosen: number;
  /** The greatest loss that is asked for, 0..1; absent where the objective is no quality. */
  limit?: number;
}

/** How well one tier's confidence foretells whether its answer is acceptable. */
export interface ConfidencePanel extends CalibrationFigures {
  tier: string;
  /** With the tier's paid signals, or with the free ones alone. */
  paid: boolean;
  /** Test rows with this confidence and a score of this tier's answer, whether or not the tier was asked. */
  questions: number;
  /** Mean confidence, and mean score. */
  confidence: number;
  accuracy: number;
  /** Bins of equal mass with 95 % intervals, by rising confidence. */
  reliability: ReliabilityPoint[];
  /** Equal steps of confidence over 0..1: how many right and wrong answers have it (sums of scores). */
  histogram: { right: number; wrong: number }[];
}

/** What was spent on one thing, as a share of what always asking the last tier costs. */
export interface SpendItem {
  tier: string;
  /** Answers that were served, answers that were passed over, or paid signals. */
  on: 'served' | 'wasted' | 'signals';
  /** Calls, over all test rows. */
  calls: number;
  relativeCost: number;
}

export interface ReportGroup {
  group: string;
  questions: number;
  /** By tier but the last, with the free signals, over all rows of the group; absent where not known. */
  confidence: Record<string, { confidence: number; accuracy: Estimate }>;
  /** Share of the questions that each tier served. */
  servedBy: Record<string, number>;
  /** Absent without scores. */
  loss?: Estimate;
  /** Absent where the last tier costs nothing here. */
  relativeCost?: number;
}

/** A question that went wrong, or that nobody can answer. Texts are there where the traces have them. */
export interface HardQuestion {
  id: string;
  group: string;
  /** The tier that served. */
  served: string;
  /** The confidence with which it was served; absent at the last tier, which needs none. */
  confidence?: number;
  servedScore?: number;
  lastScore?: number;
  question?: string;
  answer?: string;
  reference?: string;
}

/** The questions of one kind: how many there are, and the first of them. */
export interface HardQuestions {
  count: number;
  shown: HardQuestion[];
}

/**
 * All that the report's page shows, and nothing else. JSON. Where it was tuned for the report, every figure is measured on
 * rows that nothing was fitted on: the frontier on the certify rows (or by folds), all else on the test rows, on which nothing was chosen
 * either. Of a version that was made before (`judged`) every figure is measured on the test rows.
 */
export interface ReportData {
  format: 1;
  route: string;
  /** Cheapest first. */
  tiers: string[];
  /** Where the rows came from, as a reader knows it: a file's name. */
  source: string;
  /** ISO 8601. */
  createdAt: string;
  /** The version's hash. */
  version?: string;
  /** Where the version was made before: when, from what, and whether no test row can have gone into it. */
  judged?: { madeAt: string; madeFrom?: string; unseen: boolean };
  objective: Objective;
  /** How many were fitted and certified on, as far as that is known, and how many measured on. */
  questions: { fit?: number; certify?: number; test: number };
  /** What was measured on the test rows. */
  result: {
    relativeCost: Estimate;
    /** Absent without scores of the last tier and of what was served. */
    loss?: Estimate;
    /** Mean scores, on the same rows as the loss. */
    score?: number;
    lastScore?: number;
    /** Share of the questions that each tier served. */
    servedBy: Record<string, number>;
    /** What a request costs where the last tier answers all, in dollars; absent where only relative prices are known. */
    alwaysLastUsd?: number;
  };
  /** Absent: not certified. */
  certificate?: Certificate;
  /** Where it is not certified: how many more labels a certificate is expected to need. */
  furtherLabels?: number;
  /** By tier but the last, free signals first. */
  confidence: ConfidencePanel[];
  frontier: Frontier;
  /** In the order of the tiers; their sum is `result.relativeCost.value`. */
  spend: SpendItem[];
  /** Most questions first. */
  groups: ReportGroup[];
  hardest: {
    /** Even the last tier's answer is wrong (score below ½); first those where every tier's is. */
    nobodyRight: HardQuestions;
    /** A served answer is wrong although its confidence was at least `sureFrom`; surest first. */
    confidentlyWrong: HardQuestions;
    sureFrom: number;
  };
}
