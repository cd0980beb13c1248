import { defined } from '../../defined.ts';
import { WeirError, withoutWordsOfServer } from '../../errors.ts';
import { isoTime } from '../../format/time.ts';
import { recordedNotTaken } from '../../request/summary.ts';
import { COMMON_ID_PREFIX } from '../../protocol/common/chat.ts';
import type { AuditAttempt, AuditRow } from '../../store/contract/learning-rows.ts';
import type { AttemptRow } from '../../store/contract/outcome-rows.ts';
import type { Decision, Label } from '../../store/contract/store.ts';
import type { ApiContext } from './api-context.ts';
import { plainUsd } from '../../format/money.ts';

/** Each protocol puts a prefix of its own before the gateway's id. */
const ANSWER_ID = /^([a-z]+[-_])?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** What the id of an answer, with or without its protocol's prefix, says; `undefined` where it is none. */
export function readAnswerId(given: string): { outcomeId: string; answerId: string } | undefined {
  const [, prefix = COMMON_ID_PREFIX, outcomeId] = ANSWER_ID.exec(given.toLowerCase()) ?? [];
  return outcomeId === undefined ? undefined : { outcomeId, answerId: prefix + outcomeId };
}

/**
 * The decision of one completion of this tenant, by the completion's id.
 * @throws {WeirError} `unknown_id`
 */
export async function findDecision(context: ApiContext, tenant: string, id: string): Promise<Decision> {
  const { outcomeId } = readAnswerId(id) ?? {};
  const found = outcomeId === undefined ? undefined : await context.recorder.decision(outcomeId, tenant);
  if (found !== undefined) return found;
  throw new WeirError(
    'unknown_id',
    'No completion of yours has this id; take the `id` of a completion, or its `x-weir-id` header.',
    { param: 'id' },
  );
}

/**
 * `GET /v1/decisions/{id}`: why an answer came from where it came.
 * @param asked the id as the client wrote it. @param operator only operators read what a server said when it failed.
 * @param tiers of its route, as it is configured now.
 */
export function describeDecision(
  { outcome, attempts, labels, audit }: Decision,
  asked: string,
  { operator, tiers }: { operator: boolean; tiers: readonly string[] },
): object {
  const {
    explanation,
    costNanoUsd,
    baselineNanoUsd,
    baselineLeastNanoUsd,
    prompt,
    id,
    policyHash,
    createdAtMs,
    ...rest
  } = outcome;
  const notTaken = recordedNotTaken(outcome, tiers);
  return {
    id: readAnswerId(asked)?.answerId ?? id,
    object: 'weir.decision',
    createdAt: isoTime(createdAtMs),
    policy: policyHash,
    ...rest,
    ...usd('costUsd', costNanoUsd),
    ...usd('baselineUsdEstimate', baselineNanoUsd),
    ...usd('baselineUsdLeast', baselineLeastNanoUsd),
    ...(prompt === undefined ? {} : { messages: parse(prompt) }),
    explanation: parse(explanation),
    ...(notTaken.length === 0 ? {} : { whyNotCheaper: notTaken }),
    attempts: attempts.map((attempt) => describeAttempt(attempt, operator)),
    labels: labels.map(describeLabel),
    ...(audit === undefined ? {} : { audit: describeAudit(audit, operator) }),
  };
}

/** The calls of an audit; none without an audit. */
export function auditAttempts(audit: AuditRow | undefined): AuditAttempt[] {
  return audit === undefined ? [] : (JSON.parse(audit.attempts) as AuditAttempt[]);
}

/** An audit in a decision's words, without what the decision says already. */
function describeAudit(audit: AuditRow, operator: boolean): object {
  const {
    kind,
    propensity,
    complete,
    problem,
    costNanoUsd,
    judgeNanoUsd,
    worstNanoUsd,
    controlVerdict,
    createdAtMs,
  } = audit;
  return {
    kind,
    propensity,
    complete,
    ...defined({ problem: problem === undefined || operator ? problem : withoutWordsOfServer(problem) }),
    ...usd('costUsd', costNanoUsd),
    ...usd('judgeUsd', judgeNanoUsd),
    ...usd('worstUsd', worstNanoUsd),
    ...defined({ controlVerdict }),
    createdAt: isoTime(createdAtMs),
    attempts: auditAttempts(audit).map((attempt) => describeAnswer(attempt, operator)),
  };
}

function describeAttempt({ outcomeId: _, ...attempt }: AttemptRow, operator: boolean): object {
  return describeAnswer(attempt, operator);
}

function describeAnswer(
  { signals, vetoes, costNanoUsd, worstNanoUsd, otherTokens, errorMessage: message, ...rest }: AuditAttempt,
  operator: boolean,
): object {
  const shown = message === undefined || operator ? message : withoutWordsOfServer(message);
  return {
    ...rest,
    ...defined({ errorMessage: shown }),
    signals: parse(signals),
    vetoes: parse(vetoes),
    ...(otherTokens === undefined ? {} : { otherTokens: parse(otherTokens) }),
    ...usd('costUsd', costNanoUsd),
    ...usd('worstUsd', worstNanoUsd),
  };
}

function describeLabel({ outcomeId: _, createdAtMs, ...rest }: Label): object {
  return { ...rest, createdAt: isoTime(createdAtMs) };
}

function usd(name: string, nano: number | undefined): object {
  return nano === undefined ? {} : { [name]: plainUsd(nano) };
}

function parse(text: string): unknown {
  return JSON.parse(text) as unknown;
}
