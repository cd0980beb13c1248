/** Open WebUI and Continue, which no test can install: requests in the form in which they send them, read as they read the answers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openLadder, ROUTES, type Ladder } from './ladder.ts';

let ladder: Ladder;
before(async () => {
  ladder = await openLadder();
});
after(() => ladder?.close());

interface Chunk {
  choices: {
    text?: string;
    message?: { content: string };
    delta?: {
      content?: string;
      tool_calls?: { index: number; function: { name?: string; arguments?: string } }[];
    };
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
}

const ask = (path: string, headers: Record<string, string>, body: object): Promise<Response> =>
  fetch(`${ladder.gateway.origin}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('Open WebUI', () => {
  const headers = {
    // Its connection has no key.
    authorization: 'Bearer ',
    'user-agent': 'Python/3.11 aiohttp/3.12',
    'X-OpenWebUI-User-Name': 'Jane%20Doe',
    'X-OpenWebUI-User-Id': '5d0f1c9a',
    'X-OpenWebUI-User-Role': 'admin',
    'X-OpenWebUI-Chat-Id': '0b0d',
  };

  /** Each line that begins with `data:` by itself; others are passed by. */
  async function chunksOf(response: Response): Promise<Chunk[]> {
    assert.match(response.headers.get('content-type') ?? '', /text\/event-stream/);
    const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
    assert.equal(lines.pop(), 'data: [DONE]');
    return lines.map((line) => JSON.parse(line.slice('data: '.length)) as Chunk);
  }

  test('lists the models of its connection', async () => {
    const response = await fetch(`${ladder.gateway.origin}/v1/models`, { headers });
    const { object, data } = (await response.json()) as { object: string; data: { id: string }[] };
    assert.equal(object, 'list');
    const ids = data.map(({ id }) => id);
    assert.deepEqual(
      ROUTES.filter((route) => !ids.includes(route)),
      [],
    );
  });

  for (const model of ROUTES) {
    test(`shows a stream of '${model}' and its usage`, async () => {
      const response = await ask('chat/completions', headers, {
        stream: true,
        model,
        messages: [
          { role: 'system', content: 'You are a helpful assistant.' },
          { role: 'user', content: 'Hello' },
        ],
        stream_options: { include_usage: true },
      });
      const chunks = await chunksOf(response);
      const shown = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta?.content ?? ''));
      assert.equal(shown.join(''), 'Hello there');
      const usages = chunks.flatMap(({ usage }) => (usage == null ? [] : [usage]));
      assert.equal(usages.length, 1);
      assert.ok((usages[0]?.prompt_tokens ?? 0) > 0 && (usages[0]?.completion_tokens ?? 0) > 0);
    });

    test(`asks '${model}' for a title`, async () => {
      const response = await ask('chat/completions', headers, {
        model,
        messages: [{ role: 'user', content: '### Task:\nGenerate a concise title.' }],
        stream: false,
        max_completion_tokens: 1000,
      });
      const { choices } = (await response.json()) as Chunk;
      assert.equal(choices[0]?.message?.content, 'Hello there');
    });
  }

  test('shows what an error says', async () => {
    const body = { stream: true, model: 'nobody', messages: [{ role: 'user', content: 'Hello' }] };
    const response = await ask('chat/completions', headers, body);
    assert.equal(response.status, 404);
    const { error } = (await response.json()) as { error: { message: string } };
    assert.match(error.message, /nobody/);
  });
});

describe('Continue', () => {
  const headers = {
    accept: 'application/json',
    authorization: 'Bearer none',
    'api-key': 'none',
    'x-api-key': 'none',
  };

  /** Its reader stops at `[DONE]` and at a comment that says `ping`, and throws where an event has an error. */
  async function eventsOf(response: Response): Promise<Chunk[]> {
    assert.equal(response.status, 200);
    const events: Chunk[] = [];
    for (const line of (await response.text()).split('\n')) {
      if (line.startsWith('data: [DONE]')) return events;
      assert.ok(!line.startsWith(': ping'), 'it would take this for the end');
      if (!line.startsWith('data:')) continue;
      const event = JSON.parse(line.slice('data:'.length)) as Chunk & { error?: unknown };
      assert.equal(event.error, undefined);
      events.push(event);
    }
    assert.fail('the stream has no end');
  }

  const settings = { max_tokens: 4096, temperature: 0.2, stream: true };

  for (const model of ROUTES) {
    test(`chats with '${model}', where its contents are lists of parts`, async () => {
      const response = await ask('chat/completions', headers, {
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
        model,
        ...settings,
        stop: ['\n\nUser:'],
      });
      const shown = (await eventsOf(response)).map(({ choices }) => choices[0]?.delta?.content ?? '');
      assert.equal(shown.join(''), 'Hello there');
    });

    test(`has '${model}' call a tool as its agent, and goes on from an empty text`, async () => {
      const parameters = { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] };
      const tool = {
        type: 'function',
        function: { name: 'weather', description: 'The weather.', parameters },
      };
      const question = { role: 'user', content: 'Weather?' };
      const body = { model, ...settings, tools: [tool], parallel_tool_calls: false };
      const events = await eventsOf(
        await ask('chat/completions', headers, {
          ...body,
          messages: [question],
          stream_options: { include_usage: true },
        }),
      );
      const calls = events.flatMap(({ choices }) => choices[0]?.delta?.tool_calls ?? []);
      assert.equal(calls.map((call) => call.function.name ?? '').join(''), 'weather');
      const given = calls.map((call) => call.function.arguments ?? '').join('');
      assert.deepEqual(JSON.parse(given), { town: 'Rome' });
      const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: given } };
      const messages = [
        question,
        { role: 'assistant', content: ' ', tool_calls: [call] },
        { role: 'tool', content: 'Sunny in Rome', tool_call_id: 'call_1' },
      ];
      const next = await eventsOf(await ask('chat/completions', headers, { ...body, messages }));
      const shown = next.map(({ choices }) => choices[0]?.delta?.content ?? '');
      assert.equal(shown.join(''), 'It is sunny in Rome.');
    });
  }

  test('completes code by a model of the configuration', async () => {
    const body = { prompt: 'print("', model: 'sure', ...settings, stop: ['\n'] };
    const events = await eventsOf(await ask('completions', headers, body));
    assert.equal(events.map(({ choices }) => choices[0]?.text ?? '').join(''), 'Good morning');
  });
});
