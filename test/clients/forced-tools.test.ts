/** Official clients on a ladder whose small model ignores tools and formats: none of them gets prose for what it forced. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { ignoresTools, keepsPromises } from '../e2e/forced-calls.ts';
import { startGateway, type GatewayProcess } from '../e2e/gateway-process.ts';
import { missing, pythonOf } from './groups.ts';

const ROME = { town: 'Rome', degrees: 21 };
const tools: OpenAI.Chat.Completions.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'weather',
      parameters: {
        type: 'object',
        properties: { town: { type: 'string' }, degrees: { type: 'integer' } },
        required: ['town', 'degrees'],
      },
    },
  },
];

describe('a small model that ignores tools', () => {
  let small: ScriptedServer;
  let large: ScriptedServer;
  let gateway: GatewayProcess;

  before(async () => {
    small = await createScriptedServer({ chat: ignoresTools });
    large = await createScriptedServer({ chat: keepsPromises });
    gateway = await startGateway(`upstreams:
  near: { baseUrl: "${small.baseUrl}", location: on-premises }
  far: { baseUrl: "${large.baseUrl}", location: cloud }
models:
  small: { upstream: near, model: tiny, price: { input: 0.1, output: 0.1 } }
  large: { upstream: far, model: huge, price: { input: 1, output: 1 } }
routes:
  auto: { serves: ["gpt-4o"], tiers: [small, large], objective: { thresholds: [0.6] } }
`);
  });
  after(async () => {
    await gateway?.stop();
    await Promise.all([small.close(), large.close()]);
  });

  test('serves prose where nothing is forced', async () => {
    const client = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: 'none', maxRetries: 0 });
    const { choices } = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Hello' }],
    });
    assert.equal(choices[0]?.message.content, 'It is sunny in Rome today');
  });

  for (const choice of ['required', { type: 'function', function: { name: 'weather' } }] as const)
    test(`the Node package gets its call, whole and streamed: ${JSON.stringify(choice)}`, async () => {
      const client = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: 'none', maxRetries: 0 });
      const body = {
        model: 'gpt-4o',
        messages: [{ role: 'user' as const, content: 'What is the weather in Rome?' }],
        tools,
        tool_choice: choice,
      };
      const whole = await client.chat.completions.create(body);
      const streamed = await client.chat.completions.stream(body).finalChatCompletion();
      for (const { choices } of [whole, streamed]) {
        const [call] = choices[0]?.message.tool_calls ?? [];
        assert.ok(call?.type === 'function', JSON.stringify(choices));
        assert.deepEqual(JSON.parse(call.function.arguments), ROME);
      }
    });

  test('the Python packages get their calls and objects', { skip: missing('instructor') }, async () => {
    const script = join(import.meta.dirname, 'python/forced_tools.py');
    const { stdout } = await promisify(execFile)(pythonOf('instructor'), [
      script,
      `${gateway.origin}/v1`,
      'gpt-4o',
    ]);
    const weather = { got: [['weather', ROME]] };
    const object = { got: ROME };
    const lookedUp = { got: [['look_up', { town: 'Rome' }]] };
    assert.deepEqual(JSON.parse(stdout), {
      'openai required': weather,
      'openai named': weather,
      'openai required, streamed': weather,
      'openai named, streamed': weather,
      'openai parsed': object,
      'instructor tools': object,
      'instructor strict tools': object,
      'instructor JSON schema': object,
      'instructor partial': object,
      'langchain any': lookedUp,
      'langchain named': lookedUp,
      'langchain any, streamed': lookedUp,
      'langchain structured by a call': object,
      'langchain structured by JSON schema': object,
    });
  });
});
