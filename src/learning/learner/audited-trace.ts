import { createHash } from 'node:crypto';
import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import { toTrace } from '../../recordings/history.ts';
import { recordedCostNanoUsd } from '../../recordings/replay-attempt.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { Decision, Label } from '../../store/contract/store.ts';
import type { Trace } from '../../traces/trace.ts';
import { reviewDraw } from '../labels/sources/operator.ts';
import { certifyingSources, dueSources, fittedOnSources, LABEL_SOURCES } from '../labels/sources/sources.ts';
import { VERDICT_GRACE_MS, type AuditedRow } from '../loop/loop.ts';

/** An audit as learning uses it, whatever became of it. */
export interface LearnedAudit extends Omit<AuditedRow, 'row' | 'number'> {
  /** With every tier's answer, scored. Absent where the audit is no label (but for an unknown cost), or too old to be held. */
  trace?: Trace;
}

/** What verdicts that came later make of an audit. */
export interface LaterReading {
  /** When they were given. */
  fromMs: number;
  learned: LearnedAudit;
}

/**
 * An audit as it is read when it is settled, and as later verdicts change it. Both follow from when each verdict was given, not
 * from when somebody looks.
 * @returns `learned` with all verdicts so far where it is not settled yet.
 */
export function auditReadings(
  decision: Decision & { audit: AuditRow },
  policy: Pick<Policy, 'tiers'>,
  sources = LABEL_SOURCES,
): { learned: LearnedAudit; later: LaterReading[] } {
  const { audit, labels } = decision;
  const fittedOn = fittedOnSources(sources);
  const times = new Set(
    labels.flatMap((label) => (fittedOn.includes(label.source) ? label.createdAtMs : [])),
  );
  const upTo = (atMs: number): LearnedAudit =>
    learnedAudit(
      { ...decision, labels: labels.filter(({ createdAtMs }) => createdAtMs <= atMs) },
      policy,
      sources,
    );
  // What is written with the audit counts with it.
  let learned = upTo(audit.createdAtMs);
  const later: LaterReading[] = [];
  let last = learned;
  for (const atMs of [...times].toSorted((a, b) => a - b)) {
    if (atMs <= audit.createdAtMs) continue;
    const now = upTo(atMs);
    const isOpen = learned.openUntilMs !== undefined && atMs <= learned.openUntilMs;
    if (isOpen) learned = now;
    else if (!isSameReading(last, now)) later.push({ fromMs: atMs, learned: now });
    last = now;
  }
  return { learned, later };
}

function learnedAudit(
  decision: Decision & { audit: AuditRow },
  { tiers }: Pick<Policy, 'tiers'>,
  sources = LABEL_SOURCES,
): LearnedAudit {
  const { audit, labels } = decision;
  const names = tiers.map(({ name }) => name);
  const row = auditedRow(decision, names, sources);
  if (row.lacks !== undefined) return row;
  // Operators look at what seems lost. If only that were corrected, certificates would be too easy to earn.
  const isChosen = row.certifies && reviewDraw(audit.outcomeId, audit.reviewCoin) === undefined;
  const certifying = certifyingSources(sources);
  const trace = toTrace(
    decision,
    isChosen && hasVerdicts(labels, names, certifying) ? certifying : fittedOnSources(sources),
  );
  if (trace === undefined) return { ...row, lacks: 'answer', ...problemOf(audit) };
  const lacks = tiers.every((tier) => hasCost(trace, tier)) ? {} : { lacks: 'cost' as const };
  return { ...row, ...lacks, trace: toFit(trace, row.cluster) };
}

/** An audit whose request is not in the store, because its row could not be written. */
export function unknownAudit(audit: AuditRow): LearnedAudit {
  return {
    atMs: audit.createdAtMs,
    cluster: audit.conversation ?? audit.outcomeId,
    certifies: audit.kind === 'certification',
    propensity: audit.propensity,
    lacks: 'answer',
    ...problemOf(audit),
  };
}

/**
 * How an audit came to be drawn, and what it lacks but for a cost. Verdicts of operators count where no other source gave
 * them to every answer: what nobody judges counts as lost, so choosing what to look at gains nothing.
 * @param tiers names of the route's tiers.
 */
export function auditedRow(
  { outcome, labels, audit }: Decision & { audit: AuditRow },
  tiers: readonly string[],
  sources = LABEL_SOURCES,
): Omit<AuditedRow, 'row' | 'number'> {
  const row = {
    atMs: outcome.createdAtMs,
    cluster: audit.conversation ?? clusterOf(outcome),
    certifies: audit.kind === 'certification',
    propensity: audit.propensity,
  };
  if (!audit.complete) return { ...row, lacks: 'answer', ...problemOf(audit) };
  const counted = row.certifies ? dueSources(sources) : fittedOnSources(sources);
  if (hasVerdicts(labels, tiers, counted)) return row;
  // Where a source was asked in vain, nothing is waited for.
  if (audit.problem !== undefined) return { ...row, lacks: 'verdict', ...problemOf(audit) };
  return { ...row, lacks: 'verdict', openUntilMs: audit.createdAtMs + VERDICT_GRACE_MS };
}

function hasVerdicts(
  labels: Decision['labels'],
  tiers: readonly string[],
  sources: readonly Label['source'][],
): boolean {
  return tiers.every((name) => labels.some(({ tier, source }) => tier === name && sources.includes(source)));
}

const problemOf = ({ problem }: AuditRow): Pick<AuditedRow, 'problem'> => defined({ problem });

/** Whether two readings of one audit lead to the same fits and tests. */
export function isSameReading(before: LearnedAudit, now: LearnedAudit): boolean {
  // An audit that is no longer held is neither fitted nor tested on.
  if (before.trace === undefined && before.lacks === undefined) return true;
  const scores = ({ lacks, trace }: LearnedAudit): string =>
    JSON.stringify([
      lacks,
      ...Object.entries(trace?.attempts ?? {}).map(([tier, { score }]) => [tier, score]),
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
              cacheWriteHourTokens: rest.cacheWriteHourTokens,
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
