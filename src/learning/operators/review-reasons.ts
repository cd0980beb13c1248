import type { Judgement } from '../../routing/judgement.ts';
import type { Decision, Label } from '../../store/contract/store.ts';
import { cheapLoss, goodLoss } from './believed.ts';
import { keptAnswers } from '../../recordings/kept-answers.ts';
import { isJudged } from './recent-audits.ts';

/** Why an operator's word on a question is worth having. */
export interface ReviewReason {
  /** The more, the sooner it is asked; of one kind at most 1 apart. */
  weight: number;
  sentence: string;
  /** Only users say so: whoever likes can say it of anything. */
  byUser?: true;
}

/** Of verdicts that say something else, not just a little more or less. */
const CONTRADICTION = 0.5;
/** A judge's verdict so near to one half is none. */
const DOUBT = 0.3;
/** Two actions within this share of the last tier's cost. */
const CLOSE = 0.05;

type Source = (decision: Decision, lastTier: string) => ReviewReason | undefined;

/** The weightiest first; empty where nothing speaks for the question. */
export function reviewReasons(decision: Decision, lastTier: string): ReviewReason[] {
  const sources: Source[] = [complaint, contradiction, doubt, evidence, unjudged, closeCall];
  return sources
    .flatMap((source) => source(decision, lastTier) ?? [])
    .toSorted((a, b) => b.weight - a.weight);
}

/** A user did not like what an earlier tier answered. */
const complaint: Source = ({ outcome, labels }, lastTier) => {
  const thumb = labels.find(({ source, tier }) => source === 'user' && tier === outcome.tier);
  if (thumb === undefined || outcome.tier === lastTier || thumb.verdict >= 0.5) return undefined;
  return {
    weight: 5 - thumb.verdict,
    sentence: 'A user marked down an answer that was accepted.',
    byUser: true,
  };
};

const contradiction: Source = ({ labels }) => {
  const told = labels.filter(({ source }) => source !== 'user');
  const pairs = told.flatMap((one, index) =>
    told
      .slice(index + 1)
      .filter((other) => other.tier === one.tier)
      .map((other) => ({ one, other, apart: Math.abs(one.verdict - other.verdict) })),
  );
  const [worst] = pairs.toSorted((a, b) => b.apart - a.apart);
  if (worst === undefined || worst.apart < CONTRADICTION) return undefined;
  return {
    weight: 3 + worst.apart,
    sentence: `Verdicts on one answer contradict each other: ${said(worst.one)}, ${said(worst.other)}.`,
  };
};

const doubt: Source = ({ labels }) => {
  const unsure = labels
    .filter(({ source, verdict }) => source === 'judge' && Math.abs(verdict - 0.5) <= DOUBT)
    .map(({ verdict }) => Math.abs(verdict - 0.5));
  if (unsure.length === 0) return undefined;
  return { weight: 3 - Math.min(...unsure), sentence: 'The judge could not decide between right and wrong.' };
};

/** A certificate rests on the audits that find a loss. */
const evidence: Source = (decision, lastTier) => {
  const { outcome, audit } = decision;
  const { tier } = outcome;
  if (audit?.complete !== true || audit.kind !== 'certification' || tier === undefined) return undefined;
  const loss = cheapLoss(decision, tier, lastTier);
  const known = goodLoss(decision, tier, lastTier, { operators: true });
  if (tier === lastTier || loss === undefined || loss === 0 || known !== undefined) return undefined;
  return {
    weight: 1 + Math.abs(loss),
    sentence: `A certificate counts it: the answer that was served is said to be ${loss > 0 ? 'worse' : 'better'} than the last tier's.`,
  };
};

/** Every tier was asked and paid, and only users have said anything, of some answer at least. */
const unjudged: Source = (decision) => {
  const tiers = keptAnswers(decision).map(({ tier }) => tier);
  if (decision.audit?.complete !== true || isJudged(decision, tiers)) return undefined;
  return {
    weight: 1,
    sentence: 'Nobody has judged every answer of this audit: it teaches nothing before.',
  };
};

const closeCall: Source = ({ outcome }) => {
  const { judgements = [] } = JSON.parse(outcome.explanation) as { judgements?: Judgement[] };
  const { actions = [] } = judgements.findLast((each) => (each.actions?.length ?? 0) > 1) ?? {};
  const [best, second] = actions.toSorted((a, b) => a.expectedCostUsd - b.expectedCostUsd);
  const unit = outcome.baselineNanoUsd;
  if (best === undefined || second === undefined || unit === undefined || unit <= 0) return undefined;
  const apart = ((second.expectedCostUsd - best.expectedCostUsd) * 1e9) / unit;
  if (apart > CLOSE) return undefined;
  return {
    weight: 1 - apart / CLOSE,
    sentence: `It was a close decision: '${best.action}' and '${second.action}' were expected to cost nearly the same.`,
  };
};

function said({ source, verdict }: Label): string {
  return `${source} ${Number(verdict.toFixed(2))}`;
}
