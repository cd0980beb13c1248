import { believe, type Belief, type ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { LadderTable } from './ladder-table.ts';

/**
 * What a model believes of a tier's answer in a row of a table; `paid`: with its paid signals, where it has some.
 * @param tier its place on the ladder. @returns `undefined` where signals that the model requires are missing.
 */
export function believeAnswer(
  model: ConfidenceModel,
  table: LadderTable,
  row: number,
  { tier, paid = false }: { tier: number; paid?: boolean },
): Belief | undefined {
  const answers = table.answers[tier];
  return believe(
    model,
    { tier: table.tiers[tier] ?? '', paid, group: table.groups[row] ?? '' },
    { ...table.features[row], ...answers?.signals[row], ...(paid ? answers?.paid[row] : {}) },
  );
}
