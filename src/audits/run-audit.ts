import { defined } from '../defined.ts';
import { WeirError, withoutWordsOfServer } from '../errors.ts';
import type { TierSameness } from '../learning/labels/sameness-of-tiers.ts';
import type { Verdicts } from '../learning/labels/verdicts.ts';
import { mostCost } from '../request/costs/worst-cost.ts';
import type { Attempt } from '../routing/attempt.ts';
import { answerText } from '../upstream/answer-reader.ts';
import { askEveryTier, type AskedTiers, type AuditedRequest } from './ask-every-tier.ts';
import type { AuditContext } from './audit-context.ts';
import type { AuditBudget } from './budget.ts';
import { createJudgeCall, type JudgeCall } from './judge-call.ts';
import { auditRows } from './rows.ts';

/** An audit that is due. */
export interface DueAudit {
  context: AuditContext;
  state: AuditedRequest;
  abort: AbortController;
  propensity: number;
  /** Something of it is in the record: there is one row for each. */
  recorded: boolean;
}

/** Why an audit that was due is not made. */
export type Dropped =
  | 'cut'
  | 'queue_full'
  | 'not_recorded'
  | 'nothing_judges'
  | 'rejected'
  /** The last tier alone was asked, and failed: nothing can be lost against it, and it is not asked once more behind the client's back. */
  | 'failed'
  | 'reconfigured'
  | 'stopped'
  | 'internal_error';

/** What the row of a certification audit says that was not made; it counts as lost. The others leave none. */
const PROBLEMS: Partial<Record<Dropped, string>> = {
  cut: 'The client left in the middle of its answer, so nobody knows what the rest would have been.',
  queue_full: 'Too many audits waited.',
  reconfigured: 'The configuration changed before the audit was made.',
  stopped: 'The gateway was stopped before the audit was made.',
  internal_error: 'A fault of the gateway itself ended the audit; its log says more.',
};

/** Counts an audit that is not made. A certification audit leaves a row all the same: no cause takes it out of the sample. */
export function dropAudit(due: DueAudit, reason: Dropped): void {
  const { context, state, propensity } = due;
  const { route, request } = state.asked;
  state.holding?.release();
  context.metrics.auditSkipped(route.policy.route, state.audit, reason);
  const problem = PROBLEMS[reason];
  if (problem === undefined || due.recorded || state.audit !== 'certification') return;
  due.recorded = true;
  const { audit } = auditRows(
    {
      state,
      propensity,
      conversation: conversationOf(context, request.chat.messages),
      asked: { answers: [], made: [], problem },
      judged: { verdicts: [], problems: [] },
      judgeNanoUsd: 0,
      judgeMostNanoUsd: 0,
    },
    { keepTexts: false, nowMs: context.now() },
  );
  context.recorder.audit(audit, []);
}

function conversationOf({ audits }: AuditContext, messages: unknown): string | undefined {
  try {
    return audits.conversation(messages);
  } catch {
    return undefined;
  }
}

/**
 * Whether no policy can lose anything on a request against the last tier, because servers turn the request itself away: the last
 * tier's, or that of every tier before it, whose answers then are never served. Only what the request itself met with counts: what
 * an audit meets with later is in the record, where operators see it.
 */
export function canLoseNothing(attempts: readonly Attempt[], tiers: number): boolean {
  const refusals = attempts.filter(
    ({ about, failure }) => about === undefined && failure?.blames === 'request',
  );
  const refused = new Set(refusals.map(({ tier }) => tier));
  return (
    refused.has(tiers - 1) ||
    Array.from({ length: tiers - 1 }, (_, tier) => tier).every((tier) => refused.has(tier)) ||
    refusals.some(({ failure }) => failure?.final === true)
  );
}

/** Asks every tier, then the sources of verdicts, and records what came of it. Throws only by a fault of the gateway. */
export async function runAudit(
  due: DueAudit,
  budget: Pick<AuditBudget, 'add'>,
  limitMs: number,
): Promise<void> {
  const { context, state, propensity } = due;
  const { audits } = context;
  const { id, tenant, requestId, request } = state.asked;
  const { route } = state.asked.route.policy;
  const { messages } = request.chat;
  // Whether a certification audit can get verdicts was looked up before its request was answered. Where texts are kept, people may judge.
  const isOfUse = context.keepTexts || state.asked.ladder !== undefined;
  if (state.audit === 'learning' && !isOfUse && !(await audits.canGetVerdicts({ route, messages })))
    return dropAudit(due, 'nothing_judges');
  const judge = audits.judge === undefined ? undefined : createJudgeCall(context, audits.judge, state);
  const { asked, judged, sameness } = await askAndJudge(due, judge, limitMs);
  const judgeNanoUsd = judge === undefined ? 0 : judge.cost();
  const judgeMostNanoUsd = judge?.most() ?? 0;
  // Counted before the audit is recorded: the money is spent even if recording fails.
  budget.add({ id, route, tenant, nanoUsd: mostCost(asked.made) + judgeMostNanoUsd });
  const conversation = audits.conversation(messages);
  const { audit, labels } = auditRows(
    {
      state,
      propensity,
      conversation,
      asked,
      judged,
      judgeMostNanoUsd,
      ...defined({ sameness, judgeNanoUsd }),
    },
    { keepTexts: context.keepTexts, nowMs: context.now() },
  );
  context.metrics.audited(audit);
  due.recorded = true;
  // If the row is dropped, its verdicts are not recorded either.
  if (context.recorder.audit(audit, labels))
    for (const { source } of labels) context.metrics.labelled(route, source);
  else context.metrics.auditSkipped(route, state.audit, 'not_recorded');
  if (audit.problem !== undefined)
    context.log.info(
      { requestId, route, audit: state.audit, error: withoutWordsOfServer(audit.problem) },
      'an audit is incomplete, or an answer of it has no verdict',
    );
}

async function askAndJudge(
  { context, state, abort }: DueAudit,
  judge: JudgeCall | undefined,
  limitMs: number,
): Promise<{ asked: AskedTiers; judged: Verdicts; sameness?: TierSameness }> {
  const { audits } = context;
  const { route, request, draw } = state.asked;
  const late = setTimeout(() => abort.abort(tooLong(limitMs)), limitMs);
  try {
    const asked = await askEveryTier(context, state);
    // Nothing is learned from an incomplete audit, so no judge is paid for it.
    if (asked.problem !== undefined) return { asked, judged: { verdicts: [], problems: [] } };
    const { messages, tools, response_format: responseFormat } = request.chat;
    const control = draw.tossed === undefined ? undefined : audits.control?.(draw.tossed.coins.control);
    const answers = asked.answers.map(({ tier, callId }) => {
      const name = route.policy.tiers[tier]?.name ?? '';
      const view = state.progress.answers.get(callId)?.read.view;
      return view?.text === undefined ? { tier: name } : { tier: name, text: answerText(view) };
    });
    const sameness = audits.sameness({ messages, answers });
    const judged = await audits.verdicts({
      route: route.policy.route,
      messages,
      tools,
      responseFormat,
      answers,
      ...(judge === undefined ? {} : { askJudge: judge.ask }),
      ...defined({ control }),
    });
    return { asked, judged, sameness };
  } finally {
    clearTimeout(late);
  }
}

function tooLong(limitMs: number): WeirError {
  return new WeirError(
    'upstream_timeout',
    `The audit took longer than ${Math.round(limitMs)} ms: ten times as long as usual, or \`limits.requestTimeout\`.`,
  );
}
