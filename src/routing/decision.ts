import type { Attempt } from './attempt.ts';
import type { Judgement, RequestView } from './cascade.ts';
import { confidence, type ConfidenceModel } from './confidence.ts';
import { heuristicVerdict } from './heuristic.ts';
import type { Policy } from './policy.ts';

/** Accept an answer or ask on, and why, in a sentence. The final tier's answer is always accepted here. */
export function judge(
  policy: Policy,
  model: ConfidenceModel,
  request: RequestView,
  attempt: Attempt,
  isFinal: boolean,
): Judgement {
  const tier = policy.tiers[attempt.tier]?.name ?? String(attempt.tier);
  if (isFinal)
    return {
      tier,
      action: 'accept',
      vetoes: attempt.vetoes,
      reason: finalReason(policy, tier, attempt.tier),
    };
  const known = confidence(model, { ...request.features, ...attempt.signals });
  const base = {
    tier,
    vetoes: attempt.vetoes,
    ...(known === undefined ? {} : { confidence: known.value, contributions: known.contributions }),
  };
  if (attempt.vetoes.length > 0) {
    const reason = `The answer of ${tier} fails a check (${attempt.vetoes.join(', ')}), so the next tier is asked.`;
    return { ...base, action: 'escalate', reason };
  }
  if (policy.rule.kind === 'heuristic') {
    return { ...base, ...heuristicVerdict(policy.rule.version, tier, attempt.signals) };
  }
  if (policy.rule.kind === 'last')
    return { ...base, action: 'escalate', reason: finalReason(policy, tier, attempt.tier) };
  const threshold = policy.rule.thresholds[attempt.tier] ?? 1;
  if (known === undefined) {
    const accepts = policy.rule.withoutConfidence === 'accept';
    const rule = accepts ? 'the route accepts such answers' : 'the route asks the next tier then';
    const reason = `The confidence in ${tier}'s answer is not known (no log-probabilities came), and ${rule}.`;
    return { ...base, threshold, action: accepts ? 'accept' : 'escalate', reason };
  }
  const accepts = known.value >= threshold;
  const comparison = `Confidence ${show(known.value)} in ${tier}'s answer ${accepts ? 'reaches' : 'is under'} the threshold ${show(threshold)}`;
  const reason = `${comparison}${accepts ? '.' : ', so the next tier is asked.'}`;
  return { ...base, threshold, action: accepts ? 'accept' : 'escalate', reason };
}

function finalReason(policy: Policy, tier: string, index: number): string {
  if (policy.rule.kind === 'last') {
    return `${tier} answers everything: no certified version of the promised quality (at most ${policy.rule.maxQualityLoss} lost) is in force.`;
  }
  return index === policy.tiers.length - 1
    ? `${tier} is the last tier: its answer is served.`
    : `${tier} is the last tier this request may use: its answer is served.`;
}

/** Three digits, no trailing noise; never rounds to 1 what is not 1. */
function show(value: number): string {
  return value > 0.9995 && value < 1 ? '> .999' : value.toFixed(3).replace(/^0/, '');
}
