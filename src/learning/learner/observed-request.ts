import type { Policy } from '../../routing/policy.ts';
import type { Decision } from '../../store/contract/store.ts';
import { answerersOf, type Answerer } from './answering.ts';

/** What a request tells the detectors that need no labels. */
export interface ObservedRequest {
  /** Of the first tier's answer; absent where that was not asked, or gave nothing to tell it by. */
  confidence?: number;
  /** The first tier's answer was served. */
  accepted: boolean;
  atMs: number;
}

/** Decisions that a policy made freely; a failure decided the others. */
const DECIDED = new Set(['accepted', 'escalated', 'direct', 'abstained']);

/** @returns no `request` where something else than the policy decided: a failure, or the request's own narrowing. */
export function observedRequest(
  decision: Decision,
  { tiers }: Policy,
): { request?: ObservedRequest; answerers: Answerer[] } {
  const { outcome, attempts } = decision;
  const answerers = answerersOf({ outcome, attempts, labels: [] });
  const { request } = JSON.parse(outcome.explanation) as { request?: { minTier?: number; maxTier?: number } };
  const last = tiers.length - 1;
  const { minTier = 0, maxTier = last } = request ?? {};
  if (!DECIDED.has(outcome.decision) || minTier > 0 || maxTier < last) return { answerers };
  const first = attempts.find(({ tier, about }) => tier === tiers[0]?.name && about === undefined);
  return {
    answerers,
    request: {
      accepted: outcome.tier === tiers[0]?.name,
      atMs: outcome.createdAtMs,
      ...(first?.confidence === undefined ? {} : { confidence: first.confidence }),
    },
  };
}
