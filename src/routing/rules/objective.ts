import { z } from 'zod';
import { exactPercent } from '../../format/percent.ts';

/** What a route asks of its policy: a quality to hold, a budget to keep, or what a good answer is worth. */
export const objectiveSchema = z.union([
  z.strictObject({ maxQualityLoss: z.number(), certainty: z.number() }),
  z.strictObject({ budgetUsdPerRequest: z.number() }),
  z.strictObject({ valueOfGoodAnswerUsd: z.number() }),
]);

export type Objective = z.infer<typeof objectiveSchema>;

/** An objective in words, as part of a sentence. */
export function objectiveWords(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `at most ${exactPercent(objective.maxQualityLoss)} of quality lost, with a certainty of ${exactPercent(objective.certainty)}`;
  if ('budgetUsdPerRequest' in objective) return `$${objective.budgetUsdPerRequest} a request on average`;
  return `a good answer is worth $${objective.valueOfGoodAnswerUsd}`;
}
