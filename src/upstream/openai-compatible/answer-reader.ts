import type { Choice, Completion, ToolCallPart } from '../../protocol/common/chat.ts';
import type { Signals } from '../../routing/attempt.ts';
import type { AnswerView } from '../../routing/checks.ts';
import { textOfMessages } from '../../routing/signals/request-text.ts';
import { createAnswerSignals } from '../../routing/signals/read-signals.ts';
import { tokensOfAnswer } from '../../routing/signals/thinking.ts';

/** Everything that is read from an answer, whether it came whole or in chunks. */
export interface ReadAnswer {
  view: AnswerView;
  signals: Signals;
  /** As the upstream counted. */
  usage?: { inputTokens: number; outputTokens: number; reasoningTokens?: number };
  /** Reasoning that came beside the text. */
  reasoning: string;
  toolCallIds: readonly string[];
  model?: string;
  upstreamId?: string;
  fingerprint?: string;
}

export interface AnswerReader {
  /** Reads a completion, or the next chunk of one. */
  add(part: Completion): void;
  finish(): ReadAnswer;
}

interface Call {
  id?: string;
  name: string;
  arguments: string;
  /** Its arguments are text. */
  custom?: true;
}

/** Reads the first choice: the gateway asks for one. */
export function createAnswerReader(): AnswerReader {
  const signals = createAnswerSignals();
  const calls: Call[] = [];
  const about: Pick<ReadAnswer, 'usage' | 'model' | 'upstreamId' | 'fingerprint'> = {};
  let text = '';
  let reasoning = '';
  let refusal: string | undefined;
  let finishReason: string | undefined;

  function addChoice(choice: Choice): void {
    const part = choice.delta ?? choice.message ?? {};
    const parts = Array.isArray(part.content) ? partsOf(part.content) : undefined;
    const thought = textOf(part.reasoning_content) || textOf(part.reasoning) || (parts?.thought ?? '');
    const said = parts?.said ?? (textOf(part.content) || textOf(part.audio?.transcript));
    reasoning += thought;
    text += said;
    if (typeof part.refusal === 'string' && part.refusal !== '') refusal = (refusal ?? '') + part.refusal;
    if (Array.isArray(part.tool_calls)) addCalls(calls, part.tool_calls);
    if (part.function_call != null) addCalls(calls, [{ function: part.function_call }]);
    if (typeof choice.finish_reason === 'string') finishReason = choice.finish_reason;
    const scored = choice.logprobs?.content;
    if (!Array.isArray(scored)) return;
    // Between the last reasoning and the first text of the answer stands only what divides them.
    if (thought === '' && reasoning !== '' && text === '') return;
    for (const token of thought === '' ? scored : tokensOfAnswer(said, scored)) {
      if (typeof token?.token === 'string' && typeof token.logprob === 'number') signals.add(token);
    }
  }

  return {
    add(part) {
      if (about.upstreamId === undefined && typeof part.id === 'string') about.upstreamId = part.id;
      if (about.model === undefined && typeof part.model === 'string' && part.model !== '')
        about.model = part.model;
      if (typeof part.system_fingerprint === 'string') about.fingerprint = part.system_fingerprint;
      const usage = usageOf(part);
      if (usage !== undefined) about.usage = usage;
      const choice = part.choices.find(({ index }) => index === undefined || index === 0);
      if (choice !== undefined) addChoice(choice);
    },
    finish() {
      const view: AnswerView = {
        text,
        toolCalls: calls
          .filter((call) => call !== undefined)
          .map(({ name, arguments: given, custom }) => ({
            name,
            arguments: custom === true ? JSON.stringify(given) : given,
          })),
      };
      if (refusal !== undefined) view.refusal = refusal;
      if (finishReason !== undefined) view.finishReason = finishReason;
      return {
        ...about,
        view,
        signals: signals.finish(text, about.usage?.outputTokens),
        reasoning,
        toolCallIds: calls.flatMap((call) => (call?.id === undefined ? [] : [call.id])),
      };
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What a content says that is a list of parts, as Mistral's with thinking beside the text. */
function partsOf(content: readonly unknown[]): { said: string; thought: string } {
  const thoughts = content.flatMap((part) =>
    typeof part === 'object' && part !== null && 'thinking' in part ? [{ content: part.thinking }] : [],
  );
  return { said: textOfMessages([{ content }]).join(''), thought: textOfMessages(thoughts).join('') };
}

/** Puts the pieces of tool calls together; a piece without an index belongs to its place in the list. */
function addCalls(calls: Call[], parts: readonly ToolCallPart[]): void {
  parts.forEach((part, position) => {
    const index =
      typeof part.index === 'number' && part.index >= 0 && part.index < 1_000 ? part.index : position;
    const call = (calls[index] ??= { name: '', arguments: '' });
    if (typeof part.id === 'string' && part.id !== '') call.id = part.id;
    if (part.custom != null) call.custom = true;
    call.name += textOf(part.function?.name) + textOf(part.custom?.name);
    call.arguments += textOf(part.function?.arguments) + textOf(part.custom?.input);
  });
}

function usageOf({ usage }: Completion): ReadAnswer['usage'] {
  if (usage == null || !isCount(usage.prompt_tokens) || !isCount(usage.completion_tokens)) return undefined;
  const thought = usage.completion_tokens_details?.reasoning_tokens;
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    ...(isCount(thought) ? { reasoningTokens: thought } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
