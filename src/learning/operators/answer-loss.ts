/** What a served answer lost against the last tier's, by the verdicts of the label sources. */
import { scoreOf } from '../../recordings/history.ts';
import type { Decision } from '../../store/contract/store.ts';
import type { LabelSourceDefinition } from '../labels/sources/label-source.ts';
import { LABEL_SOURCES, sourceNames } from '../labels/sources/sources.ts';

/** By sources that compare the two answers, −1..1; the last tier's own counts as right. Undefined without a verdict. */
export function comparedLoss(
  decision: Decision,
  tier: string,
  lastTier: string,
  sources = LABEL_SOURCES,
): number | undefined {
  const score = scoreBy(decision, sources, (source) => source.scoresAgainst === 'last-tier');
  const own = score(tier);
  return own === undefined ? undefined : (score(lastTier) ?? 1) - own;
}

/**
 * By sources that say what is right, −1..1. Undefined unless both answers have such a verdict.
 * @param options.chosen whether verdicts count of sources that choose what they look at, such as operators.
 */
export function trueLoss(
  decision: Decision,
  tier: string,
  lastTier: string,
  { chosen, sources = LABEL_SOURCES }: { chosen: boolean; sources?: typeof LABEL_SOURCES },
): number | undefined {
  const score = scoreBy(
    decision,
    sources,
    ({ scoresAgainst, certifies }) => scoresAgainst === 'truth' && (chosen || certifies),
  );
  const [own, last] = [score(tier), score(lastTier)];
  return own === undefined || last === undefined ? undefined : last - own;
}

function scoreBy(
  { labels }: Pick<Decision, 'labels'>,
  sources: readonly LabelSourceDefinition[],
  meets: (source: LabelSourceDefinition) => boolean,
): (tier: string) => number | undefined {
  const names = sourceNames(sources, (source) => source.isFittedOn && meets(source));
  return (tier) => scoreOf(labels, tier, names)?.verdict;
}
