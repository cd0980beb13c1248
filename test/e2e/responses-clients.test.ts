/** Clients whose default is the Responses API, on a ladder of tiers that speak chats and tiers that speak Responses. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { answers, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { messageItem, responds } from './scripted-responses.ts';

const scripts = process.env['WEIR_JS_CLIENTS'];
const python = process.env['WEIR_PYTHON'];
const noScripts =
  scripts === undefined &&
  'WEIR_JS_CLIENTS names no folder with `ai`, `@ai-sdk/openai`, `@openai/agents`, `zod`';
const noPython = python === undefined && 'WEIR_PYTHON names no Python with `openai` and `pydantic-ai`';
const TOWN = '{"town":"Rome"}';

/** Calls a tool that it is offered, says what came of it, and keeps to a schema. */
const chats: ScriptedStep = (asked) => {
  const body = JSON.stringify(asked.body);
  if (body.includes('Sunny in Rome')) return played(answers('It is sunny in Rome.'), asked);
  const [tool] = (asked.body['tools'] ?? []) as { function: { name: string } }[];
  if (tool !== undefined)
    return played(
      answers({ toolCalls: [{ id: 'call_1', name: tool.function.name, arguments: TOWN }] }),
      asked,
    );
  return played(answers(asked.body['response_format'] === undefined ? 'Hello there' : TOWN), asked);
};

const responses: ScriptedStep = (asked) => {
  const body = JSON.stringify(asked.body);
  const says = (text: string): ReturnType<typeof played> =>
    played(responds([messageItem([[text, -0.1]])]), asked);
  if (body.includes('Sunny in Rome')) return says('It is sunny in Rome.');
  const [tool] = (asked.body['tools'] ?? []) as { name: string }[];
  if (tool !== undefined) {
    const call = {
      id: 'fc_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'call_1',
      name: tool.name,
      arguments: TOWN,
    };
    return played(responds([call]), asked);
  }
  return says(body.includes('json_schema') ? TOWN : 'Hello there');
};

describe('clients of Responses', () => {
  let server: ScriptedServer;
  let gateway: GatewayProcess;

  before(async () => {
    server = await createScriptedServer({ chat: chats, posts: { '/v1/responses': responses } });
    gateway = await startGateway(`upstreams:
  near: { baseUrl: "${server.baseUrl}", location: on-premises }
  far: { baseUrl: "${server.baseUrl}", location: cloud, dialect: openai-responses }
models:
  small: { upstream: near, model: tiny, price: { input: 0.1, output: 0.1 } }
  large: { upstream: far, model: huge, price: { input: 1, output: 1 } }
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.6] } }
`);
  });
  after(async () => {
    await gateway?.stop();
    await server.close();
  });

  for (const model of ['small', 'large', 'auto']) {
    test(
      `the AI SDK and the Agents SDK work on '${model}'`,
      { skip: noScripts, timeout: 120_000 },
      async () => {
        const script = join(import.meta.dirname, 'responses_clients.mjs');
        const given = [script, scripts ?? '', `${gateway.origin}/v1`, model];
        const { stdout } = await promisify(execFile)(process.execPath, given);
        assert.deepEqual(JSON.parse(stdout), {
          text: 'Hello there',
          stream: 'Hello there',
          usage: 10,
          loop: [2, 'It is sunny in Rome.'],
          streamedLoop: [2, 'It is sunny in Rome.'],
          object: { town: 'Rome' },
          refused: 404,
          agent: 'It is sunny in Rome.',
          agentStream: 'It is sunny in Rome.',
          agentObject: { town: 'Rome' },
        });
      },
    );

    test(
      `openai for Python and pydantic-ai work on '${model}'`,
      { skip: noPython, timeout: 120_000 },
      async () => {
        const script = join(import.meta.dirname, 'responses_clients.py');
        const { stdout } = await promisify(execFile)(python ?? '', [script, `${gateway.origin}/v1`, model]);
        const { events, ...got } = JSON.parse(stdout) as Record<string, unknown> & { events: string[] };
        assert.deepEqual([events[0], events.at(-1)], ['response.created', 'response.completed']);
        const agent =
          got['agent'] === null
            ? { agent: null }
            : { agent: 'It is sunny in Rome.', object: 'Rome', agent_stream: 'Hello there' };
        assert.deepEqual(got, {
          text: 'Hello there',
          stream: 'Hello there',
          parsed: 'Rome',
          refused: 'store',
          ...agent,
        });
      },
    );
  }
});
