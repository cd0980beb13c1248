import { createHash } from 'node:crypto';
import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import { toTrace } from '../../recordings/history.ts';
import { recordedCostNanoUsd } from '../../recordings/replay-attempt.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { Decision } from '../../store/contract/store.ts';
import type { Trace } from '../../traces/trace.ts';
import { reviewDraw } from '../labels/sources/operator.ts';
import { certifyingSources, fittedOnSources, LABEL_SOURCES } from '../labels/sources/sources.ts';
import type { AuditedRow } from '../loop/loop.ts';

/** An audit as learning uses it. */
export interface LearnedAudit extends Omit<AuditedRow, 'row'> {
  /** Absent where the audit is too old to be held. */
  trace?: Trace;
  /** What its answers cost is known. */
  isPriced: boolean;
}

/** @returns undefined where nothing can be learned, because not every tier gave a whole answer. */
export function learnedAudit(
  decision: Decision & { audit: AuditRow },
  { tiers }: Pick<Policy, 'tiers'>,
  sources = LABEL_SOURCES,
): LearnedAudit | undefined {
  const { audit } = decision;
  if (!audit.complete) return undefined;
  const names = tiers.map(({ name }) => name);
  const drawn = drawnRow(decision, names, sources);
  // Operators look at what seems lost. If only that were corrected, certificates would be too easy to earn.
  const isChosen = drawn.certifies && reviewDraw(audit.outcomeId) === undefined;
  const trace = toTrace(decision, isChosen ? certifyingSources(sources) : fittedOnSources(sources));
  if (trace === undefined) return undefined;
  return {
    trace: toFit(trace, drawn.cluster),
    isPriced: tiers.every((tier) => hasCost(trace, tier)),
    ...drawn,
  };
}

/** How an audit came to be drawn, and what it may be used for. @param tiers names of the route's tiers. */
export function drawnRow(
  { outcome, labels, audit }: Decision & { audit: AuditRow },
  tiers: readonly string[],
  sources = LABEL_SOURCES,
): Omit<AuditedRow, 'row'> {
  const certifying = certifyingSources(sources);
  return {
    atMs: outcome.createdAtMs,
    cluster: audit.conversation ?? clusterOf(outcome),
    certifies:
      audit.kind === 'certification' &&
      tiers.every((name) => labels.some(({ tier, source }) => tier === name && certifying.includes(source))),
    propensity: audit.propensity,
  };
}

/** Whether two readings of one audit lead to the same fits and tests. */
export function hasSameScores(before: LearnedAudit | undefined, now: LearnedAudit | undefined): boolean {
  // An audit that is no longer held is neither fitted nor tested on.
  if (before !== undefined && before.trace === undefined) return true;
  const scores = (learned: LearnedAudit | undefined): string =>
    JSON.stringify([
      learned?.certifies,
      ...Object.entries(learned?.trace?.attempts ?? {}).map(([tier, { score }]) => [tier, score]),
    ]);
  return scores(before) === scores(now);
}

/** Servers sometimes leave out the tokens of an answer. An answer that is absent costs nothing. */
function hasCost({ attempts }: Trace, tier: Policy['tiers'][number]): boolean {
  const answer = attempts[tier.name];
  return answer === undefined || recordedCostNanoUsd(answer, tier) !== undefined;
}

/** What a fit needs. The texts are not among it: signals and failed checks were computed when they came. */
function toFit({ id, group, maxTokens, request, attempts }: Trace, cluster: AuditedRow['cluster']): Trace {
  return {
    id,
    group,
    cluster: String(cluster),
    ...defined({ maxTokens, request }),
    attempts: Object.fromEntries(
      Object.entries(attempts).map(
        ([tier, { score, costUsd, inputTokens, outputTokens, signals, paidSignals, vetoes, ...rest }]) => [
          tier,
          {
            score,
            costUsd,
            inputTokens,
            outputTokens,
            // What its cost at another price depends on.
            ...defined({
              cachedInputTokens: rest.cachedInputTokens,
              cacheWriteTokens: rest.cacheWriteTokens,
              otherTokens: rest.otherTokens,
            }),
            signals,
            paidSignals,
            vetoes,
          },
        ],
      ),
    ),
  };
}

/** For audits without a conversation. Where texts are stored, requests with the same prompt form one cluster. */
function clusterOf({ id, prompt }: Decision['outcome']): string {
  return prompt === undefined ? id : createHash('sha256').update(prompt).digest('hex');
}
