import { defined } from '../defined.ts';
import { type ChatRequest, commonRequest, type Completion } from '../protocol/common/chat.ts';
import type { AnswerView } from '../routing/checks/expectations.ts';
import type { Tier } from '../routing/policy.ts';
import type { PaidReply, PaidSignal } from '../routing/signals/signal.ts';
import { paidSignalNamed } from '../routing/signals/signals.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { answerText, createAnswerReader, type ReadAnswer } from '../upstream/answer-reader.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import type { WrittenRequest } from '../upstream/dialect.ts';
import { needsOf } from '../upstream/needs.ts';
import { InvalidAnswer } from '../upstream/upstream.ts';
import { withinStack } from '../upstream/within-stack.ts';
import { createJsonEdit } from '../wire/json-edit.ts';
import { spendingOf, type Spent } from './costs/cost.ts';
import { callOnOwn, refusalOf } from './own-call.ts';
import type { ServedModel } from './served-route.ts';

/** A model, an answer that it gave, and the paid signal that it is asked for. */
export interface SelfAssessment {
  tier: ServedModel & { tier: Tier };
  /** The messages that were answered. */
  messages: ChatRequest['messages'];
  /** JSON text of an object that has these `messages`. */
  text: string;
  answer: Pick<AnswerView, 'text' | 'refusal' | 'toolCalls'>;
  /** The paid signal's name; one that only recordings have may stand here too. */
  name: string;
  requestId: string;
  /** The API key whose request it is; absent for calls of the gateway's own. */
  keyId?: string;
  signal: AbortSignal;
  patienceMs?: number;
}

/** The result of asking, and what it cost even if there is no result. */
export interface SelfAssessed extends Spent {
  /** 0..1. */
  value?: number;
  model?: string;
  /** Why there is no value: an `UpstreamError`, or an {@link InvalidAnswer} if the model said something else. */
  error?: unknown;
}

/** Asks a model for one paid signal of an answer that it gave. Never throws. */
export async function askSelfAssessment(assessment: SelfAssessment): Promise<SelfAssessed> {
  const { tier, answer, messages, name, requestId, keyId, signal, patienceMs } = assessment;
  const { asked } = tier;
  const asking = askingFor(name);
  let spent: Spent = {};
  try {
    const canGoOn = patienceMs === undefined ? {} : { canGoOn: true };
    const call = { requestId, paid: name, ...defined({ keyId, patienceMs }), ...canGoOn, signal };
    const reply = await callOnOwn(tier, (as) => write(assessment, asking, as), call);
    if (reply.kind !== 'whole') throw new InvalidAnswer(`Upstream '${asked.upstream}' streamed, unasked.`);
    const { completion } = withinStack(asked.upstream, () =>
      tier.dialect.readWhole(reply.text, asked, 'all'),
    );
    const reader = createAnswerReader();
    reader.add(completion);
    const read = reader.finish();
    spent = await spendingOf(
      tier.tier,
      read,
      () => [...textOfMessages(messages), answerText(answer), asking.question],
      reply.recorded,
    );
    const value = reply.recorded?.signals[name] ?? paidSignalNamed(name)?.read(replyOf(completion, read));
    if (value === undefined) throw new InvalidAnswer(unread(asked, name, completion));
    return { ...spent, value, ...defined({ model: read.model }) };
  } catch (error) {
    const refusal = refusalOf(error);
    // A model that refuses log-probabilities here refuses them in all its calls. Without them this one would say nothing.
    if (asking.needsLogprobs && refusal !== undefined && tier.dialect.refusesLogprobs(refusal))
      tier.learned.additions.refused({ logprobs: 'none' }, needsOf({ messages }), keyId ?? '');
    return { ...spent, error };
  }
}

/** A recorded answer to a conversation, and one paid signal of it. */
export type RecordedAssessment = Pick<SelfAssessment, 'answer' | 'name' | 'requestId' | 'signal'> & {
  messages: Record<string, unknown>[];
};

/**
 * Asks a model about an answer that was recorded before, waiting for as long as the upstream lets it. Never rejects.
 * @param models by their names. @throws {RangeError} where none of these is the tier's
 */
export function assessRecorded(
  models: ReadonlyMap<string, ServedModel>,
  tier: Tier,
  { messages: recorded, ...assessment }: RecordedAssessment,
): Promise<SelfAssessed> {
  const model = models.get(tier.name);
  if (model === undefined) throw new RangeError(`no tier is named '${tier.name}'`);
  // They were a request's messages when they were recorded.
  const messages = recorded as ChatRequest['messages'];
  const text = JSON.stringify({ messages });
  return askSelfAssessment({ ...assessment, tier: { tier, ...model }, messages, text });
}

type Asking = Pick<PaidSignal, 'question' | 'maxTokens' | 'needsLogprobs'>;

/** A signal that only recordings have needs no words: no server is asked for it. */
const ONLY_RECORDED: Asking = { question: '', maxTokens: 1, needsLogprobs: false };

function askingFor(name: string): Asking {
  return paidSignalNamed(name) ?? ONLY_RECORDED;
}

/** Configured parameters that are left out, because they would change the form of so short a reply. */
const NOT_FOR_QUESTIONS: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'response_format',
  'stop',
]);

/** The conversation byte for byte, so that a server finds it in its cache; then the answer, and the question about it. */
function write(
  { tier: { dialect }, messages, text, answer }: SelfAssessment,
  { question, maxTokens, needsLogprobs: logprobs }: Asking,
  asked: AskedTier,
): WrittenRequest {
  const params = new Map([...asked.params].filter(([parameter]) => !NOT_FOR_QUESTIONS.has(parameter)));
  const said = { role: 'assistant', content: answerText(answer) };
  const asks = { role: 'user', content: question };
  const before = (createJsonEdit(text).get('messages') ?? '[]').trimEnd().slice(0, -1);
  const chat: ChatRequest = {
    model: asked.model,
    messages: [...messages, said, asks],
    max_tokens: maxTokens,
  };
  const chatText = `{"model":"","messages":${before},${JSON.stringify(said)},${JSON.stringify(asks)}],"max_tokens":${maxTokens}}`;
  return dialect.writeRequest(
    commonRequest(chat, chatText),
    { ...asked, params },
    { stream: false, logprobs },
  );
}

function replyOf(completion: Completion, { view }: ReadAnswer): PaidReply {
  const first = completion.choices[0]?.logprobs?.content?.[0];
  const scored = typeof first?.token === 'string' && typeof first.logprob === 'number' ? first : undefined;
  return {
    text: view.text ?? '',
    ...defined({ finishReason: view.finishReason, first: scored }),
  };
}

function unread(tier: AskedTier, name: string, completion: Completion): string {
  const came = (completion.choices[0]?.logprobs?.content?.length ?? 0) > 0;
  const what =
    askingFor(name).needsLogprobs && !came
      ? 'without log-probabilities'
      : 'with something else than was asked for';
  return `Model '${tier.model}' of '${tier.upstream}' was asked for ${name} (\`models.${tier.name}.paidSignals\`), and replied ${what}.`;
}
