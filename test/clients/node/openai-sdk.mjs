// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** The official `openai` package: chat completions and Responses. */
import { KEY, load, openaiUrl, parameters, raisedBy, report, statusOf, weather } from './common.mjs';

const { default: OpenAI } = await load('openai');
const { zodResponseFormat, zodTextFormat } = await load('openai/helpers/zod');
const { z } = await load('zod');

const client = new OpenAI({ baseURL: openaiUrl, apiKey: KEY, maxRetries: 0 });
const town = z.object({ town: z.string() });
const said = (content) => [{ role: 'user', content }];
const tool = { name: 'weather', description: 'The weather of a town.', parameters, strict: true };
const answerTo = (text) => weather(JSON.parse(text));

async function chatLoop(model, streamed, prompt = 'Weather?') {
  const messages = said(prompt);
  for (let turn = 0; turn < 3; turn += 1) {
    const ask = { model, messages, tools: [{ type: 'function', function: tool }] };
    const { choices } = streamed
      ? await client.chat.completions.stream(ask).finalChatCompletion()
      : await client.chat.completions.create(ask);
    const { message } = choices[0];
    if (!message.tool_calls?.length) return message.content;
    messages.push(message);
    for (const { id, function: called } of message.tool_calls)
      messages.push({ role: 'tool', tool_call_id: id, content: answerTo(called.arguments) });
  }
}

async function responseLoop(model, streamed, prompt = 'Weather?') {
  const input = said(prompt);
  for (let turn = 0; turn < 3; turn += 1) {
    const ask = { model, input, tools: [{ type: 'function', ...tool }] };
    const answer = streamed
      ? await client.responses.stream(ask).finalResponse()
      : await client.responses.create(ask);
    const calls = answer.output.filter(({ type }) => type === 'function_call');
    if (calls.length === 0) return answer.output_text;
    input.push(...answer.output);
    for (const call of calls)
      input.push({
        type: 'function_call_output',
        call_id: call.call_id,
        output: answerTo(call.arguments),
      });
  }
}

const chat = async (model, text) => {
  const { choices, usage } = await client.chat.completions.create({ model, messages: said(text) });
  return usage.total_tokens > 0 ? choices[0].message.content : 'without usage';
};
const response = async (model, input) => {
  const { output_text: text, usage } = await client.responses.create({ model, input });
  return usage.total_tokens > 0 ? text : 'without usage';
};

await report({
  chats: {
    chat: async (model) => chat(model, 'Hello'),
    stream: async (model) => {
      const stream = client.chat.completions.stream({ model, messages: said('Hello') });
      return stream.finalContent();
    },
    tools: async (model) => chatLoop(model, false),
    'streamed tools': async (model) => chatLoop(model, true),
    'two tools at once': async (model) => chatLoop(model, true, 'Weather of both?'),
    'broken stream': async (model) =>
      raisedBy(() => client.chat.completions.stream({ model, messages: said('Break off') }).finalContent()),
    'structured output': async (model) => {
      const ask = { model, messages: said('Which town?'), response_format: zodResponseFormat(town, 'town') };
      return (await client.chat.completions.parse(ask)).choices[0].message.parsed;
    },
    'unknown model': async () => statusOf(() => chat('nobody', 'Hello')),
    refusal: async (model) => statusOf(() => chat(model, 'Refuse this')),
  },
  responses: {
    chat: async (model) => response(model, 'Hello'),
    stream: async (model) =>
      (await client.responses.stream({ model, input: 'Hello' }).finalResponse()).output_text,
    tools: async (model) => responseLoop(model, false),
    'streamed tools': async (model) => responseLoop(model, true),
    'two tools at once': async (model) => responseLoop(model, true, 'Weather of both?'),
    'broken stream': async (model) =>
      raisedBy(() => client.responses.stream({ model, input: 'Break off' }).finalResponse()),
    'structured output': async (model) => {
      const ask = { model, input: 'Which town?', text: { format: zodTextFormat(town, 'town') } };
      return (await client.responses.parse(ask)).output_parsed;
    },
    'unknown model': async () => statusOf(() => response('nobody', 'Hello')),
    refusal: async (model) => statusOf(() => response(model, 'Refuse this')),
  },
});
