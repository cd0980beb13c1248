import { defined } from '../defined.ts';
import { createHash } from 'node:crypto';
import type { Attempt, Veto } from '../routing/attempt.ts';
import type { RequestView } from '../routing/setting.ts';
import { beginChecks } from '../routing/checks/checks.ts';
import type { AnswerView } from '../routing/checks/expectations.ts';
import { billOf, usageParts, type BilledTokens } from '../routing/billing.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { createAnswerSignals, requestFeatures } from '../routing/signals/read-signals.ts';
import { traceMessages, type Trace, type TraceAttempt } from '../traces/trace.ts';

/** What live traffic would know about the question before any model is asked. */
export function requestView(trace: Trace, policy: Pick<Policy, 'tiers'>): RequestView {
  const { request } = trace;
  const features = requestFeatures({ messages: traceMessages(trace), tools: trace.tools });
  return defined({
    id: trace.id,
    group: trace.group,
    features: request?.features ?? features,
    u: request?.u ?? uniform(trace.id),
    inputTokens: request?.inputTokens ?? features.promptTokens,
    position: request?.place,
    maxOutputTokens: trace.maxTokens,
    minTier: 0,
    maxTier: policy.tiers.length - 1,
  });
}

/** In [0, 1), the same for the same id. */
function uniform(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** A recorded answer as the checks see it. */
export function answerView(recorded: TraceAttempt): AnswerView {
  return {
    text: textOf(recorded),
    toolCalls: recorded.toolCalls ?? [],
    ...defined({ finishReason: recorded.finish }),
  };
}

/**
 * A recorded answer as the cascade sees a live one that is not streamed: the same signals from the same tokens, the same
 * checks. (A streamed answer of the last tier is shown while it comes, so no earlier answer can replace it.)
 * @param vetoes where its checks were made already; if left out, the recorded ones, else those of an answer of any form.
 */
export function toAttempt(
  recorded: TraceAttempt,
  tier: Tier,
  index: number,
  vetoes: readonly Veto[] = recorded.vetoes ?? beginChecks(answerView(recorded), {}).found,
): Omit<Attempt, 'callId'> {
  const usage = usageOf(recorded);
  return defined({
    tier: index,
    model: tier.model,
    signals: attemptSignals(recorded),
    paidSignals: onOffer(recorded, tier),
    vetoes,
    usage: usage === undefined ? undefined : { ...usage, estimated: false },
    costNanoUsd: recordedCostNanoUsd(recorded, tier),
    latencyMs: recorded.latencyMs ?? 0,
    ttftMs: recorded.ttftMs,
    shown: false,
  });
}

/** The paid signals of a recorded answer, by name, that its tier may be asked for. */
export function allowedPaidSignals(
  { paidSignals = {} }: TraceAttempt,
  tier: Pick<Tier, 'paidSignals'>,
): NonNullable<TraceAttempt['paidSignals']> {
  const { paidSignals: allowed } = tier;
  if (allowed === undefined) return paidSignals;
  return Object.fromEntries(Object.entries(paidSignals).filter(([name]) => allowed.includes(name)));
}

/** Paid signals are bought together: if the cost of one is unknown, none is offered, since the total would be unknown. */
function onOffer(recorded: TraceAttempt, tier: Tier): string[] {
  const bought = Object.entries(allowedPaidSignals(recorded, tier));
  return bought.some(([, { costUsd }]) => costUsd === undefined) ? [] : bought.map(([name]) => name);
}

/** The attempt that bought a recorded answer's paid signals: their values, and their total cost. */
export function toPaidAttempt(recorded: TraceAttempt, tier: Tier, index: number): Omit<Attempt, 'callId'> {
  const bought = Object.entries(allowedPaidSignals(recorded, tier));
  const costs = bought.map(([, { costUsd }]) => costUsd);
  const cost = costs.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + Math.round(each * 1e9)),
    0,
  );
  return defined({
    tier: index,
    model: tier.model,
    signals: Object.fromEntries(bought.map(([name, { value }]) => [name, value])),
    vetoes: [],
    costNanoUsd: cost,
    latencyMs: 0,
    shown: false,
  });
}

/** The answer's text; empty for an answer of tool calls alone, undefined if no text was stored. */
function textOf({ answer, toolCalls }: TraceAttempt): string | undefined {
  return answer ?? (toolCalls === undefined ? undefined : '');
}

/** The signals of a recorded answer: those of its tokens and text, and those that the file has. */
export function attemptSignals(recorded: TraceAttempt): Readonly<Record<string, number>> {
  const signals = createAnswerSignals();
  for (const { t, lp, top } of recorded.tokens ?? []) {
    const alternatives = top?.map(([token, logprob]) => ({ token, logprob }));
    signals.add(
      alternatives === undefined
        ? { token: t, logprob: lp }
        : { token: t, logprob: lp, top_logprobs: alternatives },
    );
  }
  const found = signals.finish(textOf(recorded), recorded.outputTokens);
  const { signals: own = {} } = recorded;
  // A learning route holds thousands of answers in memory, so no copy is made if the file's signals are complete.
  return Object.keys(found).every((name) => Object.hasOwn(own, name)) ? own : { ...found, ...own };
}

/** The cost of an answer: by the tier's price if it and the tokens are known, else as recorded; `undefined` if unknown. */
export function recordedCostNanoUsd(
  recorded: TraceAttempt,
  { price }: Pick<Tier, 'price'>,
): number | undefined {
  const { costUsd } = recorded;
  return billOf(price, usageOf(recorded)) ?? (costUsd === undefined ? undefined : Math.round(costUsd * 1e9));
}

function usageOf(recorded: TraceAttempt): BilledTokens | undefined {
  const { inputTokens, outputTokens } = recorded;
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  // A file's `undefined` is an absent kind.
  return { inputTokens, outputTokens, ...usageParts(recorded as Parameters<typeof usageParts>[0]) };
}
