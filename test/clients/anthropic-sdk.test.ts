/** The official Anthropic packages, with nothing but base URL and key changed, before a small model behind OpenAI's API and a large one behind Anthropic's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { answersMessage, refusesMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import { tokens } from '../../src/upstream/scripted/testing.ts';
import {
  answers,
  refuses,
  type AskedChat,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { openMessagesGateway, type MessagesGateway } from '../e2e/messages-gateway.ts';
import { missing, pythonOf } from './groups.ts';

/** What is used of the package, which is not installed everywhere. */
interface Sdk {
  new (options: { baseURL: string; apiKey: string; maxRetries: number }): Client;
}
interface Client {
  messages: {
    create(
      body: object,
    ): Promise<Message> & { withResponse(): Promise<{ data: Message; response: Response }> };
    stream(body: object): {
      finalMessage(): Promise<Message>;
      on(event: 'text', told: (text: string) => void): unknown;
    };
    countTokens(body: object): Promise<{ input_tokens: number }>;
  };
  models: { list(): AsyncIterable<{ id: string; type: string }> };
}
interface Message {
  id: string;
  type: string;
  role: string;
  model: string;
  [other: string]: unknown;
  content: {
    type: string;
    id: string;
    name: string;
    text: string;
    thinking: string;
    signature: string;
    input: unknown;
  }[];
  stop_reason: string | null;
  usage: { input_tokens: number; output_tokens: number; cache_read_input_tokens: number | null };
}

const Anthropic = (() => {
  try {
    // The package is named where it is there, and its types are not needed.
    return (createRequire(import.meta.url)('@anthropic-ai/sdk') as { default: Sdk }).default;
  } catch {
    return undefined;
  }
})();

const TOOLS = [
  {
    name: 'find',
    description: 'Finds the country of a town.',
    input_schema: { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] },
  },
];

/** Sure of what is easy, and calls a tool where one is offered; ends the loop when the result is there. */
const small: ScriptedStep = (asked) => {
  const text = JSON.stringify(asked.body);
  if (text.includes('Break')) return played(refuses(400, { message: 'It broke.' }), asked);
  if (asked.body['tools'] !== undefined && !text.includes('"role":"tool"'))
    return played(
      answers({
        toolCalls: [{ id: 'call.1', name: 'find', arguments: '{"town":"Rome"}' }],
        tokens: tokens('{"town":"Rome"}', 0.99),
        content: '',
      }),
      asked,
    );
  return played(answers({ tokens: tokens('Rome of course', text.includes('hard') ? 0.4 : 0.98) }), asked);
};

const large: ScriptedStep = (asked: AskedChat) => {
  if (JSON.stringify(asked.body).includes('Break'))
    return refusesMessage(400, { type: 'invalid_request_error', message: 'It broke here too.' });
  return played(
    answersMessage({
      content: [
        { type: 'thinking', thinking: 'A town in Italy', signature: 'c2lnbmF0dXJl' },
        { type: 'text', text: 'Rome, says Claude' },
      ],
      usage: {
        input_tokens: 7,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 3,
        output_tokens: 9,
      },
    }),
    asked,
  );
};

const ask = (content: string, more: object = {}): object => ({
  model: 'auto',
  max_tokens: 200,
  messages: [{ role: 'user', content }],
  ...more,
});

let world: MessagesGateway;
before(async () => {
  world = await openMessagesGateway({ small, large }, '', {
    '/v1/messages/count_tokens': { input_tokens: 42 },
  });
});
after(() => world.close());

