import type { Completion } from '../protocol/common/chat.ts';
import { createJsonEdit } from '../wire/json-edit.ts';
import type { AnswerView } from '../routing/checks.ts';
import type { PaidReply, PaidSignal } from '../routing/signals/signal.ts';
import { paidSignalNamed } from '../routing/signals/signals.ts';
import type { Tier } from '../routing/policy.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { adaptRequest } from '../upstream/openai-compatible/adapt-request.ts';
import { answerText } from './answer-text.ts';
import { createAnswerReader, type ReadAnswer } from '../upstream/openai-compatible/answer-reader.ts';
import { refusesLogprobs } from './attempt-failure.ts';
import type { HttpContext, ServedTier } from './context.ts';
import { InvalidAnswer } from '../upstream/invalid-answer.ts';
import { parseReply } from '../upstream/openai-compatible/parse-completion.ts';
import { spentOn, type Spent } from './usage.ts';

/** A model, an answer that it gave, and one paid signal of that. */
export interface AboutAnswer {
  call: HttpContext['call'];
  tier: ServedTier;
  /** As the policy knows it: for the price. */
  policyTier: Tier | undefined;
  /** JSON text of an object whose `messages` were answered. */
  text: string;
  /** The plain text in these messages. */
  said: readonly string[];
  answer: Pick<AnswerView, 'text' | 'refusal' | 'toolCalls'>;
  /** The paid signal's name; one that only recordings have may stand here too. */
  name: string;
  requestId: string;
  signal: AbortSignal;
  patienceMs?: number;
}

/** What came of it, and what it came to even where nothing did. */
export interface PaidReading extends Spent {
  /** 0..1. */
  value?: number;
  model?: string;
  /** Why there is no value: an `UpstreamError`, or an {@link InvalidAnswer} where the model said something else. */
  error?: unknown;
}

/** Asks a model for one paid signal of an answer that it gave. Never throws. */
export async function askAboutAnswer(about: AboutAnswer): Promise<PaidReading> {
  const { call, tier, policyTier, answer, name, requestId, signal, patienceMs } = about;
  const asked = askingFor(name);
  let spent: Spent = {};
  try {
    const reply = await call(tier.upstream, {
      model: tier.model,
      body: bodyOf(about),
      stream: false,
      requestId,
      paid: name,
      ...(patienceMs === undefined ? {} : { patienceMs }),
      signal,
    });
    if (reply.kind !== 'json') throw new InvalidAnswer(`Upstream '${tier.upstream}' streamed, unasked.`);
    const completion = parseReply(reply.text, tier);
    const reader = createAnswerReader();
    reader.add(completion);
    const read = reader.finish();
    spent = await spentOn(
      policyTier,
      read,
      () => [...about.said, answerText({ view: answer }), asked.question],
      reply.recorded,
    );
    const value = reply.recorded?.signals[name] ?? paidSignalNamed(name)?.read(replyOf(completion, read));
    if (value === undefined) throw new InvalidAnswer(unread(tier, name, completion));
    return { ...spent, value, ...(read.model === undefined ? {} : { model: read.model }) };
  } catch (error) {
    // What is known of a model's log-probabilities is known of all its calls.
    if (asked.needsLogprobs && refusesLogprobs(error)) tier.logprobs = 'none';
    return { ...spent, error };
  }
}

/** A recorded answer to a conversation, and one paid signal of it. */
export type AboutRecorded = Pick<AboutAnswer, 'answer' | 'name' | 'requestId' | 'signal'> & {
  messages: Record<string, unknown>[];
};

/** Asks about an answer that was recorded before, as long as the upstream is patient. @throws {RangeError} for no tier of these */
export async function askAboutRecorded(
  { call }: Pick<HttpContext, 'call'>,
  tiers: ReadonlyMap<string, ServedTier>,
  policyTier: Tier,
  { messages, ...about }: AboutRecorded,
): Promise<PaidReading> {
  const tier = tiers.get(policyTier.name);
  if (tier === undefined) throw new RangeError(`no tier is named '${policyTier.name}'`);
  const text = JSON.stringify({ messages });
  return askAboutAnswer({ ...about, call, tier, policyTier, text, said: textOfMessages(messages) });
}

type Asking = Pick<PaidSignal, 'question' | 'maxTokens' | 'needsLogprobs'>;

/** A signal that only recordings have needs no words: no server is asked for it. */
const ONLY_RECORDED: Asking = { question: '', maxTokens: 1, needsLogprobs: false };

function askingFor(name: string): Asking {
  return paidSignalNamed(name) ?? ONLY_RECORDED;
}

/** The conversation byte for byte, so that a server finds it in its cache; then the answer, and the question about it. */
function withQuestion({ text, answer, name }: AboutAnswer): string {
  const asked = (createJsonEdit(text).get('messages') ?? '[]').trimEnd().slice(0, -1);
  const said = JSON.stringify({ role: 'assistant', content: answerText({ view: answer }) });
  return `${asked},${said},${JSON.stringify({ role: 'user', content: askingFor(name).question })}]`;
}

/** What a model is always asked with, but for what would change the form of so short a reply. */
const NOT_FOR_QUESTIONS: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'response_format',
  'stop',
]);

function bodyOf(about: AboutAnswer): string {
  const { tier, name } = about;
  const { maxTokens, needsLogprobs: logprobs } = askingFor(name);
  const params = new Map([...tier.params].filter(([parameter]) => !NOT_FOR_QUESTIONS.has(parameter)));
  const request = { model: tier.model, messages: [], max_tokens: maxTokens };
  const text = `{"model":"","messages":${withQuestion(about)},"max_tokens":${maxTokens}}`;
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
    askingFor(name).needsLogprobs && !came
      ? 'without log-probabilities'
      : 'with something else than was asked for';
  return `Model '${tier.model}' of '${tier.upstream}' was asked for ${name} (\`models.${tier.name}.paidSignals\`), and replied ${what}.`;
}
