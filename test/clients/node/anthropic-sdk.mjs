// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** The official `@anthropic-ai/sdk`. */
import { KEY, load, origin, parameters, raisedBy, report, statusOf, weather } from './common.mjs';

const { default: Anthropic } = await load('@anthropic-ai/sdk');
const { zodOutputFormat } = await load('@anthropic-ai/sdk/helpers/zod');
const { z } = await load('zod');

const client = new Anthropic({ baseURL: origin, apiKey: KEY, maxRetries: 0 });
const tools = [{ name: 'weather', description: 'The weather of a town.', input_schema: parameters }];
const ask = (model, content, more = {}) => ({
  model,
  max_tokens: 200,
  messages: [{ role: 'user', content }],
  ...more,
});
const textOf = ({ content }) => content.map(({ text = '' }) => text).join('');

async function loop(model, streamed, prompt = 'Weather?') {
  const body = ask(model, prompt, { tools });
  for (let turn = 0; turn < 3; turn += 1) {
    const message = streamed
      ? await client.messages.stream(body).finalMessage()
      : await client.messages.create(body);
    const calls = message.content.filter(({ type }) => type === 'tool_use');
    if (calls.length === 0) return textOf(message);
    const results = calls.map(({ id, input }) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: weather(input),
    }));
    body.messages.push({ role: 'assistant', content: message.content }, { role: 'user', content: results });
  }
}

await report({
  messages: {
    chat: async (model) => textOf(await client.messages.create(ask(model, 'Hello'))),
    stream: async (model) => client.messages.stream(ask(model, 'Hello')).finalText(),
    tools: async (model) => loop(model, false),
    'streamed tools': async (model) => loop(model, true),
    'two tools at once': async (model) => loop(model, true, 'Weather of both?'),
    'broken stream': async (model) =>
      raisedBy(() => client.messages.stream(ask(model, 'Break off')).finalText()),
    'structured output': async (model) => {
      const format = { output_config: { format: zodOutputFormat(z.object({ town: z.string() })) } };
      return (await client.messages.parse(ask(model, 'Which town?', format))).parsed_output;
    },
    'unknown model': async () => statusOf(() => client.messages.create(ask('nobody', 'Hello'))),
    refusal: async (model) => statusOf(() => client.messages.create(ask(model, 'Refuse this'))),
  },
});
