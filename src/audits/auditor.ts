import { defined } from '../defined.ts';
import type { Verdicts } from '../learning/labels/verdicts.ts';
import { WeirError, withoutWordsOfServer } from '../errors.ts';
import { closenessOf, planAudit } from '../routing/audit-plan.ts';
import type { Outcome } from '../routing/cascade.ts';
import { answerText } from '../upstream/answer-reader.ts';
import type { Auditor } from '../request/request-context.ts';
import { knownCost } from '../request/cost.ts';
import { askEveryTier, auditedRequest, type AskedTiers, type AuditedRequest } from './ask-every-tier.ts';
import type { AuditContext } from './audit-context.ts';
import { createAuditBudget, type AuditCosts } from './budget.ts';
import { auditObstacle, type AuditObstacle } from './obstacle.ts';
import { auditBytes } from '../request/memory/memory-costs.ts';
import type { MemoryLedger } from '../request/memory/memory-ledger.ts';
import { auditRows } from './rows.ts';
import type { RequestState } from '../request/request-state.ts';
import { createJudgeCall, type JudgeCall } from './judge-call.ts';

/** The audits of a gateway: one queue and one budget, whatever configuration their requests began with. */
export interface BackgroundAuditor {
  /** What takes the requests of one configuration. */
  under(context: AuditContext): Auditor;
  /** The configuration has changed: waiting audits are dropped. If nothing is audited any more, running ones are stopped. */
  reconfigured(now: { audited: boolean }): void;
  /** The number of audits in the queue. */
  waiting(): number;
  /** Resolves when no audit waits or runs. */
  idle(): Promise<void>;
  /** Starts no more audits, and stops the running ones; what they have is recorded. Never rejects. */
  close(): Promise<void>;
}

/** Why a request that was drawn for an audit is not audited. */
type Skipped =
  | AuditObstacle
  | 'budget'
  | 'queue_full'
  | 'not_recorded'
  | 'nothing_judges'
  | 'reconfigured'
  | 'stopped'
  | 'store_failed'
  | 'internal_error';

/** Waiting audits hold their requests in memory, so their number and their characters in total are limited. */
const MOST_WAITING = 100;
const MOST_CHARACTERS = 16_000_000;

interface Waiting {
  context: AuditContext;
  state: AuditedRequest;
  abort: AbortController;
  propensity: number;
}

