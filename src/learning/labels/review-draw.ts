import { coinOf } from '../../routing/audit-plan.ts';

/** Share of the audits that operators are asked about whatever their answers are. */
const DRAWN = 0.2;

/**
 * A request's coin for the review: it knows nothing of question, answer or verdict, so that what operators say of the drawn
 * ones stands for all. Of what they are asked because it is doubtful, the judge would look at its worst.
 * @returns its place among the drawn ones, within [0, 1); `undefined` where it is not drawn.
 */
export function reviewDraw(outcomeId: string): number | undefined {
  const coin = coinOf('review', outcomeId);
  return coin < DRAWN ? coin / DRAWN : undefined;
}
