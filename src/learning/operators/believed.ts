import type { Decision, LabelSource } from '../../store/contract/store.ts';

/** Verdicts that cost nobody's time, the more trusted first. */
const CHEAP: readonly LabelSource[] = ['judge', 'agreement'];
/** Verdicts of those who know. */
const GOOD: readonly LabelSource[] = ['operator', 'reference'];

/** The verdict of the first of these sources that has judged the tier's answer. */
export function verdictOf(
  { labels }: Pick<Decision, 'labels'>,
  tier: string,
  sources: readonly LabelSource[],
): number | undefined {
  for (const source of sources) {
    const found = labels.find((label) => label.tier === tier && label.source === source);
    if (found !== undefined) return found.verdict;
  }
  return undefined;
}

/** What a tier's answer loses against the last tier's, −1..1, by those who compare the two: there the last tier's counts as right. */
export function cheapLoss(decision: Decision, tier: string, lastTier: string): number | undefined {
  const own = verdictOf(decision, tier, CHEAP);
  return own === undefined ? undefined : (verdictOf(decision, lastTier, CHEAP) ?? 1) - own;
}

/**
 * The same by those who know: both answers must have been judged.
 * @param operators whether an operator's word counts here.
 */
export function goodLoss(
  decision: Decision,
  tier: string,
  lastTier: string,
  { operators }: { operators: boolean },
): number | undefined {
  const sources = operators ? GOOD : GOOD.filter((source) => source !== 'operator');
  const own = verdictOf(decision, tier, sources);
  const last = verdictOf(decision, lastTier, sources);
  return own === undefined || last === undefined ? undefined : last - own;
}
