import type {
  Choice,
  Completion,
  MessagePart,
  TokenLogprob,
  ToolCallPart,
} from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { DONE } from '../../wire/sse.ts';
import type { AnswerSource, EventReader } from '../dialect.ts';
import { InvalidAnswer } from '../upstream.ts';
import { callOf, completionOf, failedResponse, finishOfResponse, headOf, usageIn } from './read-response.ts';

type Json = Readonly<Record<string, unknown>>;

/** Reads the events of one stream. */
export function openResponseEvents({ upstream }: AnswerSource): EventReader {
  /** The place of each call among the calls, by its place in the output. */
  const calls = new Map<unknown, number>();
  /** Items and parts of which something has been said. */
  const said = new Set<string>();

  /** What every chunk of the common form begins with. */
  let head: Partial<Completion> = {};
  let begun = false;
  /** Something of the answer itself, beside what was thought. */
  let answered = false;

  function chunk(delta: MessagePart, more: Partial<Choice> = {}): Completion {
    const part = begun ? delta : { role: 'assistant', ...delta };
    begun = true;
    return {
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: part, finish_reason: null, ...more }],
    };
  }

  const keyOf = ({
    output_index: place,
    content_index: part = '',
    summary_index: summary = '',
  }: Json): string => `${String(place)}/${String(part)}/${String(summary)}`;

  function words(
    member: 'content' | 'refusal' | 'reasoning_content',
    event: Json,
    text: unknown,
  ): Completion | undefined {
    if (typeof text !== 'string' || text === '') return undefined;
    said.add(keyOf(event));
    answered ||= member !== 'reasoning_content';
    const scored = event['logprobs'];
    const logprobs =
      member === 'content' && Array.isArray(scored) && scored.length > 0
        ? { logprobs: { content: scored as TokenLogprob[] } }
        : {};
    return chunk({ [member]: text }, logprobs);
  }

  /** The whole of a part, where none of it has come in pieces. */
  function wholeWords(
    member: 'content' | 'refusal' | 'reasoning_content',
    event: Json,
    text: unknown,
  ): Completion | undefined {
    return said.has(keyOf(event)) ? undefined : words(member, event, text);
  }

  function call(event: Json, part: ToolCallPart): Completion {
    const index = calls.get(event['output_index']) ?? calls.size;
    calls.set(event['output_index'], index);
    return chunk({ tool_calls: [{ index, ...part }] });
  }

  function input(event: Json, kind: 'function' | 'custom', text: unknown): Completion | undefined {
    if (typeof text !== 'string' || text === '') return undefined;
    said.add(keyOf(event));
    return call(event, kind === 'function' ? { function: { arguments: text } } : { custom: { input: text } });
  }

  function item(event: Json, isWhole: boolean): Completion | undefined {
    const { item: described } = event;
    if (!isObject(described)) return undefined;
    const part = callOf(described);
    if (part === undefined) return undefined;
    const isKnown = calls.has(event['output_index']);
    if (isKnown && (!isWhole || said.has(keyOf(event)))) return undefined;
    if ((part.function?.arguments ?? part.custom?.input ?? '') !== '') said.add(keyOf(event));
    const { id: _, type: __, ...rest } = part;
    return call(event, isKnown ? rest : part);
  }

  function last(event: Json): Completion {
    const response = event['response'];
    if (!isObject(response)) throw notAnEvent();
    head = { ...head, ...headOf(response) };
    const output = Array.isArray(response['output']) ? (response['output'] as unknown[]) : [];
    const { message: delta = {}, logprobs = null } =
      (answered || calls.size > 0 || output.length === 0 ? undefined : unsaidIn(response)) ?? {};
    const reason = finishOfResponse(response, calls.size > 0 || delta?.tool_calls != null);
    return {
      ...chunk(delta ?? {}, { finish_reason: reason, ...(logprobs === null ? {} : { logprobs }) }),
      ...usageIn(response),
    };
  }

  /** What the whole has and no event said: some servers send it alone, and some items have events of their own kinds. */
  function unsaidIn(response: Json): Choice | undefined {
    const [choice] = completionOf(response, upstream).choices;
    const { role: _, reasoning_content: thought, tool_calls: tools, ...rest } = choice?.message ?? {};
    const message: MessagePart = {
      ...rest,
      ...(said.size > 0 || thought === undefined ? {} : { reasoning_content: thought }),
      ...(tools == null ? {} : { tool_calls: tools.map((each, index) => ({ ...each, index })) }),
    };
    return { ...choice, message };
  }

  function notAnEvent(): InvalidAnswer {
    return new InvalidAnswer(
      `The stream of upstream '${upstream}' holds an event that is not one of a response.`,
    );
  }

  function read(event: Json, type: unknown): Completion | undefined {
    switch (type) {
      case 'response.created':
        if (!isObject(event['response'])) return undefined;
        head = headOf(event['response']);
        return chunk({});
      case 'response.output_item.added':
        return item(event, false);
      case 'response.output_item.done':
        return item(event, true);
      case 'response.output_text.delta':
        return words('content', event, event['delta']);
      case 'response.output_text.done':
        return wholeWords('content', event, event['text']);
      case 'response.refusal.delta':
        return words('refusal', event, event['delta']);
      case 'response.refusal.done':
        return wholeWords('refusal', event, event['refusal']);
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        return words('reasoning_content', event, event['delta']);
      case 'response.function_call_arguments.delta':
        return input(event, 'function', event['delta']);
      case 'response.custom_tool_call_input.delta':
        return input(event, 'custom', event['delta']);
      case 'response.completed':
      case 'response.incomplete':
        return last(event);
      case 'response.failed':
        throw failed(isObject(event['response']) ? event['response']['error'] : undefined);
      case 'error':
        throw failed(event['error'] ?? event);
      default:
        return undefined;
    }
  }

  function failed(error: unknown): InvalidAnswer {
    return failedResponse(`The stream of upstream '${upstream}' ended with an error.`, error);
  }

  return ({ data, name }) => {
    if (data === DONE) return 'done';
    if (data.trim() === '') return 'heartbeat';
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      throw new InvalidAnswer(`The stream of upstream '${upstream}' holds an event that is not JSON.`);
    }
    if (event === null) return 'heartbeat';
    if (!isObject(event)) throw notAnEvent();
    const type = event['type'] ?? name;
    if (type === undefined && isObject(event['error'])) throw failed(event['error']);
    // A sign of life, or something of the server's own.
    if (typeof type !== 'string' || !/^(?:response\.|error$)/.test(type)) return 'heartbeat';
    return read(event, type);
  };
}
