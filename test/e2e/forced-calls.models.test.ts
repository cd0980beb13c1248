import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { keepsPromises } from './forced-calls.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { missing, startModel, type ModelServer } from './real-models.ts';

const TOWNS = ['Rome', 'Oslo', 'Lima', 'Cairo', 'Quito', 'Delhi', 'Perth', 'Seoul', 'Turin', 'Dakar'];
const parameters = {
  type: 'object',
  properties: { town: { type: 'string' } },
  required: ['town'],
  additionalProperties: false,
};
const tools: OpenAI.Chat.Completions.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weather', parameters } },
  { type: 'function', function: { name: 'population', parameters } },
];

describe('twenty forced calls, first asked of a real small model', { skip: missing('small') }, () => {
  let model: ModelServer;
  let large: ScriptedServer;
  let gateway: GatewayProcess;
  let client: OpenAI;

  before(async () => {
    model = await startModel('small');
    large = await createScriptedServer({ chat: keepsPromises });
    // A threshold that any answer passes: only the checks stand between its prose and the client.
    gateway = await startGateway(`upstreams:
  near: { baseUrl: "${model.baseUrl}", location: on-premises }
  far: { baseUrl: "${large.baseUrl}", location: cloud }
models:
  small: { upstream: near, model: small, price: { input: 0.0135, output: 0.0135 } }
  large: { upstream: far, model: huge, price: { input: 1, output: 1 } }
routes:
  auto: { serves: ["gpt-4o"], tiers: [small, large], objective: { thresholds: [0.01] } }
`);
    client = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  after(async () => {
    await gateway?.stop();
    await large?.close();
    model?.process.kill();
  });

  const ask = (town: string, choice: OpenAI.Chat.Completions.ChatCompletionToolChoiceOption) => ({
    model: 'gpt-4o',
    max_tokens: 64,
    temperature: 0,
    messages: [{ role: 'user' as const, content: `What is the weather in ${town}?` }],
    tools,
    tool_choice: choice,
  });

  for (const choice of ['required', { type: 'function', function: { name: 'weather' } }] as const)
    test(`never come back as prose: ${typeof choice === 'string' ? choice : choice.function.name}`, async (t) => {
      const tiers: string[] = [];
      for (const [index, town] of TOWNS.entries()) {
        const body = ask(town, choice);
        const answer = await (index % 2 === 0
          ? client.chat.completions.create(body)
          : client.chat.completions.stream(body).finalChatCompletion());
        const [call] = answer.choices[0]?.message.tool_calls ?? [];
        assert.ok(call?.type === 'function', `prose for ${town}: ${JSON.stringify(answer)}`);
        if (typeof choice !== 'string') assert.equal(call.function.name, 'weather');
        assert.deepEqual(Object.keys(JSON.parse(call.function.arguments) as object), ['town']);
        tiers.push(answer.model);
      }
      t.diagnostic(`served by ${tiers.join(', ')}`);
    });
});
