import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bedrockRefuses, converse, converseStream, eventFrame, spoken } from '../scripted/bedrock-reply.ts';
import { rechunked } from '../scripted/scripted-reply.ts';
import { failureOf } from '../testing.ts';
import { asks, heard, startSdkUpstream, wholeOf, withoutPackage } from './testing.ts';

const WHOLE = '/model/m/converse';
const STREAM = '/model/m/converse-stream';
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'Of a place',
      parameters: { type: 'object', properties: { place: { type: 'string' } } },
    },
  },
];

suite('Amazon Bedrock, through the AI SDK', { skip: withoutPackage('bedrock') }, () => {
  test('a chat reaches Converse, and its answer comes back in the common form', async (t) => {
    const usage = { inputTokens: 10, outputTokens: 2, totalTokens: 15, cacheReadInputTokens: 3 };
    const { server, upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: converse([{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, { text: 'Yes.' }], {
        usage,
      }),
    });
    const reply = await upstream.chat(
      asks({
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: [{ type: 'text', text: 'Say yes.' }] },
          { role: 'developer', content: 'Really.' },
        ],
        max_tokens: 7,
        temperature: 0.5,
        top_p: 0.9,
        stop: 'END',
      }),
    );
    const { id, object, choices, usage: counted } = wholeOf(reply);
    assert.deepEqual([id, object], ['amzn-1', 'chat.completion']);
    assert.deepEqual(choices, [
      {
        index: 0,
        message: { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' },
        finish_reason: 'stop',
      },
    ]);
    assert.deepEqual(counted, {
      prompt_tokens: 13,
      completion_tokens: 2,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
    });
    const [asked] = server.asked;
    assert.deepEqual(asked?.body, {
      system: [{ text: 'Be short.' }, { text: 'Really.' }],
      messages: [{ role: 'user', content: [{ text: 'Say yes.' }] }],
      inferenceConfig: { maxTokens: 7, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
    });
    assert.equal(asked.headers['authorization'], 'Bearer key-of-the-gateway');
    assert.equal(asked.headers['user-agent'], 'weir');
    assert.equal(asked.headers['x-request-id'], 'request-1');
  });

  test('tools in a loop: calls come back, and their results go there', async (t) => {
    const call = { toolUseId: 'call-1', name: 'weather', input: { place: 'Ulm' } };
    const { server, upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: [converse([{ toolUse: call }], { stopReason: 'tool_use' }), converse([{ text: 'Rain.' }])],
    });
    const first = wholeOf(await upstream.chat(asks({ tools: TOOLS, tool_choice: 'required' })));
    const [choice] = first.choices;
    assert.equal(choice?.finish_reason, 'tool_calls');
    const calls = [
      { id: 'call-1', type: 'function', function: { name: 'weather', arguments: '{"place":"Ulm"}' } },
    ];
    assert.deepEqual(choice.message, { role: 'assistant', content: null, tool_calls: calls });
    const messages = [
      { role: 'user', content: 'And in Ulm?' },
      choice.message,
      { role: 'tool', tool_call_id: 'call-1', content: 'wet' },
    ];
    const second = wholeOf(await upstream.chat(asks({ messages, tools: TOOLS })));
    assert.equal(second.choices[0]?.message?.content, 'Rain.');
    const described = {
      toolSpec: {
        name: 'weather',
        description: 'Of a place',
        inputSchema: { json: { type: 'object', properties: { place: { type: 'string' } } } },
      },
    };
    assert.deepEqual(server.asked[0]?.body['toolConfig'], { tools: [described], toolChoice: { any: {} } });
    assert.deepEqual(server.asked[1]?.body['messages'], [
      { role: 'user', content: [{ text: 'And in Ulm?' }] },
      { role: 'assistant', content: [{ toolUse: call }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'call-1', content: [{ text: 'wet' }] } }] },
    ]);
  });

  test('what tools said stays in a conversation in which none may be called', async (t) => {
    const { server, upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: converse([{ text: 'Rain.' }]),
    });
    const call = { id: 'c.1', type: 'function', function: { name: 'weather', arguments: 'no JSON' } };
    const messages = [
      { role: 'user', content: 'And in Ulm?' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c.1', content: 'wet' },
    ];
    for (const more of [{}, { tools: TOOLS, tool_choice: 'none' }])
      await upstream.chat(asks({ messages, ...more }));
    await upstream.chat(asks({ tools: TOOLS, tool_choice: 'none' }));
    for (const { text } of server.asked.slice(0, 2)) {
      assert.match(
        text,
        /"toolUse":\{"toolUseId":"c_1","name":"weather","input":\{"arguments":"no JSON"\}\}/,
      );
      assert.match(text, /"toolResult":.*"wet"/);
      assert.match(text, /"toolConfig":\{"tools":\[\{"toolSpec":\{"name":"weather"/);
    }
    assert.doesNotMatch(server.asked[2]?.text ?? '', /toolConfig/);
  });

  test('pictures and files go along where they are in the request; what lies elsewhere is not fetched', async (t) => {
    const { server, upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: converse([{ text: 'A cat.' }]),
    });
    const say = (content: unknown) => upstream.chat(asks({ messages: [{ role: 'user', content }] }));
    await say([
      { type: 'text', text: 'What is it?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw==' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
    ]);
    assert.deepEqual(server.asked[0]?.body['messages'], [
      {
        role: 'user',
        content: [
          { text: 'What is it?' },
          { image: { format: 'png', source: { bytes: 'iVBORw==' } } },
          { document: { format: 'pdf', name: 'a', source: { bytes: 'JVBERg==' } } },
        ],
      },
    ]);
    for (const url of [
      's3://mine/secret.png',
      'https://a.example/cat.png',
      'file:///etc/passwd',
      'data:,x',
    ]) {
      const failure = await failureOf(say([{ type: 'image_url', image_url: { url } }]));
      assert.deepEqual([failure.code, failure.unbilled], ['upstream_rejected', true], url);
    }
    assert.equal(server.asked.length, 1);
  });

  test('a schema for the answer is asked for with a tool, and its call is the answer', async (t) => {
    const { server, upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: converse([{ toolUse: { toolUseId: 'c', name: 'json', input: { a: 1 } } }], {
        stopReason: 'tool_use',
      }),
    });
    const schema = { type: 'object', properties: { a: { type: 'number' } } };
    const response_format = { type: 'json_schema', json_schema: { name: 'it', schema } };
    const { choices } = wholeOf(await upstream.chat(asks({ response_format })));
    assert.equal(choices[0]?.message?.content, '{"a":1}');
    assert.equal(choices[0].finish_reason, 'stop');
    assert.match(server.asked[0]?.text ?? '', /"inputSchema":\{"json":\{"type":"object"/);
  });

  test('a stream comes as it is said, whatever chunks its bytes come in', async (t) => {
    const said = converseStream([
      ['messageStart', { role: 'assistant' }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm.' } } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
      ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Ye' } }],
      ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 's – ✓' } }],
      ['contentBlockStop', { contentBlockIndex: 1 }],
      [
        'contentBlockStart',
        { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'c1', name: 'weather' } } },
      ],
      ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"place":' } } }],
      ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '"Ulm"}' } } }],
      ['contentBlockStop', { contentBlockIndex: 2 }],
      ['contentBlockStart', { contentBlockIndex: 3, start: { toolUse: { toolUseId: 'c2', name: 'clock' } } }],
      ['contentBlockStop', { contentBlockIndex: 3 }],
      ['messageStop', { stopReason: 'tool_use' }],
      ['metadata', { usage: { inputTokens: 10, outputTokens: 2, totalTokens: 12 } }],
    ]);
    const cut = Array.from({ length: 200 }, (_, index) => index * 11 + 3);
    const { upstream } = await startSdkUpstream(t, 'bedrock', {
      [STREAM]: [said, rechunked(said, cut)],
    });
    for (const _ of ['an event a chunk', 'anywhere'])
      assert.deepEqual(await heard(await upstream.chat(asks({ tools: TOOLS }, { stream: true }))), {
        text: 'Yes – ✓',
        thought: 'Hm.',
        calls: [
          { id: 'c1', type: 'function', name: 'weather', arguments: '{"place":"Ulm"}' },
          { id: 'c2', type: 'function', name: 'clock', arguments: '{}' },
        ],
        finish: 'tool_calls',
        usage: {
          prompt_tokens: 10,
          completion_tokens: 2,
          total_tokens: 12,
          prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        },
        done: true,
        chunks: 10,
      });
  });

  test('a refusal means what its status says, and no credential is in what was said', async (t) => {
    const refusals = [
      bedrockRefuses(429, 'ThrottlingException', 'Too many requests', { 'retry-after': '7' }),
      bedrockRefuses(403, 'AccessDeniedException', 'Bearer key-of-the-gateway may not'),
      bedrockRefuses(400, 'ValidationException', 'Input is too long for requested model.'),
      bedrockRefuses(400, 'ValidationException', 'The provided model identifier is invalid.'),
      bedrockRefuses(400, 'ValidationException', 'temperature must be at most 1'),
      bedrockRefuses(503, 'ServiceUnavailableException', 'Later'),
      bedrockRefuses(500, 'InternalServerException', 'Oh'),
    ];
    const { upstream } = await startSdkUpstream(t, 'bedrock', { [WHOLE]: refusals, [STREAM]: refusals });
    for (const stream of [false, true]) {
      const found = [];
      for (const _ of refusals) found.push(await failureOf(upstream.chat(asks({}, { stream }))));
      assert.deepEqual(
        found.map(({ code, status, safeToRepeat, unbilled = false }) => [
          code,
          status,
          safeToRepeat,
          unbilled,
        ]),
        [
          ['upstream_rate_limited', 429, true, true],
          ['upstream_credentials', 403, false, true],
          ['context_length_exceeded', 400, false, true],
          ['upstream_error', 400, false, true],
          ['upstream_rejected', 400, false, true],
          ['upstream_unavailable', 503, true, true],
          ['upstream_error', 500, false, false],
        ],
      );
      assert.equal(found[0]?.retryAfterMs, 7_000);
      assert.match(found[3]?.message ?? '', /does not know model 'm'/);
      assert.doesNotMatch(JSON.stringify(found), /key-of-the-gateway/);
    }
  });

  test('an error in the middle of a stream ends it as its type says', async (t) => {
    const begun = spoken('Ye').slice(0, 2);
    const frames = [
      eventFrame('throttlingException', { message: 'Slow down' }, 'exception'),
      eventFrame('internalServerException', { message: 'Bearer key-of-the-gateway' }, 'exception'),
    ];
    const { upstream } = await startSdkUpstream(t, 'bedrock', {
      [STREAM]: frames.map((frame) => converseStream([...begun, frame])),
    });
    const hear = async () => failureOf(heard(await upstream.chat(asks({}, { stream: true }))));
    const [limited, ill] = [await hear(), await hear()];
    assert.deepEqual(
      [limited.code, limited.safeToRepeat, limited.said],
      ['upstream_rate_limited', false, 'Slow down'],
    );
    assert.equal(ill.code, 'upstream_error');
    assert.doesNotMatch(JSON.stringify(ill), /key-of/);
  });

  test('a stream that breaks off, is garbage, or says no reason is no answer', async (t) => {
    const begun = spoken('Ye').slice(0, 2);
    const huge = Buffer.from([0x7f, 0, 0, 0, 1, 2, 3]);
    const damaged = eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'x' } });
    damaged[damaged.length - 6] = 0;
    const { upstream } = await startSdkUpstream(t, 'bedrock', {
      [STREAM]: [
        converseStream(begun, 'cut'),
        converseStream([...begun, huge]),
        converseStream([...begun, damaged]),
        converseStream(begun),
      ],
    });
    const hear = async () => heard(await upstream.chat(asks({}, { stream: true })));
    assert.match((await failureOf(hear())).message, /broke the connection in the middle/);
    assert.match((await failureOf(hear())).message, /an event of more than 16777216 bytes/);
    assert.equal((await failureOf(hear())).code, 'upstream_invalid_response');
    const { text, done, finish } = await hear();
    assert.deepEqual([text, done, finish], ['Ye', false, null], 'whoever reads it finds that it did not end');
  });

  test('what is no answer is said to be none', async (t) => {
    const { upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: [
        { headers: { 'content-type': 'text/html' }, body: ['<html>'] },
        { headers: { 'content-type': 'application/json' }, body: ['{"hello":1}'] },
        converse([{ text: 'x' }], { stopReason: 'guardrail_intervened' }),
        converse([{ text: 'x' }], { stopReason: 'malformed_model_output' }),
      ],
    });
    for (const _ of ['html', 'other JSON'])
      assert.equal((await failureOf(upstream.chat(asks()))).code, 'upstream_invalid_response');
    assert.equal(wholeOf(await upstream.chat(asks())).choices[0]?.finish_reason, 'content_filter');
    assert.match(
      (await failureOf(upstream.chat(asks()))).message,
      /gave up its answer \(malformed_model_output\)/,
    );
  });

  test('a client that leaves takes the connection with it, and so does a reader that has seen enough', async (t) => {
    const { server, upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: { then: 'never' },
      [STREAM]: converseStream(spoken('Ye').slice(0, 2), 'hang'),
    });
    const abort = new AbortController();
    const waiting = failureOf(upstream.chat(asks({}, { signal: abort.signal })));
    await server.request(0);
    abort.abort();
    assert.match((await waiting).message, /was cancelled/);
    await server.asked[0]?.closed;
    const reply = await upstream.chat(asks({}, { stream: true }));
    for await (const _ of reply.kind === 'stream' ? reply.events : []) break;
    await server.asked[1]?.closed;
  });

  test('a server that says nothing is given up after the times that are set', async (t) => {
    const { upstream } = await startSdkUpstream(
      t,
      'bedrock',
      { [WHOLE]: { then: 'never' }, [STREAM]: converseStream(spoken('Ye').slice(0, 2), 'hang') },
      { timeouts: { firstByteMs: 50, firstByteOrNextMs: 50, idleMs: 50 } },
    );
    assert.match((await failureOf(upstream.chat(asks()))).message, /did not begin to answer within 50 ms/);
    const reply = await upstream.chat(asks({}, { stream: true }));
    const failure = await failureOf(heard(reply));
    assert.deepEqual(
      [failure.code, /sent nothing more within 50 ms/.test(failure.message)],
      ['upstream_timeout', true],
    );
  });

  test('keys of AWS sign each request, for the region of the address or of the environment', async (t) => {
    const before = { ...process.env };
    t.after(() => void (process.env = before));
    Object.assign(process.env, {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
      AWS_SECRET_ACCESS_KEY: 'the-secret-of-nobody-at-all',
      AWS_SESSION_TOKEN: 'the-session-of-nobody',
    });
    const { server, upstream } = await startSdkUpstream(
      t,
      'bedrock',
      {
        [WHOLE]: [
          converse([{ text: 'Yes.' }]),
          bedrockRefuses(403, 'x', 'the-session-of-nobody has expired'),
        ],
      },
      { apiKey: null },
    );
    await upstream.chat(asks());
    const { headers, text } = await server.request(0);
    assert.match(
      String(headers['authorization']),
      /^AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTTEST\/\d{8}\/eu-central-1\/bedrock\/aws4_request/,
    );
    assert.equal(headers['x-amz-security-token'], 'the-session-of-nobody');
    assert.doesNotMatch(JSON.stringify(headers) + text, /the-secret-of-nobody/);
    const refused = await failureOf(upstream.chat(asks()));
    assert.equal(refused.code, 'upstream_credentials');
    assert.doesNotMatch(JSON.stringify(refused), /the-session/);
  });

  test('many calls at a time do not get into each other’s way', async (t) => {
    const { upstream } = await startSdkUpstream(t, 'bedrock', {
      [WHOLE]: ({ body }) => {
        const asked = JSON.stringify(body).match(/number \d+/)?.[0] ?? '';
        return converse([{ text: asked }]);
      },
    });
    const numbers = Array.from({ length: 20 }, (_, index) => `number ${index}`);
    const answers = await Promise.all(
      numbers.map(async (content) =>
        wholeOf(await upstream.chat(asks({ messages: [{ role: 'user', content }] }))),
      ),
    );
    assert.deepEqual(
      answers.map(({ choices }) => choices[0]?.message?.content),
      numbers,
    );
  });
});
