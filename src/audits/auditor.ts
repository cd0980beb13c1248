import type { Verdicts } from '../learning/labels/verdicts.ts';
import { WeirError } from '../errors.ts';
import { closenessOf, planAudit } from '../routing/audit-plan.ts';
import type { Outcome } from '../routing/cascade.ts';
import { answerText } from '../request/answer-text.ts';
import { knownCost } from '../request/money.ts';
import { askEveryTier, auditJourney, type AskedTiers, type AuditJourney } from './ask-every-tier.ts';
import { createAuditBudget, type AuditCosts } from './budget.ts';
import { auditObstacle, type AuditObstacle } from './obstacle.ts';
import { auditRows } from './rows.ts';
import type { AuditSettings, HttpContext } from '../request/context.ts';
import type { Journey } from '../request/request-state.ts';
import { createJudgeCall, type JudgeCall } from './judge-call.ts';

/** Asks every tier of some requests, in the background, and has the answers judged. */
export interface Auditor {
  /**
   * Tosses the coins of a request that has ended; where it is drawn, its audit waits for its turn. Returns at once, never
   * throws.
   */
  consider(context: HttpContext, journey: Journey, outcome: Outcome, end: { recorded: boolean }): void;
  /** The configuration has changed: what waits is dropped, and where nothing is audited any more, what runs is stopped. */
  reconfigured(audits: AuditSettings | undefined): void;
  /** Audits that wait for their turn. */
  waiting(): number;
  /** Resolves when none waits or runs. */
  idle(): Promise<void>;
  /** No audit begins any more; those that run are stopped, and recorded as far as they came. Never rejects. */
  close(): Promise<void>;
}

/** Why a request that was drawn is not audited. */
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

/** Their requests are held in memory: so many at most, and so many characters together. */
const MOST_WAITING = 100;
const MOST_CHARACTERS = 16_000_000;

interface Waiting {
  context: HttpContext;
  audits: AuditSettings;
  journey: AuditJourney;
  abort: AbortController;
  propensity: number;
}

