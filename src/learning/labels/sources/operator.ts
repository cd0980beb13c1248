import { coinOf } from '../../../routing/audit-plan.ts';
import type { LabelSourceDefinition } from './label-source.ts';

/** What operators say, in `weir review` or over the API. They choose what they look at, so nothing is certified by it. */
export const operatorSource: LabelSourceDefinition = {
  name: 'operator',
  says: 'what an operator thinks',
  scoresAgainst: 'truth',
  isFittedOn: true,
  certifies: false,
  sentWith: 'operator-key',
};

/** Share of the audits that operators are asked about whatever their answers are. */
const DRAWN_SHARE = 0.2;

/**
 * The coin that decides whether operators are asked about a request whatever its answers are. It knows nothing of question,
 * answer or verdict, so verdicts on the drawn requests stand for all. Doubtful requests would show the judge at its worst.
 * @param kept the coin, as the audit has it; audits from before it was kept have one that follows from the id.
 * @returns the request's order among the drawn ones, within [0, 1); `undefined` where it is not drawn.
 */
export function reviewDraw(outcomeId: string, kept?: number): number | undefined {
  const coin = kept ?? coinOf('review', outcomeId);
  return coin < DRAWN_SHARE ? coin / DRAWN_SHARE : undefined;
}
