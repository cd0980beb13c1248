import { defined } from '../defined.ts';
import type { Attempt, AttemptFailure, Signals, Usage } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import { stateModel } from '../routing/confidence/confidence.ts';
import { roughTokens } from '../routing/signals/request-text.ts';
import { isAvailable, paidSignalNamed } from '../routing/signals/signals.ts';
import type { Tier } from '../routing/policy.ts';
import { answerText } from '../upstream/answer-reader.ts';
import type { RecordedFacts } from '../upstream/upstream.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import { attemptFailure } from './attempt-failure.ts';
import type { CallContext } from './request-context.ts';
import { totalCost, type Spent } from './costs/cost.ts';
import { mostCost, worstCost } from './costs/worst-cost.ts';
import type { RequestState } from './request-state.ts';
import { askSelfAssessment, type SelfAssessment } from './self-assessment.ts';
import type { ServedTier } from './served-route.ts';

/**
 * How long a server that turns a call away may keep the request waiting where there is something else to do: a later tier
 * to ask, or a decision to make without the signal. In milliseconds.
 */
export const TURNED_AWAY_PATIENCE_MS = 1_000;

/** The paid signals that an answer can get: those that the tier is configured for, without those that its model cannot give. */
export function payableSignals(
  { paidSignals }: Pick<Tier, 'paidSignals'>,
  { logprobs }: Pick<AskedTier, 'logprobs'>,
  recorded: RecordedFacts | undefined,
): readonly string[] {
  if (recorded !== undefined)
    return recorded.paidSignals.filter((name) => paidSignals?.includes(name) ?? true);
  return (paidSignals ?? []).filter((name) => isAvailable(name, logprobs));
}

/**
 * Asks a model what it thinks of its own answer, once for each paid signal: at the same time for a client, one after the
 * other in the background. What came is in the signals of one attempt. It has a failure where none came, or one did not
 * that the confidence model requires: then the decision is made without them all. Never throws.
 */
export async function assessAnswer(
  context: CallContext,
  state: RequestState,
  call: ModelCall & { about: number },
): Promise<Attempt> {
  const started = performance.now();
  const { route } = state.asked;
  const answer = state.progress.answers.get(call.about)?.read;
  const tier = route.tiers[call.tier];
  const of = state.progress.attempts.find(({ callId }) => callId === call.about);
  // The cascade asks only of answers that it was given: this cannot be reached.
  if (answer === undefined || tier === undefined || of === undefined)
    throw new RangeError(`call ${call.about} gave no answer`);
  const names = of.paidSignals ?? [];
  const ask = (name: string): Promise<Asked> => askOne(context, state, { tier, answer: answer.view, name });
  const asked: Asked[] = [];
  if (state.audit === undefined) asked.push(...(await Promise.all(names.map(ask))));
  else for (const name of names) asked.push(await ask(name));
  const [failed] = asked.flatMap(({ failure }) => failure ?? []);
  const signals: Signals = Object.assign({}, ...asked.map((one) => one.signals));
  const cost = totalCost(asked);
  const usage = sumOf(asked.flatMap((one) => one.usage ?? []));
  const required = stateModel(route.confidenceModel, { tier: tier.tier.name, paid: true })?.requires ?? [];
  const lacking = names.some((name) => signals[name] === undefined && required.includes(name));
  const failure = Object.keys(signals).length > 0 && !lacking ? undefined : (failed ?? nothingToAsk(tier));
  return {
    callId: call.callId,
    tier: call.tier,
    about: call.about,
    model: asked.flatMap(({ model }) => model ?? [])[0] ?? tier.asked.model,
    signals,
    vetoes: [],
    ...defined({ usage, costNanoUsd: cost, worstNanoUsd: cost === undefined ? worstOf(asked) : undefined }),
    latencyMs: performance.now() - started,
    shown: false,
    ...defined({ failure }),
  };
}

interface Asked extends Spent {
  signals: Signals;
  model?: string;
  failure?: AttemptFailure;
}

async function askOne(
  { log }: CallContext,
  state: RequestState,
  about: Pick<SelfAssessment, 'tier' | 'answer' | 'name'>,
): Promise<Asked> {
  const { tier, name } = about;
  const { request, requestId, keyId } = state.asked;
  const { value, model, error, ...spent } = await askSelfAssessment({
    ...about,
    text: request.chatText(),
    messages: request.chat.messages,
    requestId,
    keyId,
    patienceMs: TURNED_AWAY_PATIENCE_MS,
    signal: state.abort.signal,
  });
  if (value !== undefined) return { ...spent, signals: { [name]: value }, ...defined({ model }) };
  const { final: _, ...failure } = attemptFailure(log, error, state, tier.asked, [about.answer]);
  // A missing signal does not end the request; only the end of the request itself is final.
  const ended = state.abort.signal.aborted ? { final: true } : {};
  const billed =
    failure.unbilled === true
      ? { costNanoUsd: 0 }
      : defined({ worstNanoUsd: worstCost(tier.tier, worstQuestion(state, about)) });
  return { ...billed, ...spent, signals: {}, failure: { ...failure, ...ended } };
}

/** The conversation, the answer that it is about, and the question. */
function worstQuestion(
  { asked: { view } }: RequestState,
  { answer, name }: Pick<SelfAssessment, 'answer' | 'name'>,
): Parameters<typeof worstCost>[1] {
  const { question = '', maxTokens = 1 } = paidSignalNamed(name) ?? {};
  return {
    inputTokens: view.inputTokens + roughTokens(answerText(answer)) + roughTokens(question),
    maxOutputTokens: maxTokens,
  };
}

/** Only where a price is known is there a worst case. */
function worstOf(asked: readonly Asked[]): number | undefined {
  return asked.some(({ worstNanoUsd }) => worstNanoUsd !== undefined) ? mostCost(asked) : undefined;
}

function nothingToAsk({ tier }: ServedTier): AttemptFailure {
  const message = `No paid signal of '${tier.name}' can be asked for.`;
  return { code: 'internal_error', message, status: 500 };
}

function sumOf(usages: readonly Usage[]): Usage | undefined {
  if (usages.length === 0) return undefined;
  const sum = (of: (usage: Usage) => number): number => usages.reduce((total, usage) => total + of(usage), 0);
  const part = (
    name: 'cachedInputTokens' | 'cacheWriteTokens' | 'cacheWriteHourTokens' | 'reasoningTokens',
  ): number | undefined =>
    usages.some((usage) => usage[name] !== undefined) ? sum((usage) => usage[name] ?? 0) : undefined;
  return defined({
    inputTokens: sum((usage) => usage.inputTokens),
    outputTokens: sum((usage) => usage.outputTokens),
    reasoningTokens: part('reasoningTokens'),
    cachedInputTokens: part('cachedInputTokens'),
    cacheWriteTokens: part('cacheWriteTokens'),
    cacheWriteHourTokens: part('cacheWriteHourTokens'),
    estimated: usages.some((usage) => usage.estimated),
  });
}
