import { percent } from '../../format/percent.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { mean } from '../table/measure-rows.ts';

/** What is wrong with the order of a ladder, in sentences: a tier should cost less than the next, and be right less often. */
export function orderAdvice({ tiers, answers }: Pick<LadderTable, 'tiers' | 'answers'>): string[] {
  return tiers.slice(1).flatMap((later, index) => {
    const tier = tiers[index] ?? '';
    const [own, next] = [answers[index], answers[index + 1]];
    const [cost, nextCost] = [mean(own?.cost ?? []), mean(next?.cost ?? [])];
    const [right, nextRight] = [mean(own?.score ?? []), mean(next?.score ?? [])];
    if (cost >= nextCost)
      return [
        `The ladder is in the wrong order: an answer of ${tier} costs ${nextCost > 0 ? `${percent(cost / nextCost)} of what one of ${later} does` : `more than one of ${later}`}. Put the cheaper tier first.`,
      ];
    if (right > nextRight)
      return [
        `${later} costs more than ${tier} and is right less often (${percent(nextRight)} against ${percent(right)}): leave it out of the ladder, or put a better model there.`,
      ];
    return [];
  });
}

/** What the first tier costs ÷ what the last does. */
export function firstPrice({ answers }: Pick<LadderTable, 'answers'>): number {
  return mean(answers[0]?.cost ?? []) / mean(answers.at(-1)?.cost ?? []);
}

/**
 * The greatest share of these rows whose answers of the first tier can be served, the surest first, with a mean loss over all
 * of them of at most `maxLoss`. Asking the first tier first costs its price for every row, so it pays below this share.
 */
export function keptAt(
  { answers }: Pick<LadderTable, 'answers'>,
  rows: readonly number[],
  confidence: (row: number) => number,
  maxLoss: number,
): number {
  const [first, last] = [answers[0], answers.at(-1)];
  const ordered = rows
    .filter((row) => (first?.failedChecks[row] ?? 0) === 0)
    .toSorted((a, b) => confidence(b) - confidence(a));
  let loss = 0;
  let kept = 0;
  for (const [index, row] of ordered.entries()) {
    loss += (last?.score[row] ?? NaN) - (first?.score[row] ?? NaN);
    if (loss <= maxLoss * rows.length) kept = index + 1;
  }
  return kept / rows.length;
}

/** Where a ladder does not pay: that, and the number that would change it. */
export function cascadeAdvice(
  { tiers, relativePrice }: { tiers: readonly string[]; relativePrice: number },
  { maxLoss, kept, relativeCost }: { maxLoss: number; kept: number; relativeCost: number },
): string | undefined {
  if (relativeCost < 1 - 1e-9) return undefined;
  const [first = '', last = ''] = [tiers[0], tiers.at(-1)];
  const more =
    relativeCost > 1 + 1e-9
      ? `costs ${percent(relativeCost - 1)} more than ${last} alone`
      : `costs no less than ${last} alone`;
  return `Do not cascade for a loss of ${maxLoss}: the ladder ${more}. Served by its confidence, ${first} could keep ${percent(kept)} of the questions at that loss, so asking it first pays if it costs less than that share of what ${last} does; it costs ${percent(relativePrice)}.`;
}
