// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** The AI SDK: `@ai-sdk/openai` (Responses, and chats), `@ai-sdk/openai-compatible`, `@ai-sdk/anthropic`. */
import { KEY, load, openaiUrl, origin, raisedBy, report, statusOf, weather } from './common.mjs';

const { z } = await load('zod');
const { generateText, streamText, tool, Output, stepCountIs } = await load('ai');
const { createOpenAI } = await load('@ai-sdk/openai');
const { createOpenAICompatible } = await load('@ai-sdk/openai-compatible');
const { createAnthropic } = await load('@ai-sdk/anthropic');

const schema = z.object({ town: z.string() });
const tools = {
  weather: tool({ description: 'The weather of a town.', inputSchema: schema, execute: weather }),
};
const loop = { prompt: 'Weather?', tools, stopWhen: stepCountIs(3) };

const said = (content) => ({ role: 'user', content });

function attempts(make, more = {}) {
  const ask = (model, options) => generateText({ model: make(model), maxRetries: 0, ...more, ...options });
  const stream = async (model, options) => {
    let failure;
    const onError = ({ error }) => (failure = error);
    const result = streamText({ model: make(model), maxRetries: 0, onError, ...more, ...options });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    if (failure !== undefined) throw failure;
    const { totalTokens } = await result.usage;
    return totalTokens > 0 ? text : `${text}, without usage`;
  };
  return {
    chat: async (model) => (await ask(model, { prompt: 'Hello' })).text,
    stream: async (model) => stream(model, { prompt: 'Hello' }),
    tools: async (model) => (await ask(model, loop)).text,
    'streamed tools': async (model) => stream(model, loop),
    conversation: async (model) => {
      const { response } = await ask(model, { prompt: 'Hello' });
      const messages = [said('Hello'), ...response.messages, said('Hello again')];
      return (await ask(model, { messages })).text;
    },
    'two tools at once': async (model) => stream(model, { ...loop, prompt: 'Weather of both?' }),
    'broken stream': async (model) => raisedBy(() => stream(model, { prompt: 'Break off' })),
    'structured output': async (model) =>
      (await ask(model, { prompt: 'Which town?', output: Output.object({ schema }) })).output,
    'unknown model': async () => statusOf(() => ask('nobody', { prompt: 'Hello' })),
    refusal: async (model) => statusOf(() => ask(model, { prompt: 'Refuse this' })),
    'streamed refusal': async (model) => statusOf(() => stream(model, { prompt: 'Refuse this' })),
  };
}

const openai = createOpenAI({ baseURL: openaiUrl, apiKey: KEY });
const compatible = createOpenAICompatible({
  name: 'weir',
  baseURL: openaiUrl,
  apiKey: KEY,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const anthropic = createAnthropic({ baseURL: `${origin}/v1`, apiKey: KEY });
/** It takes responses to be stored, and refers to them: the error says what to set. */
function byDefault(make) {
  const { conversation, ...others } = attempts(make);
  return { ...others, 'unstored reference': async (model) => statusOf(() => conversation(model)) };
}

await report({
  responses: attempts(openai, { providerOptions: { openai: { store: false } } }),
  'responses by default': byDefault(openai),
  chats: attempts(openai.chat),
  compatible: attempts(compatible),
  messages: attempts(anthropic),
});
