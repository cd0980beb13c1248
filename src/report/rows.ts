import type { ReportData } from './report-data.ts';

/** The cost of one call. */
export interface Spending {
  tier: string;
  on: 'answer' | 'signals';
  /** In the same unit as `lastCost`. */
  cost: number;
}

/** One tier's recorded answer, whether or not the policy asked for it. */
export interface ReportAnswer {
  /** Confidence with the free signals; absent at the last tier, and if signals are missing. */
  confidence?: number;
  /** Confidence with the paid signals as well. */
  paidConfidence?: number;
  /** 0..1; absent if unknown. */
  score?: number;
}

/** One test row: a question, what every tier answered, and what the policy did with it. */
export interface ReportRow {
  id: string;
  group: string;
  /** By tier. */
  answers: Readonly<Record<string, ReportAnswer>>;
  /** The tier whose answer was served. */
  served: string;
  /** Every call that the policy made, in any one unit of money. */
  spent: readonly Spending[];
  /** The cost of asking the last tier alone, in the same unit. */
  lastCost: number;
  /** Present if the traces have it; so are the texts below. */
  question?: string;
  /** The answer that was served. */
  answer?: string;
  reference?: string;
}

/** What a report shows besides the rows. */
export type ReportFrame = Pick<
  ReportData,
  | 'route'
  | 'tiers'
  | 'source'
  | 'createdAt'
  | 'version'
  | 'judged'
  | 'objective'
  | 'certificate'
  | 'furtherLabels'
  | 'frontier'
> & {
  /** How many rows were fitted and certified on. */
  questions: { fit?: number; certify?: number };
  /** Dollars in a unit of the rows' costs; absent if these are relative prices. */
  usdPerUnit?: number;
};
