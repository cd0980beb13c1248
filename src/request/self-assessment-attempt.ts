import type { Attempt, AttemptFailure, Signals, Usage } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import { stateModel } from '../routing/confidence/confidence.ts';
import { isAvailable } from '../routing/signals/signals.ts';
import type { Tier } from '../routing/policy.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import type { RecordedFacts } from '../upstream/upstream.ts';
import { failureOf } from './attempt-failure.ts';
import type { HttpContext, ServedTier } from './context.ts';
import type { Journey } from './request-state.ts';
import { totalCost } from './money.ts';
import { askAboutAnswer, type AboutAnswer } from './self-assessment.ts';
import type { Spent } from './usage.ts';

/**
 * How long a server that turns a call away may keep the request waiting where there is something else to do: a later tier
 * to ask, or a decision to make without the signal.
 */
export const PATIENCE_MS = 1_000;

/** Which paid signals of an answer can be had: those that the tier is configured for, as far as they can come. */
export function payableSignals(
  { paidSignals }: Pick<Tier, 'paidSignals'>,
  { logprobs }: Pick<ServedTier, 'logprobs'>,
  recorded: RecordedFacts | undefined,
): readonly string[] {
  if (recorded !== undefined)
    return recorded.paidSignals.filter((name) => paidSignals?.includes(name) ?? true);
  return (paidSignals ?? []).filter((name) => isAvailable(name, logprobs));
}

/**
 * Asks a model what it thinks of its own answer, once a paid signal, at the same time. What came is in the signals of
 * one attempt. It has a failure where none came, or one did not that the confidence model requires: then the decision
 * is made without them all. Never throws.
 */
export async function askPaid(
  context: HttpContext,
  journey: Journey,
  call: ModelCall & { about: number },
): Promise<Attempt> {
  const started = performance.now();
  const answer = journey.answers.get(call.about)?.read;
  const tier = journey.route.tiers[call.tier];
  const of = journey.attempts.find(({ callId }) => callId === call.about);
  // The cascade asks only of answers that it was given: this cannot be reached.
  if (answer === undefined || tier === undefined || of === undefined)
    throw new RangeError(`call ${call.about} gave no answer`);
  const names = of.paidSignals ?? [];
  const asked = await Promise.all(
    names.map((name) => askOne(context, journey, call, { tier, answer: answer.view, name })),
  );
  const [failed] = asked.flatMap(({ failure }) => failure ?? []);
  const signals: Signals = Object.assign({}, ...asked.map((one) => one.signals));
  const cost = totalCost(asked);
  const usage = sumOf(asked.flatMap((one) => one.usage ?? []));
  const required = stateModel(journey.route.confidenceModel, { tier: tier.name, paid: true })?.requires ?? [];
  const lacking = names.some((name) => signals[name] === undefined && required.includes(name));
  const failure = Object.keys(signals).length > 0 && !lacking ? undefined : (failed ?? nothingToAsk(tier));
  return {
    callId: call.callId,
    tier: call.tier,
    about: call.about,
    model: asked.flatMap(({ model }) => model ?? [])[0] ?? tier.model,
    signals,
    vetoes: [],
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { costNanoUsd: cost }),
    latencyMs: performance.now() - started,
    shown: false,
    ...(failure === undefined ? {} : { failure }),
  };
}

interface Asked extends Spent {
  signals: Signals;
  model?: string;
  failure?: AttemptFailure;
}

async function askOne(
  context: HttpContext,
  journey: Journey,
  { tier: index }: ModelCall,
  about: Pick<AboutAnswer, 'tier' | 'answer' | 'name'>,
): Promise<Asked> {
  const { tier, name } = about;
  const { value, model, error, ...spent } = await askAboutAnswer({
    ...about,
    call: context.call,
    policyTier: journey.route.policy.tiers[index],
    text: journey.text,
    said: textOfMessages(journey.request.messages),
    requestId: journey.requestId,
    patienceMs: PATIENCE_MS,
    signal: journey.abort.signal,
  });
  if (value !== undefined)
    return { ...spent, signals: { [name]: value }, ...(model === undefined ? {} : { model }) };
  const { final: _, ...failure } = failureOf(context, error, journey, tier);
  // A signal that cannot be had ends nothing by itself; a request that has ended does.
  const ended = journey.abort.signal.aborted ? { final: true } : {};
  const billed = failure.unbilled === true ? { costNanoUsd: 0 } : {};
  return { ...billed, ...spent, signals: {}, failure: { ...failure, ...ended } };
}

function nothingToAsk(tier: ServedTier): AttemptFailure {
  const message = `No paid signal of '${tier.name}' can be asked for.`;
  return { code: 'internal_error', message, status: 500 };
}

function sumOf(usages: readonly Usage[]): Usage | undefined {
  if (usages.length === 0) return undefined;
  return {
    inputTokens: usages.reduce((sum, usage) => sum + usage.inputTokens, 0),
    outputTokens: usages.reduce((sum, usage) => sum + usage.outputTokens, 0),
    estimated: usages.some((usage) => usage.estimated),
  };
}
