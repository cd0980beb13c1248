import type { Interval } from '../calibration/interval.ts';
import { ratioInterval } from '../calibration/mean-interval.ts';
import type { Decision } from '../store/store.ts';

/** What was spent beside what always asking the last tier would have cost, all in dollars. */
export interface SavingEstimate {
  /** 1 − spent ÷ baseline; below 0 it costs more. */
  share: number;
  interval: Interval;
  requests: number;
  /** Requests of which some cost is not known: they are in none of the figures. */
  leftOut: number;
  /** Every call for the requests themselves, drafts that were passed over and paid signals among them. */
  servingUsd: number;
  /** The further answers that audits asked for. */
  auditsUsd: number;
  judgesUsd: number;
  /** Measured where the last tier served, else its price for the same tokens. */
  baselineUsd: number;
}

interface Spent {
  serving: number;
  audit: number;
  judge: number;
  baseline: number;
}

/** The interval is that of a ratio of sums over the requests. Undefined under two requests whose costs are all known. */
export function estimateSaving(
  decisions: readonly Decision[],
  certainty: number,
): SavingEstimate | undefined {
  const rows = decisions.flatMap((decision) => spentOn(decision) ?? []);
  const interval = ratioInterval(
    rows.map(({ serving, audit, judge }) => serving + audit + judge),
    rows.map(({ baseline }) => baseline),
    certainty,
  );
  if (interval === undefined) return undefined;
  const usd = (part: keyof Spent): number => rows.reduce((sum, row) => sum + row[part], 0) / 1e9;
  const [servingUsd, auditsUsd, judgesUsd, baselineUsd] = [
    usd('serving'),
    usd('audit'),
    usd('judge'),
    usd('baseline'),
  ];
  return {
    share: 1 - (servingUsd + auditsUsd + judgesUsd) / baselineUsd,
    interval: { lower: 1 - interval.upper, upper: 1 - interval.lower },
    requests: rows.length,
    leftOut: decisions.length - rows.length,
    servingUsd,
    auditsUsd,
    judgesUsd,
    baselineUsd,
  };
}

/** An audit that asked nobody says that it cost 0; where it says nothing, somebody was asked whom nobody priced. */
function spentOn({ outcome, audit }: Decision): Spent | undefined {
  const { costNanoUsd, baselineNanoUsd } = outcome;
  if (costNanoUsd === undefined || baselineNanoUsd === undefined) return undefined;
  const spent = { serving: costNanoUsd, baseline: baselineNanoUsd };
  if (audit === undefined) return { ...spent, audit: 0, judge: 0 };
  const { costNanoUsd: further, judgeNanoUsd: judge } = audit;
  return further === undefined || judge === undefined ? undefined : { ...spent, audit: further, judge };
}