describe(
  'the official Node package',
  { skip: Anthropic === undefined && '@anthropic-ai/sdk is not installed' },
  () => {
    let client: Client;
    before(() => {
      // Skipped where it is missing.
      client = new (Anthropic as Sdk)({ baseURL: world.base, apiKey: 'none', maxRetries: 0 });
    });

    test('gets a whole message of either model', async () => {
      const easy = await client.messages.create(ask('easy'));
      assert.equal(easy.type, 'message');
      assert.match(easy.id, /^msg_/);
      assert.deepEqual(
        easy.content.map(({ text }) => text),
        ['Rome of course'],
      );
      assert.equal(easy.stop_reason, 'end_turn');
      assert.equal(easy.usage.input_tokens, 10);
      const { data: hard, response } = await client.messages.create(ask('hard')).withResponse();
      assert.deepEqual(
        hard.content.map(({ type }) => type),
        ['thinking', 'text'],
      );
      assert.equal(hard.content[0]?.signature, 'c2lnbmF0dXJl');
      assert.equal(hard.usage.cache_read_input_tokens, 100);
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      assert.equal(hard['_request_id'], response.headers.get('x-request-id'));
    });

    test('streams the same', async () => {
      for (const question of ['easy', 'hard']) {
        let shown = '';
        const stream = client.messages.stream(ask(question));
        stream.on('text', (text) => (shown += text));
        const streamed = await stream.finalMessage();
        const whole = await client.messages.create(ask(question));
        const seen = ({ content, stop_reason: reason, usage, model, role }: Message): object =>
          JSON.parse(JSON.stringify({ content, reason, output: usage.output_tokens, model, role })) as object;
        assert.deepEqual(seen(streamed), seen(whole));
        assert.equal(shown, whole.content.at(-1)?.text);
      }
    });

    test('calls tools in a loop, whole and streamed', async () => {
      const body = ask('Where is Rome?', { tools: TOOLS, tool_choice: { type: 'any' } });
      for (const first of [
        await client.messages.create(body),
        await client.messages.stream(body).finalMessage(),
      ]) {
        const call = first.content.find(({ type }) => type === 'tool_use');
        assert.equal(first.stop_reason, 'tool_use');
        assert.deepEqual([call?.name, call?.input], ['find', { town: 'Rome' }]);
        const second = await client.messages.create(
          ask('Where is Rome?', {
            tools: TOOLS,
            messages: [
              { role: 'user', content: 'Where is Rome?' },
              { role: 'assistant', content: first.content },
              { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id, content: 'Italy' }] },
            ],
          }),
        );
        assert.deepEqual(
          second.content.map(({ text }) => text),
          ['Rome of course'],
        );
      }
    });

    test('tells its errors apart', async () => {
      await assert.rejects(client.messages.create(ask('Break')), {
        status: 400,
        type: 'invalid_request_error',
        apiMessage: 'It broke here too.',
      });
      await assert.rejects(client.messages.create({ ...ask('easy'), model: 'nobody' }), {
        status: 404,
        type: 'not_found_error',
        errorCode: 'model_not_found',
      });
      await assert.rejects(client.messages.stream(ask('Break')).finalMessage(), { status: 400 });
    });

    test('counts tokens, and lists the models', async () => {
      const { max_tokens: _, ...counted } = ask('easy') as { max_tokens: number };
      assert.deepEqual(await client.messages.countTokens(counted), { input_tokens: 42 });
      const listed = [];
      for await (const { id, type } of client.models.list()) listed.push(`${type} ${id}`);
      assert.deepEqual(listed, ['model auto', 'model small', 'model large']);
    });
  },
);

test('the official Python package does all of this', { skip: missing('python') }, async () => {
  const script = join(import.meta.dirname, 'python/anthropic_messages.py');
  const { stdout } = await promisify(execFile)(pythonOf('python'), [script, world.base]);
  assert.deepEqual(JSON.parse(stdout), {
    easy: { type: 'Message', content: ['Rome of course'], stop: 'end_turn', input: 10 },
    hard: { blocks: ['thinking', 'text'], signature: 'c2lnbmF0dXJl', cached: 100 },
    stream: { shown: 'Rome, says Claude', stop: 'end_turn', output: 9 },
    tools: { name: 'find', input: { town: 'Rome' }, stop: 'tool_use', then: 'Rome of course' },
    error: { status: 404, type: 'NotFoundError', body: 'not_found_error' },
    counted: 42,
    models: ['auto', 'small', 'large'],
  });
});
