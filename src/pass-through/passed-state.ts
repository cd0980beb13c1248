import { largerUsage, type CountedUsage } from '../protocol/common/read-usage.ts';
import { logFailure } from '../request/ask-tier.ts';
import { callRow } from '../request/finish.ts';
import type { RequestContext } from '../request/request-context.ts';
import { ClientGone } from '../request/request-state.ts';
import type { ServedRoute, ServedTier } from '../request/served-route.ts';
import type { Summary } from '../request/summary.ts';
import { plainUsd } from '../format/money.ts';
import type { Attempt, AttemptFailure } from '../routing/attempt.ts';
import { billOf } from '../routing/billing.ts';
import { PASSED } from '../routing/passed.ts';
import type { OutcomeRow } from '../store/contract/outcome-rows.ts';
import type { Incoming } from '../wire/http-message.ts';
import type { PassedEndpoint } from './endpoints.ts';

/** What is known of a passed request when its model is called. */
interface Beginning {
  /** UUIDv7. */
  id: string;
  endpoint: PassedEndpoint;
  incoming: Incoming;
  route: ServedRoute;
  tier: ServedTier;
  group: string;
  stream: boolean;
  /** What the request says: its words are taken out of what servers say. */
  content: object;
  /** `performance.now()` at the beginning. */
  startedMs: number;
}

/** One passed request on its way. */
export interface PassedState extends Beginning {
  readonly abort: AbortController;
  readonly asked: { requestId: string; route: ServedRoute; request: { chat: object } };
  dropped: readonly string[];
  /** Resolves when it is recorded. */
  readonly ended: Promise<void>;
  /** Called once, when it has ended. */
  onEnd(run: () => void): void;
  /** Tokens that the answer names, as far as it has come. */
  counted(usage: CountedUsage | undefined): void;
  /** Something of the answer is about to go out; only the first time counts. */
  firstBytes(): void;
  summary(): Summary;
  /** Records the end, however it came; only the first call counts. */
  finish(end: { status: number; failure?: AttemptFailure }): void;
  /** The client went away: ends the call too. */
  gone(): void;
}

/** The first part of the id that clients are told. */
const ID_PREFIX = 'passed-';

export function beginPassed(context: RequestContext, beginning: Beginning): PassedState {
  const { id, endpoint, incoming, route, tier, group, stream, content, startedMs } = beginning;
  const { requestId, tenant } = incoming;
  const createdAtMs = context.now();
  const abort = new AbortController();
  const over = Promise.withResolvers<void>();
  const endings: (() => void)[] = [];
  let usage: CountedUsage | undefined;
  let ttftMs: number | undefined;
  let finished = false;

  function attemptOf(failure: AttemptFailure | undefined, latencyMs: number): Attempt {
    const attempt: Attempt = {
      callId: 0,
      tier: 0,
      model: tier.asked.model,
      signals: {},
      vetoes: [],
      shown: ttftMs !== undefined,
      latencyMs,
    };
    if (usage !== undefined) attempt.usage = { ...usage, estimated: false };
    const cost = failure?.unbilled === true ? 0 : billOf(tier.tier.price, attempt.usage);
    if (cost !== undefined) attempt.costNanoUsd = cost;
    if (ttftMs !== undefined) attempt.ttftMs = ttftMs;
    if (failure !== undefined) attempt.failure = failure;
    return attempt;
  }

  function outcomeOf(attempt: Attempt, status: number): OutcomeRow {
    const { failure, costNanoUsd, latencyMs } = attempt;
    const row: OutcomeRow = {
      id,
      tenant,
      route: route.policy.route,
      group,
      policyHash: route.hash,
      confidenceModel: route.confidenceModelId,
      decision: PASSED,
      certified: false,
      reason: `This is no chat (${endpoint.name}): it was passed through to ${tier.tier.name}.`,
      explanation: JSON.stringify({ endpoint: endpoint.name }),
      latencyMs,
      baselineMeasured: false,
      stream,
      status,
      requestId,
      recorded: false,
      createdAtMs,
    };
    if (failure === undefined) Object.assign(row, { tier: tier.tier.name, model: attempt.model });
    else row.errorCode = failure.code;
    if (ttftMs !== undefined) row.ttftMs = ttftMs;
    if (costNanoUsd !== undefined) row.costNanoUsd = costNanoUsd;
    return row;
  }

  function finish({ status, failure }: { status: number; failure?: AttemptFailure }): void {
    if (finished) return;
    finished = true;
    const attempt = attemptOf(failure, performance.now() - startedMs);
    const { costNanoUsd, latencyMs } = attempt;
    const served = failure === undefined;
    const call = { ...callRow(tier, attempt, false), outcomeId: id, position: 0, served };
    context.recorder.record(outcomeOf(attempt, status), [call]);
    if (failure?.unmade === true) context.metrics.notMade(tier.tier.name, failure.code);
    else context.metrics.attempt(tier.tier.name, attempt);
    if (failure !== undefined) logFailure(context, state, tier.tier.name, failure);
    context.metrics.finished({
      route: route.policy.route,
      decision: PASSED,
      status,
      certified: false,
      narrowed: false,
      observed: false,
      seconds: latencyMs / 1_000,
      tier: tier.tier.name,
      ...(costNanoUsd === undefined ? {} : { costNanoUsd }),
    });
    for (const run of endings) run();
    over.resolve();
  }

  const state: PassedState = {
    ...beginning,
    abort,
    asked: { requestId, route, request: { chat: content } },
    dropped: [],
    ended: over.promise,
    onEnd: (run) => void endings.push(run),
    counted(found) {
      if (found !== undefined) usage = largerUsage(usage, found);
    },
    firstBytes() {
      ttftMs ??= performance.now() - startedMs;
    },
    summary() {
      const cost = billOf(tier.tier.price, usage);
      return {
        id: ID_PREFIX + id,
        route: route.policy.route,
        policy: route.hash,
        decision: PASSED,
        tier: tier.tier.name,
        model: tier.asked.model,
        attempts: 1,
        ...(cost === undefined ? {} : { costUsd: plainUsd(cost) }),
        ...(state.dropped.length === 0 ? {} : { droppedParams: state.dropped }),
      };
    },
    finish,
    gone() {
      const gone = new ClientGone();
      abort.abort(gone);
      const failure = { code: 'client_closed_request', message: gone.message, status: gone.status };
      finish({ status: gone.status, failure: { ...failure, final: true } });
    },
  };
  return state;
}