/** @param memory what waiting and running audits may hold; absent where nobody counts. */
export function createAuditor({
  store,
  now,
  memory,
}: {
  store: AuditCosts;
  now: () => number;
  memory?: MemoryLedger;
}): BackgroundAuditor {
  const budget = createAuditBudget({ store, now });
  const waiting: Waiting[] = [];
  let characters = 0;
  const running = new Map<Waiting, Promise<void>>();
  let stopped = false;
  /** The configuration has switched audits off. A request that began before that still comes with its old settings. */
  let off = false;
  let whenIdle = Promise.withResolvers<void>();
  whenIdle.resolve();

  const skip = ({ context, state }: Pick<Waiting, 'context' | 'state'>, reason: Skipped): void =>
    context.metrics.auditSkipped(state.asked.route.policy.route, state.audit, reason);

  function take(): Waiting | undefined {
    const next = waiting.shift();
    characters -= next?.state.asked.request.text.length ?? 0;
    return next;
  }

  function dropWaiting(reason: Skipped): void {
    for (let next = take(); next !== undefined; next = take()) {
      next.state.holding?.release();
      skip(next, reason);
    }
    settle();
  }

  function settle(): void {
    if (waiting.length === 0 && running.size === 0) whenIdle.resolve();
  }

  function begin(): void {
    while (waiting[0] !== undefined && running.size < waiting[0].context.audits.maxConcurrent) {
      const item = take();
      if (item === undefined) break;
      const done = auditOne(item)
        .catch((error: unknown) => {
          const { requestId, route } = item.state.asked;
          const fields = { requestId, route: route.policy.route, error: String(error) };
          item.context.log.error(fields, 'an audit failed in the gateway itself');
          skip(item, 'internal_error');
        })
        .finally(() => {
          item.state.holding?.release();
          running.delete(item);
          begin();
          settle();
        });
      running.set(item, done);
    }
  }

  async function auditOne(item: Waiting): Promise<void> {
    const { context, state, abort, propensity } = item;
    const { audits } = context;
    const { id, tenant, requestId, request } = state.asked;
    const { route } = state.asked.route.policy;
    const { messages } = request.chat;
    let spent: number;
    try {
      spent = await budget.spent(route, tenant);
    } catch {
      return skip(item, 'store_failed');
    }
    if (abort.signal.aborted) return skip(item, 'stopped');
    if (spent >= audits.dailyBudgetUsd * 1e9) return skip(item, 'budget');
    // Where texts are kept, people may judge.
    if (!context.keepTexts && !(await audits.canGetVerdicts({ route, messages })))
      return skip(item, 'nothing_judges');
    const judge = audits.judge === undefined ? undefined : createJudgeCall(context, audits.judge, state);
    const { asked, judged } = await askAndJudge(item, judge);
    const judgeNanoUsd = judge === undefined ? 0 : judge.cost();
    // Counted before the audit is recorded: the money is spent even if recording fails.
    budget.add({
      id,
      route,
      tenant,
      nanoUsd: knownCost(asked.made) + (judge?.known() ?? 0),
    });
    const conversation = audits.conversation(messages);
    const { audit, labels } = auditRows(
      {
        state,
        propensity,
        conversation,
        asked,
        judged,
        ...defined({ judgeNanoUsd }),
      },
      { keepTexts: context.keepTexts, nowMs: context.now() },
    );
    context.metrics.audited(audit);
    // If the row is dropped, its verdicts are not recorded either.
    if (context.recorder.audit(audit, labels))
      for (const { source } of labels) context.metrics.labelled(route, source);
    if (audit.problem !== undefined)
      context.log.info(
        { requestId, route, audit: state.audit, error: withoutWordsOfServer(audit.problem) },
        'an audit is incomplete, or an answer of it has no verdict',
      );
  }

  function consider(context: AuditContext, ended: RequestState, outcome: Outcome, recorded: boolean): void {
    const { audits } = context;
    const { id, route, view, request } = ended.asked;
    if (audits.dailyBudgetUsd === 0 || route.policy.tiers.length < 2) return;
    const closeness = closenessOf(route.policy, view.group, outcome.judgements, outcome.served?.callId);
    const { kind, propensity } = planAudit(id, audits.rates(route), closeness);
    if (kind === undefined) return;
    const abort = new AbortController();
    const holding = memory?.hold();
    const item = { context, abort, propensity, state: auditedRequest(ended, kind, { abort, holding }) };
    const obstacle = auditObstacle(ended, outcome, audits.judge?.policy.tiers[0]);
    if (obstacle !== undefined) return skip(item, obstacle);
    if (!recorded) return skip(item, 'not_recorded');
    if (stopped || context.draining()) return skip(item, 'stopped');
    if (off) return skip(item, 'reconfigured');
    const size = request.text.length;
    if (waiting.length >= MOST_WAITING || characters + size > MOST_CHARACTERS)
      return skip(item, 'queue_full');
    if (holding?.grow(auditBytes(request.text)) === false) return skip(item, 'queue_full');
    if (waiting.length === 0 && running.size === 0) whenIdle = Promise.withResolvers<void>();
    waiting.push(item);
    characters += size;
    // Let this request's answer go out first.
    setImmediate(begin);
  }

  return {
    under: (context) => ({
      consider: (state, outcome, { recorded }) => consider(context, state, outcome, recorded),
    }),
    reconfigured({ audited }) {
      dropWaiting('reconfigured');
      off = !audited;
      if (!off) return;
      for (const { abort } of running.keys())
        abort.abort(new WeirError('shutting_down', 'Audits were switched off.'));
    },
    waiting: () => waiting.length,
    idle: () => whenIdle.promise,
    async close() {
      stopped = true;
      dropWaiting('stopped');
      for (const { abort } of running.keys())
        abort.abort(new WeirError('shutting_down', 'The gateway was stopped.'));
      await Promise.all(running.values());
    },
  };
}

async function askAndJudge(
  { context, state, abort }: Waiting,
  judge: JudgeCall | undefined,
): Promise<{ asked: AskedTiers; judged: Verdicts }> {
  const { audits } = context;
  const { id, route, request } = state.asked;
  const late = setTimeout(() => abort.abort(tooLong(context)), context.requestTimeoutMs);
  try {
    const asked = await askEveryTier(context, state);
    // Nothing is learned from an incomplete audit, so no judge is paid for it.
    if (asked.problem !== undefined) return { asked, judged: { verdicts: [], problems: [] } };
    const { messages, tools, response_format: responseFormat } = request.chat;
    const control = audits.control?.(id);
    const judged = await audits.verdicts({
      route: route.policy.route,
      messages,
      tools,
      responseFormat,
      answers: asked.answers.map(({ tier, callId }) => {
        const name = route.policy.tiers[tier]?.name ?? '';
        const view = state.progress.answers.get(callId)?.read.view;
        return view?.text === undefined ? { tier: name } : { tier: name, text: answerText(view) };
      }),
      ...(judge === undefined ? {} : { askJudge: judge.ask }),
      ...defined({ control }),
    });
    return { asked, judged };
  } finally {
    clearTimeout(late);
  }
}

function tooLong({ requestTimeoutMs }: AuditContext): WeirError {
  return new WeirError(
    'upstream_timeout',
    `The audit took longer than ${requestTimeoutMs} ms (\`limits.requestTimeout\`).`,
  );
}
