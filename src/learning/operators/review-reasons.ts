import type { Judgement } from '../../routing/judgement.ts';
import type { Decision, Label } from '../../store/contract/store.ts';
import { fittedOnSources } from '../labels/sources/sources.ts';
import { comparedLoss, trueLoss } from './answer-loss.ts';
import { storedAnswers } from '../../recordings/decision.ts';
import { isLabel } from './recent-audits.ts';

/** Why an operator's verdicts on a question are worth having. */
export interface ReviewReason {
  /** Questions with more weight come first. Weights of one kind of reason are at most 1 apart. */
  weight: number;
  sentence: string;
  /** The reason rests on users alone, who may say anything of any answer. */
  byUser?: true;
}

/** Two verdicts this far apart contradict each other. */
const CONTRADICTION = 0.5;
/** A judge's verdict this close to one half is undecided. */
const DOUBT = 0.3;
/** Expected costs of two actions are close within this share of the last tier's cost. */
const CLOSE = 0.05;

type FindReason = (decision: Decision, lastTier: string) => ReviewReason | undefined;

/** The weightiest reason first; empty where there is none. */
export function reviewReasons(decision: Decision, lastTier: string): ReviewReason[] {
  const finders: FindReason[] = [complaint, contradiction, doubt, evidence, missingVerdict, closeCall];
  return finders.flatMap((find) => find(decision, lastTier) ?? []).toSorted((a, b) => b.weight - a.weight);
}

/** A user marked down the answer of an earlier tier. */
const complaint: FindReason = ({ outcome, labels }, lastTier) => {
  const thumb = labels.find(({ source, tier }) => source === 'user' && tier === outcome.tier);
  if (thumb === undefined || outcome.tier === lastTier || thumb.verdict >= 0.5) return undefined;
  return {
    weight: 5 - thumb.verdict,
    sentence: 'A user marked down an accepted answer.',
    byUser: true,
  };
};

const contradiction: FindReason = ({ labels }) => {
  const believed = fittedOnSources();
  const told = labels.filter(({ source }) => believed.includes(source));
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
    sentence: `Verdicts on one answer contradict each other: ${verdictWords(worst.one)}, ${verdictWords(worst.other)}.`,
  };
};

const doubt: FindReason = ({ labels }) => {
  const unsure = labels
    .filter(({ source, verdict }) => source === 'judge' && Math.abs(verdict - 0.5) <= DOUBT)
    .map(({ verdict }) => Math.abs(verdict - 0.5));
  if (unsure.length === 0) return undefined;
  return { weight: 3 - Math.min(...unsure), sentence: 'The judge was undecided between good and wrong.' };
};

/** Certificates rest on the few audits that find a loss. */
const evidence: FindReason = (decision, lastTier) => {
  const { outcome, audit } = decision;
  const { tier } = outcome;
  if (audit?.complete !== true || audit.kind !== 'certification' || tier === undefined) return undefined;
  const loss = comparedLoss(decision, tier, lastTier);
  const known = trueLoss(decision, tier, lastTier, { chosen: true });
  if (tier === lastTier || loss === undefined || loss === 0 || known !== undefined) return undefined;
  return {
    weight: 1 + Math.abs(loss),
    sentence: `A certificate rests on this audit, which found the served answer ${loss > 0 ? 'worse' : 'better'} than the last tier's.`,
  };
};

/** Every tier was asked and paid, but some answer has no verdict except of users. */
const missingVerdict: FindReason = (decision) => {
  const tiers = storedAnswers(decision).map(({ tier }) => tier);
  if (decision.audit?.complete !== true || isLabel(decision, tiers)) return undefined;
  return {
    weight: 1,
    sentence: 'Some answers of this audit have no verdict. Until they do, nothing can be learned from it.',
  };
};

const closeCall: FindReason = ({ outcome }) => {
  const { judgements = [] } = JSON.parse(outcome.explanation) as { judgements?: Judgement[] };
  const { actions = [] } = judgements.findLast((each) => (each.actions?.length ?? 0) > 1) ?? {};
  const [best, second] = actions.toSorted((a, b) => a.expectedCostUsd - b.expectedCostUsd);
  const unit = outcome.baselineNanoUsd;
  if (best === undefined || second === undefined || unit === undefined || unit <= 0) return undefined;
  const apart = ((second.expectedCostUsd - best.expectedCostUsd) * 1e9) / unit;
  if (apart > CLOSE) return undefined;
  return {
    weight: 1 - apart / CLOSE,
    sentence: `The decision was close: '${best.action}' and '${second.action}' were expected to cost nearly the same.`,
  };
};

function verdictWords({ source, verdict }: Label): string {
  return `${source} ${Number(verdict.toFixed(2))}`;
}