export function createAuditor({ store, now }: { store: AuditCosts; now: () => number }): Auditor {
  const budget = createAuditBudget({ store, now });
  const waiting: Waiting[] = [];
  let characters = 0;
  const running = new Map<Waiting, Promise<void>>();
  let stopped = false;
  /** By the configuration. A request that began before it still comes with its old settings. */
  let off = false;
  let whenIdle = Promise.withResolvers<void>();
  whenIdle.resolve();

  const skip = ({ context, journey }: Pick<Waiting, 'context' | 'journey'>, reason: Skipped): void =>
    context.metrics.auditSkipped(journey.route.policy.route, journey.audit, reason);

  function take(): Waiting | undefined {
    const next = waiting.shift();
    characters -= next?.journey.text.length ?? 0;
    return next;
  }

  function dropWaiting(reason: Skipped): void {
    for (let next = take(); next !== undefined; next = take()) skip(next, reason);
    settle();
  }

  function settle(): void {
    if (waiting.length === 0 && running.size === 0) whenIdle.resolve();
  }

  function begin(): void {
    while (waiting[0] !== undefined && running.size < waiting[0].audits.maxConcurrent) {
      const item = take();
      if (item === undefined) break;
      const done = auditOne(item)
        .catch((error: unknown) => {
          const { requestId, route } = item.journey;
          const fields = { requestId, route: route.policy.route, error: String(error) };
          item.context.log.error(fields, 'an audit failed in the gateway itself');
          skip(item, 'internal_error');
        })
        .finally(() => {
          running.delete(item);
          begin();
          settle();
        });
      running.set(item, done);
    }
  }

  async function auditOne(item: Waiting): Promise<void> {
    const { context, audits, journey, abort, propensity } = item;
    const route = journey.route.policy.route;
    let spent: number;
    try {
      spent = await budget.spent(route, journey.tenant);
    } catch {
      return skip(item, 'store_failed');
    }
    if (abort.signal.aborted) return skip(item, 'stopped');
    if (spent >= audits.dailyBudgetUsd * 1e9) return skip(item, 'budget');
    const { messages } = journey.request;
    // Where texts are kept, people may.
    if (!context.keepTexts && !(await audits.canJudge({ route, messages })))
      return skip(item, 'nothing_judges');
    const judge = audits.judge === undefined ? undefined : createJudgeCall(context, audits.judge, journey);
    const { asked, judged } = await askAndJudge(item, judge);
    const judgeNanoUsd = judge === undefined ? 0 : judge.cost();
    // Before anything can go wrong with the record of it: it was spent.
    budget.add({
      id: journey.id,
      route,
      tenant: journey.tenant,
      nanoUsd: knownCost(asked.made) + (judge?.known() ?? 0),
    });
    const conversation = audits.conversation(journey.request.messages);
    const { audit, labels } = auditRows(
      {
        journey,
        propensity,
        conversation,
        asked,
        judged,
        ...(judgeNanoUsd === undefined ? {} : { judgeNanoUsd }),
      },
      { keepTexts: context.keepTexts, nowMs: context.now() },
    );
    context.metrics.audited(audit);
    // A row that is dropped has no verdicts in the record.
    if (context.recorder.audit(audit, labels))
      for (const { source } of labels) context.metrics.labelled(route, source);
    if (audit.problem !== undefined)
      context.log.info(
        { requestId: journey.requestId, route, audit: journey.audit, error: audit.problem },
        'an audit is incomplete, or an answer of it has no verdict',
      );
  }

  return {
    consider(context, journey, outcome, { recorded }) {
      const { audits } = context;
      const { policy } = journey.route;
      if (audits === undefined || audits.dailyBudgetUsd === 0 || policy.tiers.length < 2) return;
      const closeness = closenessOf(policy, journey.view.group, outcome.judgements, outcome.served?.callId);
      const { kind, propensity } = planAudit(journey.id, audits.rates(journey.route), closeness);
      if (kind === undefined) return;
      const abort = new AbortController();
      const item = { context, audits, abort, propensity, journey: auditJourney(journey, kind, abort) };
      const [judge] = audits.judge?.policy.tiers ?? [];
      const obstacle = auditObstacle(journey, outcome, judge);
      if (obstacle !== undefined) return skip(item, obstacle);
      if (!recorded) return skip(item, 'not_recorded');
      if (stopped || context.draining()) return skip(item, 'stopped');
      if (off) return skip(item, 'reconfigured');
      const size = journey.text.length;
      if (waiting.length >= MOST_WAITING || characters + size > MOST_CHARACTERS)
        return skip(item, 'queue_full');
      if (waiting.length === 0 && running.size === 0) whenIdle = Promise.withResolvers<void>();
      waiting.push(item);
      characters += size;
      // The answer of this request goes out first.
      setImmediate(begin);
    },
    reconfigured(audits) {
      dropWaiting('reconfigured');
      off = audits === undefined;
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
  { context, audits, journey, abort }: Waiting,
  judge: JudgeCall | undefined,
): Promise<{ asked: AskedTiers; judged: Verdicts }> {
  const late = setTimeout(() => abort.abort(tooLong(context)), context.requestTimeoutMs);
  try {
    const asked = await askEveryTier(context, journey);
    // An audit that is not complete is not learned from: no judge is paid for it.
    if (asked.problem !== undefined) return { asked, judged: { verdicts: [], problems: [] } };
    const { messages, tools, response_format: responseFormat } = journey.request;
    const control = audits.control?.(journey.id);
    const judged = await audits.verdicts({
      route: journey.route.policy.route,
      messages,
      tools,
      responseFormat,
      answers: asked.answers.map(({ tier, callId }) => {
        const name = journey.route.policy.tiers[tier]?.name ?? '';
        const read = journey.answers.get(callId)?.read;
        return read?.view.text === undefined ? { tier: name } : { tier: name, text: answerText(read) };
      }),
      ...(judge === undefined ? {} : { askJudge: judge.ask }),
      ...(control === undefined ? {} : { control }),
    });
    return { asked, judged };
  } finally {
    clearTimeout(late);
  }
}

function tooLong({ requestTimeoutMs }: HttpContext): WeirError {
  return new WeirError(
    'upstream_timeout',
    `The audit took longer than ${requestTimeoutMs} ms (\`limits.requestTimeout\`).`,
  );
}
