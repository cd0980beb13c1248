import { WeirError } from '../errors.ts';
import { isGone, type RequestState } from '../request/request-state.ts';
import { ladderOf } from '../request/served-route.ts';
import type { Auditor } from '../request/request-context.ts';
import { auditBytes } from '../request/memory/memory-costs.ts';
import type { MemoryLedger } from '../request/memory/memory-ledger.ts';
import { closenessOf, planAudit } from '../routing/audit-plan.ts';
import type { Outcome } from '../routing/cascade.ts';
import { auditedRequest, onLadder } from './ask-every-tier.ts';
import type { AuditContext } from './audit-context.ts';
import { createAuditBudget, type AuditCosts } from './budget.ts';
import { drawAuditOf } from './draw.ts';
import { createFairQueue } from './fair-queue.ts';
import { canLoseNothing, dropAudit, runAudit, type Dropped, type DueAudit } from './run-audit.ts';
import { createTimeLimits } from './time-limit.ts';

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

/** Waiting audits hold their requests in memory, so their number and their characters in total are limited. */
const LIMITS = { items: 100, characters: 16_000_000 };

/** An audit that waits, and what is given back when it has ended. */
interface Waiting extends DueAudit {
  release: () => void;
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
  const queue = createFairQueue<Waiting>(LIMITS);
  const limits = createTimeLimits();
  const running = new Map<Waiting, Promise<void>>();
  let maxConcurrent = 1;
  let stopped = false;
  /** The configuration has switched audits off. A request that began before that still comes with its old settings. */
  let off = false;
  let whenIdle = Promise.withResolvers<void>();
  whenIdle.resolve();

  function drop(item: Waiting, reason: Dropped): void {
    item.release();
    dropAudit(item, reason);
  }

  function dropWaiting(reason: Dropped): void {
    for (const item of queue.clear()) drop(item, reason);
    settle();
  }

  function settle(): void {
    if (queue.size === 0 && running.size === 0) whenIdle.resolve();
  }

  function begin(): void {
    while (running.size < maxConcurrent) {
      const next = queue.take();
      if (next === undefined) break;
      running.set(next.item, run(next));
    }
  }

  async function run({ sender, item }: { sender: string; item: Waiting }): Promise<void> {
    const startedMs = performance.now();
    const { context, state } = item;
    const { route } = state.asked.route.policy;
    try {
      await runAudit(item, budget, limits.of(route, context.requestTimeoutMs));
      // One that ran out of time counts too: where all take longer than before, the limit follows.
      if (!stopped && !off) limits.ended(route, performance.now() - startedMs);
    } catch (error) {
      const fields = { requestId: state.asked.requestId, route, error: String(error) };
      context.log.error(fields, 'an audit failed in the gateway itself');
      dropAudit(item, 'internal_error');
    }
    item.release();
    state.holding?.release();
    queue.ended(sender, performance.now() - startedMs);
    running.delete(item);
    begin();
    settle();
  }

  /** Why an audit of a request that has ended is not made, where that is known by now. */
  function obstacle(
    context: AuditContext,
    ended: RequestState,
    outcome: Outcome,
    recorded: boolean,
  ): Dropped | undefined {
    if (!recorded) return 'not_recorded';
    const { asked } = ended;
    const attempts = onLadder(asked, outcome.attempts);
    if (canLoseNothing(attempts, ladderOf(asked).tiers.length)) return 'rejected';
    if (
      asked.ladder !== undefined &&
      !isGone(ended) &&
      attempts.every(({ failure }) => failure !== undefined)
    )
      return 'failed';
    if (isCut(ended, outcome)) return 'cut';
    if (stopped || context.draining()) return 'stopped';
    return off ? 'reconfigured' : undefined;
  }

  function consider(context: AuditContext, ended: RequestState, outcome: Outcome, recorded: boolean): void {
    const { tenant, keyId, view, request, draw } = ended.asked;
    const route = ladderOf(ended.asked);
    const { tossed, uncovered } = draw;
    if (tossed === undefined) return;
    const closeness = closenessOf(route.policy, view.group, outcome.judgements, outcome.served?.callId);
    const plan = planAudit(tossed.coins, tossed.rates, closeness);
    if (plan.kind === undefined) return;
    const { propensity } = plan;
    const kind = uncovered === undefined ? plan.kind : 'learning';
    const abort = new AbortController();
    const holding = memory?.hold();
    const item: Waiting = {
      context,
      abort,
      propensity,
      recorded: false,
      state: auditedRequest(ended, kind, { abort, holding }),
      release: () => undefined,
    };
    const reason = obstacle(context, ended, outcome, recorded);
    if (reason !== undefined) return drop(item, reason);
    if (holding?.grow(auditBytes(request.text)) === false) return drop(item, 'queue_full');
    item.release = once(budget.hold(route.policy.route, tenant));
    if (queue.size === 0 && running.size === 0) whenIdle = Promise.withResolvers<void>();
    ({ maxConcurrent } = context.audits);
    for (const dropped of queue.add(`${tenant} ${keyId}`, item, request.text.length))
      drop(dropped, 'queue_full');
    // Let this request's answer go out first.
    setImmediate(() => {
      begin();
      settle();
    });
  }

  return {
    under: (context) => ({
      draw: (asked) =>
        drawAuditOf(context, asked, {
          budget,
          closed: stopped || context.draining() ? 'stopped' : off ? 'reconfigured' : undefined,
        }),
      consider: (state, outcome, { recorded }) => consider(context, state, outcome, recorded),
    }),
    reconfigured({ audited }) {
      dropWaiting('reconfigured');
      off = !audited;
      if (!off) return;
      for (const { abort } of running.keys())
        abort.abort(new WeirError('shutting_down', 'Audits were switched off.'));
    },
    waiting: () => queue.size,
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

/** The client left after it had seen a part of an answer whose rest never came. */
function isCut(ended: RequestState, { served, attempts }: Outcome): boolean {
  return isGone(ended) && served === undefined && attempts.some(({ shown }) => shown);
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
