import { createHash } from 'node:crypto';
import type { Attempt } from '../routing/attempt.ts';
import type { RequestView } from '../routing/judgement.ts';
import { vetoes, type Expectations } from '../routing/checks.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { createAnswerSignals, requestFeatures } from '../routing/signals/read-signals.ts';
import { traceMessages, type Trace, type TraceAttempt } from '../traces/trace.ts';

/** What live traffic would know of the question before any model is asked. */
export function requestView(trace: Trace, policy: Pick<Policy, 'tiers'>): RequestView {
  const { request } = trace;
  const features = requestFeatures({ messages: traceMessages(trace), tools: trace.tools });
  return {
    id: trace.id,
    group: trace.group,
    features: request?.features ?? features,
    u: request?.u ?? uniform(trace.id),
    inputTokens: request?.inputTokens ?? features.promptTokens,
    ...(request?.place === undefined ? {} : { position: request.place }),
    ...(trace.maxTokens === undefined ? {} : { maxOutputTokens: trace.maxTokens }),
    minTier: 0,
    maxTier: policy.tiers.length - 1,
  };
}

/** In [0, 1), the same for the same id. */
function uniform(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6) / 2 ** 48;
}

/**
 * A recorded answer as the cascade sees a live one that comes whole: the same signals from the same tokens, the same checks.
 * (A streamed answer of the last tier is shown while it comes, so there an earlier one cannot take its place.)
 */
export function toAttempt(
  recorded: TraceAttempt,
  tier: Tier,
  index: number,
  expected: Expectations,
): Omit<Attempt, 'callId'> {
  const { inputTokens, outputTokens } = recorded;
  const cost = costNanoUsd(recorded, tier);
  return {
    tier: index,
    model: tier.model,
    signals: attemptSignals(recorded),
    paidSignals: onOffer(recorded, tier),
    vetoes:
      recorded.vetoes ??
      vetoes(
        {
          text: textOf(recorded),
          toolCalls: recorded.toolCalls ?? [],
          ...(recorded.finish === undefined ? {} : { finishReason: recorded.finish }),
        },
        expected,
      ),
    ...(inputTokens === undefined || outputTokens === undefined
      ? {}
      : { usage: { inputTokens, outputTokens, estimated: false } }),
    ...(cost === undefined ? {} : { costNanoUsd: cost }),
    latencyMs: recorded.latencyMs ?? 0,
    ...(recorded.ttftMs === undefined ? {} : { ttftMs: recorded.ttftMs }),
    shown: false,
  };
}

/** The paid signals of a recorded answer, by name, that its tier may be asked for. */
export function buyable(
  { paidSignals = {} }: TraceAttempt,
  tier: Pick<Tier, 'paidSignals'>,
): NonNullable<TraceAttempt['paidSignals']> {
  const { paidSignals: allowed } = tier;
  if (allowed === undefined) return paidSignals;
  return Object.fromEntries(Object.entries(paidSignals).filter(([name]) => allowed.includes(name)));
}

/** They are bought together: where the cost of one is not known none is on offer, for nobody could say what was spent. */
function onOffer(recorded: TraceAttempt, tier: Tier): string[] {
  const bought = Object.entries(buyable(recorded, tier));
  return bought.some(([, { costUsd }]) => costUsd === undefined) ? [] : bought.map(([name]) => name);
}

/** What asking for the paid signals of a recorded answer came to: their values, and what they cost together. */
export function toPaidAttempt(recorded: TraceAttempt, tier: Tier, index: number): Omit<Attempt, 'callId'> {
  const bought = Object.entries(buyable(recorded, tier));
  const costs = bought.map(([, { costUsd }]) => costUsd);
  const cost = costs.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + Math.round(each * 1e9)),
    0,
  );
  return {
    tier: index,
    model: tier.model,
    signals: Object.fromEntries(bought.map(([name, { value }]) => [name, value])),
    vetoes: [],
    ...(cost === undefined ? {} : { costNanoUsd: cost }),
    latencyMs: 0,
    shown: false,
  };
}

/** The answer's text, where there is one: an answer that is tool calls alone has an empty one. */
function textOf({ answer, toolCalls }: TraceAttempt): string | undefined {
  return answer ?? (toolCalls === undefined ? undefined : '');
}

/** The signals of a recorded answer: those of its tokens and text, and any that the file itself names. */
export function attemptSignals(recorded: TraceAttempt): Readonly<Record<string, number>> {
  const signals = createAnswerSignals();
  for (const { t, lp, top } of recorded.tokens ?? []) {
    const alternatives = top?.map(([token, logprob]) => ({ token, logprob }));
    signals.add({
      token: t,
      logprob: lp,
      ...(alternatives === undefined ? {} : { top_logprobs: alternatives }),
    });
  }
  const found = signals.finish(textOf(recorded), recorded.outputTokens);
  const { signals: own = {} } = recorded;
  // Thousands of answers are held while a route learns: what says all by itself is not held twice.
  return Object.keys(found).every((name) => Object.hasOwn(own, name)) ? own : { ...found, ...own };
}

/** Of an answer: by the policy's price where the tokens are known, else what the recording says it cost. */
export function costNanoUsd(
  { inputTokens, outputTokens, costUsd }: TraceAttempt,
  { price }: Pick<Tier, 'price'>,
): number | undefined {
  if (price !== undefined && inputTokens !== undefined && outputTokens !== undefined) {
    return Math.round(inputTokens * price.input + outputTokens * price.output);
  }
  return costUsd === undefined ? undefined : Math.round(costUsd * 1e9);
}
