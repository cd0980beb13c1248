// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** LangChain for JavaScript: `@langchain/openai` with chats and Responses, `@langchain/anthropic`. */
import { KEY, load, openaiUrl, origin, raisedBy, report, statusOf, weather } from './common.mjs';

const { z } = await load('zod');
const { ChatOpenAI } = await load('@langchain/openai');
const { ChatAnthropic } = await load('@langchain/anthropic');
const { tool } = await load('@langchain/core/tools');
const { HumanMessage } = await load('@langchain/core/messages');

const schema = z.object({ town: z.string() });
const look = tool(weather, { name: 'weather', description: 'The weather of a town.', schema });

function attempts(make) {
  const whole = async (runnable, messages) => runnable.invoke(messages);
  const streamed = async (runnable, messages) => {
    let answer;
    for await (const chunk of await runnable.stream(messages)) answer = answer?.concat(chunk) ?? chunk;
    return answer;
  };
  const loop = async (model, ask, prompt = 'Weather?') => {
    const messages = [new HumanMessage(prompt)];
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await ask(make(model).bindTools([look]), messages);
      if (!answer.tool_calls?.length) return answer.text;
      messages.push(answer, ...(await Promise.all(answer.tool_calls.map((call) => look.invoke(call)))));
    }
  };
  return {
    chat: async (model) => {
      const { text, usage_metadata: usage } = await make(model).invoke('Hello');
      return usage.total_tokens > 0 ? text : 'without usage';
    },
    stream: async (model) => (await streamed(make(model), 'Hello')).text,
    tools: async (model) => loop(model, whole),
    'streamed tools': async (model) => loop(model, streamed),
    'two tools at once': async (model) => loop(model, streamed, 'Weather of both?'),
    'broken stream': async (model) => raisedBy(async () => (await streamed(make(model), 'Break off')).text),
    'structured output': async (model) => make(model).withStructuredOutput(schema).invoke('Which town?'),
    'unknown model': async () => statusOf(() => make('nobody').invoke('Hello')),
    refusal: async (model) => statusOf(() => make(model).invoke('Refuse this')),
  };
}

const openai = (model, more) =>
  new ChatOpenAI({ model, apiKey: KEY, maxRetries: 0, configuration: { baseURL: openaiUrl }, ...more });

await report({
  chats: attempts(openai),
  responses: attempts((model) => openai(model, { useResponsesApi: true })),
  messages: attempts(
    (model) => new ChatAnthropic({ model, apiKey: KEY, maxRetries: 0, anthropicApiUrl: origin }),
  ),
});
