// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** The OpenAI Agents SDK: over Responses, which is its default, and over chats. */
import { KEY, load, openaiUrl, raisedBy, report, statusOf, weather } from './common.mjs';

const { z } = await load('zod');
const agents = await load('@openai/agents');
const { default: OpenAI } = await load('openai');

agents.setTracingDisabled(true);
const client = new OpenAI({ baseURL: openaiUrl, apiKey: KEY, maxRetries: 0 });
const schema = z.object({ town: z.string() });
const tools = [
  agents.tool({
    name: 'weather',
    description: 'The weather of a town.',
    parameters: schema,
    execute: weather,
  }),
];

function attempts(Kind) {
  const agent = (model, more) => new agents.Agent({ name: 'Guide', model: new Kind(client, model), ...more });
  const ask = async (model, prompt, more) => (await agents.run(agent(model, more), prompt)).finalOutput;
  const stream = async (model, prompt, more) => {
    const result = await agents.run(agent(model, more), prompt, { stream: true });
    let text = '';
    for await (const delta of result.toTextStream()) text += delta;
    await result.completed;
    return text === result.finalOutput ? text : `${text}, but in the end ${result.finalOutput}`;
  };
  return {
    chat: async (model) => ask(model, 'Hello', { instructions: 'Be short.' }),
    stream: async (model) => stream(model, 'Hello'),
    tools: async (model) => ask(model, 'Weather?', { tools }),
    'streamed tools': async (model) => stream(model, 'Weather?', { tools }),
    'two tools at once': async (model) => stream(model, 'Weather of both?', { tools }),
    'broken stream': async (model) => raisedBy(() => stream(model, 'Break off')),
    'structured output': async (model) => ask(model, 'Which town?', { outputType: schema }),
    'unknown model': async () => statusOf(() => ask('nobody', 'Hello')),
    refusal: async (model) => statusOf(() => ask(model, 'Refuse this')),
  };
}

await report({
  responses: attempts(agents.OpenAIResponsesModel),
  chats: attempts(agents.OpenAIChatCompletionsModel),
});
