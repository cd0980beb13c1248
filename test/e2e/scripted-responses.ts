/** Answers of a server that speaks OpenAI's Responses, whole and in the events that the API documents. */
import { formatEvent } from '../../src/wire/sse.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';

type Json = Record<string, unknown>;

/** A message of one text, with log-probabilities of its tokens where there are some. */
export function messageItem(tokens: readonly [text: string, logprob: number][]): Json {
  const logprobs = tokens.map(([token, logprob]) => scored(token, logprob));
  const text = tokens.map(([token]) => token).join('');
  const part = { type: 'output_text', annotations: [], logprobs, text };
  return { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [part] };
}

const scored = (token: string, logprob: number): Json => ({
  token,
  bytes: [...Buffer.from(token)],
  logprob,
  top_logprobs: [{ token, bytes: [], logprob }],
});

/** A whole response around its items. */
export function responseBody(output: readonly Json[], more: Json = {}): Json {
  return {
    id: 'resp_upstream',
    object: 'response',
    created_at: 1_700_000_000,
    status: 'completed',
    error: null,
    incomplete_details: null,
    model: 'gpt-scripted-2026',
    output,
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    store: false,
    unknown_member: 1.5,
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 20,
    },
    ...more,
  };
}

/** The events of a response, as the API sends them. */
export function responseEvents(body: Json): string[] {
  let number = 0;
  const write = (type: string, members: Json): string =>
    formatEvent(JSON.stringify({ type, sequence_number: number++, ...members }), type);
  const begun = { ...body, status: 'in_progress', output: [], usage: null };
  const events = [
    write('response.created', { response: begun }),
    write('response.in_progress', { response: begun }),
  ];
  for (const [index, item] of (body['output'] as Json[]).entries()) {
    const place = { output_index: index, item_id: item['id'] };
    const add = (empty: Json): void =>
      void events.push(
        write('response.output_item.added', { output_index: index, item: { ...item, ...empty } }),
      );
    if (item['type'] === 'message') {
      add({ content: [], status: 'in_progress' });
      for (const [position, part] of (item['content'] as Json[]).entries()) {
        const at = { ...place, content_index: position };
        const tokens = part['logprobs'] as { token: string }[];
        const text = String(part['text']);
        const deltas =
          tokens.length > 0 ? tokens.map(({ token }) => token) : [text.slice(0, 3), text.slice(3)];
        events.push(
          write('response.content_part.added', { ...at, part: { ...part, text: '', logprobs: [] } }),
        );
        for (const [token, delta] of deltas.entries()) {
          const logprobs = tokens.slice(token, token + 1);
          events.push(write('response.output_text.delta', { ...at, delta, logprobs, obfuscation: 'x' }));
        }
        events.push(write('response.output_text.done', { ...at, text: part['text'], logprobs: tokens }));
        events.push(write('response.content_part.done', { ...at, part }));
      }
    } else if (item['type'] === 'function_call') {
      add({ arguments: '', status: 'in_progress' });
      const text = String(item['arguments']);
      for (const delta of [text.slice(0, 3), text.slice(3)])
        events.push(write('response.function_call_arguments.delta', { ...place, delta }));
      events.push(write('response.function_call_arguments.done', { ...place, arguments: text }));
    } else add({});
    events.push(write('response.output_item.done', { output_index: index, item }));
  }
  return [...events, write(`response.${String(body['status'])}`, { response: body })];
}

/** Answers as asked: whole, or as a stream. */
export function responds(output: readonly Json[], more: Json = {}): ScriptedStep {
  return (asked) => {
    const wanted = JSON.stringify(asked.body['include'] ?? []).includes('logprobs');
    const body = responseBody(wanted ? output : output.map(withoutLogprobs), more);
    return asked.stream
      ? { headers: { 'content-type': 'text/event-stream' }, body: responseEvents(body) }
      : { headers: { 'content-type': 'application/json' }, body: [JSON.stringify(body)] };
  };
}

function withoutLogprobs(item: Json): Json {
  if (item['type'] !== 'message') return item;
  return { ...item, content: (item['content'] as Json[]).map((part) => ({ ...part, logprobs: [] })) };
}
