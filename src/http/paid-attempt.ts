import type { Completion } from '../openai/chat.ts';
import { createJsonEdit } from '../openai/json-edit.ts';
import type { Attempt, AttemptFailure, Signals, Usage } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import { stateModel } from '../routing/confidence.ts';
import {
  PAID_QUESTIONS,
  isPaidSignal,
  readPaidSignal,
  type PaidQuestion,
  type PaidReply,
} from '../routing/paid-signals.ts';
import type { Tier } from '../routing/policy.ts';
import { textOfMessages } from '../routing/request-features.ts';
import type { RecordedFacts } from '../upstream/upstream.ts';
import { adaptRequest } from './adapt.ts';
import { answerText } from './answer-text.ts';
import { createAnswerReader, type ReadAnswer } from './answer-reader.ts';
import { failureOf, refusesLogprobs } from './attempt-failure.ts';
import type { HttpContext, ServedTier } from './context.ts';
import { InvalidAnswer } from './invalid-answer.ts';
import type { Journey } from './journey.ts';
import { totalCost } from './money.ts';
import { parseReply } from './parse-completion.ts';
import { spentOn, type Spent } from './usage.ts';

/** Which paid signals of an answer can be had: those that the tier is configured for, as far as they can come. */
export function payableSignals(
  { paidSignals }: Pick<Tier, 'paidSignals'>,
  { logprobs }: Pick<ServedTier, 'logprobs'>,
  recorded: RecordedFacts | undefined,
): readonly string[] {
  if (recorded !== undefined)
    return recorded.paidSignals.filter((name) => paidSignals?.includes(name) ?? true);
  return (paidSignals ?? []).filter(
    (name) => isPaidSignal(name) && (name !== 'pTrue' || logprobs !== 'none'),
  );
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
    names.map((name) => askOne(context, journey, { call, tier, answer, name })),
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

interface Question {
  call: ModelCall;
  tier: ServedTier;
  answer: ReadAnswer;
  name: string;
}

interface Asked extends Spent {
  signals: Signals;
  model?: string;
  failure?: AttemptFailure;
}

/** What recordings have and no server is asked for needs no words. */
const ONLY_RECORDED: PaidQuestion = { text: '', maxTokens: 1, logprobs: false };

function questionOf(name: string): PaidQuestion {
  return isPaidSignal(name) ? PAID_QUESTIONS[name] : ONLY_RECORDED;
}

async function askOne(context: HttpContext, journey: Journey, question: Question): Promise<Asked> {
  const { call, tier, answer, name } = question;
  let spent: Spent = {};
  try {
    const messages = withQuestion(journey, answer, name);
    const reply = await context.call(tier.upstream, {
      model: tier.model,
      body: bodyOf(messages, tier, name),
      stream: false,
      requestId: journey.requestId,
      paid: name,
      signal: journey.abort.signal,
    });
    if (reply.kind !== 'json') throw new InvalidAnswer(`Upstream '${tier.upstream}' streamed, unasked.`);
    const completion = parseReply(reply.text, tier);
    const reader = createAnswerReader();
    reader.add(completion);
    const read = reader.finish();
    const policyTier = journey.route.policy.tiers[call.tier];
    const prompt = [...textOfMessages(journey.request.messages), answerText(answer), questionOf(name).text];
    spent = await spentOn(policyTier, read, prompt, reply.recorded);
    const value =
      reply.recorded?.signals[name] ??
      (isPaidSignal(name) ? readPaidSignal(name, replyOf(completion, read)) : undefined);
    if (value === undefined) throw new InvalidAnswer(unread(tier, name, completion));
    return {
      ...spent,
      signals: { [name]: value },
      ...(read.model === undefined ? {} : { model: read.model }),
    };
  } catch (error) {
    // What is known of a model's log-probabilities is known of all its calls.
    if (questionOf(name).logprobs && refusesLogprobs(error)) tier.logprobs = 'none';
    const { final: _, ...failure } = failureOf(context, error, journey, tier);
    // A signal that cannot be had ends nothing by itself; a request that has ended does.
    const ended = journey.abort.signal.aborted ? { final: true } : {};
    return { ...spent, signals: {}, failure: { ...failure, ...ended } };
  }
}

/** The conversation byte for byte, so that a server finds it in its cache; then the answer, and the question about it. */
function withQuestion(journey: Journey, answer: ReadAnswer, name: string): string {
  const asked = (createJsonEdit(journey.text).get('messages') ?? '[]').trimEnd().slice(0, -1);
  const said = JSON.stringify({ role: 'assistant', content: answerText(answer) });
  return `${asked},${said},${JSON.stringify({ role: 'user', content: questionOf(name).text })}]`;
}

/** What a model is always asked with, but for what would change the form of so short a reply. */
const NOT_FOR_QUESTIONS: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'response_format',
  'stop',
]);

function bodyOf(messages: string, tier: ServedTier, name: string): string {
  const { maxTokens, logprobs } = questionOf(name);
  const params = new Map([...tier.params].filter(([parameter]) => !NOT_FOR_QUESTIONS.has(parameter)));
  const request = { model: tier.model, messages: [], max_tokens: maxTokens };
  const text = `{"model":"","messages":${messages},"max_tokens":${maxTokens}}`;
  return adaptRequest(text, request, { ...tier, params }, { stream: false, logprobs }).body;
}

function replyOf(completion: Completion, { view }: ReadAnswer): PaidReply {
  const first = completion.choices[0]?.logprobs?.content?.[0];
  const scored = typeof first?.token === 'string' && typeof first.logprob === 'number' ? first : undefined;
  return {
    text: view.text ?? '',
    ...(view.finishReason === undefined ? {} : { finishReason: view.finishReason }),
    ...(scored === undefined ? {} : { first: scored }),
  };
}

function unread(tier: ServedTier, name: string, completion: Completion): string {
  const came = (completion.choices[0]?.logprobs?.content?.length ?? 0) > 0;
  const what =
    questionOf(name).logprobs && !came
      ? 'without log-probabilities'
      : 'with something else than was asked for';
  return `Model '${tier.model}' of '${tier.upstream}' was asked for ${name} (\`models.${tier.name}.paidSignals\`), and replied ${what}.`;
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
