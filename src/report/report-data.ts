import type { ReliabilityPoint } from '../calibration/metrics/metrics.ts';
import type { Estimate } from '../calibration/tests/interval.ts';
import type { Frontier } from '../learning/tuning/frontier.ts';
import type { CalibrationFigures } from '../learning/table/calibration-figures.ts';
import type { Objective } from '../routing/rules/objective.ts';
import type { Certificate } from '../routing/version.ts';

/** How well one tier's confidence predicts whether its answer is acceptable. */
export interface ConfidencePanel extends CalibrationFigures {
  tier: string;
  /** Whether the confidence uses the tier's paid signals, or the free ones alone. */
  paid: boolean;
  /** Test rows that have this confidence and a score of this tier's answer, whether or not the tier was asked. */
  questions: number;
  /** Mean confidence, and mean score. */
  confidence: number;
  accuracy: number;
  /** Bins of equal mass with 95 % intervals, by rising confidence. */
  reliability: ReliabilityPoint[];
  /** For equal steps of confidence over 0..1, how many right and wrong answers fall into each (sums of scores). */
  histogram: { right: number; wrong: number }[];
}

/** The spending on one tier for one purpose, as a share of what always asking the last tier costs. */
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
  /** By tier without the last, with the free signals, over all rows of the group; absent if unknown. */
  confidence: Record<string, { confidence: number; accuracy: Estimate }>;
  /** Share of the questions that each tier served. */
  servedBy: Record<string, number>;
  /** Absent without scores. */
  loss?: Estimate;
  /** Absent if the last tier costs nothing here. */
  relativeCost?: number;
}

/** A question whose served answer is wrong, or that no tier can answer. Texts are present if the traces have them. */
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

/** How many questions of one kind there are, and the first of them. */
export interface HardQuestions {
  count: number;
  shown: HardQuestion[];
}

/**
 * Everything that the report's page shows; JSON. If the version was tuned for the report, the frontier is measured on the
 * certify rows (or by folds), and all else on test rows on which nothing was fitted, certified or chosen. If the version was
 * made earlier (`judged`), every figure is measured on the test rows.
 */
export interface ReportData {
  format: 1;
  route: string;
  /** Cheapest first. */
  tiers: string[];
  /** Where the rows came from, in words for a reader: a file's name. */
  source: string;
  /** ISO 8601. */
  createdAt: string;
  /** The version's hash. */
  version?: string;
  /** If the version was made earlier: when, from what, and whether it is certain that no test row went into it. */
  judged?: { madeAt: string; madeFrom?: string; unseen: boolean };
  objective: Objective;
  /** How many questions were fitted on, certified on (if known) and measured on. */
  questions: { fit?: number; certify?: number; test: number };
  /** The result on the test rows. */
  result: {
    relativeCost: Estimate;
    /** Absent unless served answers and the last tier's have scores. */
    loss?: Estimate;
    /** Mean scores, on the same rows as the loss. */
    score?: number;
    lastScore?: number;
    /** Share of the questions that each tier served. */
    servedBy: Record<string, number>;
    /** Cost of a request in dollars if the last tier answers all; absent if only relative prices are known. */
    alwaysLastUsd?: number;
  };
  /** Absent if not certified. */
  certificate?: Certificate;
  /** Where more was lost on these questions than the certificate promises: what that means, in sentences. */
  beyondPromise?: string;
  /** If not certified, how many more labels a certificate is expected to need. */
  furtherLabels?: number;
  /** By tier without the last, free signals first. */
  confidence: ConfidencePanel[];
  frontier: Frontier;
  /** In the order of the tiers; the sum of the relative costs is `result.relativeCost.value`. */
  spend: SpendItem[];
  /** Most questions first. */
  groups: ReportGroup[];
  hardest: {
    /** Even the last tier's answer is wrong (score below ½); first the questions that every tier gets wrong. */
    nobodyRight: HardQuestions;
    /** The served answer is wrong although its confidence was at least `sureFrom`; surest first. */
    confidentlyWrong: HardQuestions;
    sureFrom: number;
  };
}
