import type { LadderTable } from './ladder-table.ts';

/** Which answer of a row `cascade()` holds on to, once that of `tier` is passed over; `held` is the one so far, −1 at first. */
export function holdOn({ answers }: LadderTable, row: number, held: number, tier: number): number {
  const checks = (of: number): number => answers[of]?.failedChecks[row] ?? 0;
  return held < 0 || checks(tier) <= checks(held) ? tier : held;
}

/** The tier whose answer is served once the last has answered: an earlier one that fails fewer checks, where there is one. */
export function serveAtEnd({ answers }: LadderTable, row: number, held: number): number {
  const last = answers.length - 1;
  if (held < 0) return last;
  return (answers[held]?.failedChecks[row] ?? 0) < (answers[last]?.failedChecks[row] ?? 0) ? held : last;
}
