// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** The AI SDK and the OpenAI Agents SDK, unchanged but for URL and key: prints what each got, as JSON. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, baseURL, model] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const got = {};

const { z } = await load('zod');
const { generateText, streamText, tool, Output, stepCountIs } = await load('ai');
const { createOpenAI } = await load('@ai-sdk/openai');
const openai = createOpenAI({ baseURL, apiKey: 'none' });
const weather = tool({
  description: 'The weather of a town.',
  inputSchema: z.object({ town: z.string() }),
  execute: ({ town }) => `Sunny in ${town}`,
});
const ask = { model: openai(model), maxRetries: 0 };
got.text = (await generateText({ ...ask, prompt: 'Hello' })).text;
const stream = streamText({ ...ask, prompt: 'Hello', onError: ({ error }) => (got.error = String(error)) });
got.stream = '';
for await (const delta of stream.textStream) got.stream += delta;
got.usage = (await stream.usage).inputTokens;
for (const [name, run] of [
  ['loop', generateText],
  ['streamedLoop', streamText],
]) {
  const result = run({ ...ask, prompt: 'Weather?', tools: { weather }, stopWhen: stepCountIs(3) });
  const { steps, text } = await result;
  got[name] = [(await steps).length, await text];
}
const { output } = await generateText({
  ...ask,
  prompt: 'Which town?',
  output: Output.object({ schema: z.object({ town: z.string() }) }),
});
got.object = output;
got.refused = await generateText({ ...ask, model: openai('nobody'), prompt: 'x' }).catch(
  (error) => error.statusCode,
);

const agents = await load('@openai/agents');
const OpenAI = (await load('openai')).default;
agents.setTracingDisabled(true);
agents.setDefaultOpenAIClient(new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 }));
const agent = new agents.Agent({
  name: 'Guide',
  instructions: 'Be short.',
  model,
  tools: [
    agents.tool({
      name: 'weather',
      description: 'The weather of a town.',
      parameters: z.object({ town: z.string() }),
      execute: ({ town }) => `Sunny in ${town}`,
    }),
  ],
});
got.agent = (await agents.run(agent, 'Weather?')).finalOutput;
const streamed = await agents.run(agent, 'Weather?', { stream: true });
got.agentStream = '';
for await (const text of streamed.toTextStream()) got.agentStream += text;
await streamed.completed;
const typed = new agents.Agent({ name: 'Typed', model, outputType: z.object({ town: z.string() }) });
got.agentObject = (await agents.run(typed, 'Which town?')).finalOutput;
console.log(JSON.stringify(got));
