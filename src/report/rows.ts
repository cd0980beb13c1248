import type { ReportData } from './report-data.ts';

/** What was paid for one call. */
export interface Spending {
  tier: string;
  on: 'answer' | 'signals';
  /** In the same unit as `lastCost`. */
  cost: number;
}

/** What was recorded of one tier's answer, asked by the policy or not. */
export interface ReportAnswer {
  /** Confidence with the free signals; absent at the last tier, and where they are missing. */
  confidence?: number;
  /** Confidence with the paid signals as well. */
  paidConfidence?: number;
  /** 0..1; absent where it is not known. */
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
  /** Every call the policy made, in any one unit of money. */
  spent: readonly Spending[];
  /** What asking the last tier alone would have cost, in the same unit. */
  lastCost: number;
  /** Where the traces have it. */
  question?: string;
  /** The answer that was served. */
  answer?: string;
  reference?: string;
}

/** What the rows do not say. */
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
  /** Dollars in a unit of the rows' costs; absent where these are relative prices. */
  usdPerUnit?: number;
};
