import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { refuses, streams } from '../scripted/scripted-reply.ts';
import type { ScriptedReply } from '../scripted/scripted-reply.ts';
import { failureOf } from '../testing.ts';
import { asks, heard, startSdkUpstream, wholeOf, withoutPackage } from './testing.ts';

const WHOLE = '/models/gemini-3-flash:generateContent';
const STREAM = '/models/gemini-3-flash:streamGenerateContent?alt=sse';
const MODEL = { model: 'gemini-3-flash' };
const USAGE = { promptTokenCount: 10, candidatesTokenCount: 2, thoughtsTokenCount: 5, totalTokenCount: 17 };

/** An answer of generateContent, or an event of its stream. */
function generated(parts: readonly object[], finishReason?: string): object {
  return {
    candidates: [
      { content: { role: 'model', parts }, ...(finishReason === undefined ? {} : { finishReason }) },
    ],
    usageMetadata: USAGE,
    responseId: 'gen-1',
  };
}

function whole(body: object): ScriptedReply {
  return { headers: { 'content-type': 'application/json' }, body: [JSON.stringify(body)] };
}

const TOOLS = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

for (const name of ['google', 'vertex'] as const) {
  suite(`${name}, through the AI SDK`, { skip: withoutPackage(name) }, () => {
    test('a chat reaches generateContent, and its answer comes back in the common form', async (t) => {
      const { server, upstream } = await startSdkUpstream(t, name, {
        [WHOLE]: whole(generated([{ text: 'Hm.', thought: true }, { text: 'Yes.' }], 'STOP')),
      });
      const reply = await upstream.chat(
        asks(
          {
            messages: [
              { role: 'system', content: 'Be short.' },
              {
                role: 'user',
                content: [
                  { type: 'text', text: 'Say yes.' },
                  { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw==' } },
                ],
              },
            ],
            max_completion_tokens: 7,
            temperature: 0.5,
            seed: 3,
            response_format: {
              type: 'json_schema',
              json_schema: { name: 'x', schema: { type: 'object', properties: { a: { type: 'string' } } } },
            },
          },
          MODEL,
        ),
      );
      const { choices, usage } = wholeOf(reply);
      assert.deepEqual(choices, [
        {
          index: 0,
          message: { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' },
          finish_reason: 'stop',
        },
      ]);
      assert.equal(usage?.prompt_tokens, 10);
      assert.equal(usage.completion_tokens, 7);
      assert.equal(usage.completion_tokens_details?.reasoning_tokens, 5);
      const [asked] = server.asked;
      assert.equal(asked?.headers['x-goog-api-key'], 'key-of-the-gateway');
      const { contents, systemInstruction, generationConfig } = asked.body;
      assert.deepEqual(systemInstruction, { parts: [{ text: 'Be short.' }] });
      assert.deepEqual(contents, [
        {
          role: 'user',
          parts: [{ text: 'Say yes.' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } }],
        },
      ]);
      const { maxOutputTokens, temperature, seed, responseMimeType } = generationConfig as Record<
        string,
        unknown
      >;
      assert.deepEqual(
        [maxOutputTokens, temperature, seed, responseMimeType],
        [7, 0.5, 3, 'application/json'],
      );
    });

    test('a call of a tool comes with the signature of its thinking, and both go back', async (t) => {
      const part = {
        functionCall: { name: 'weather', args: { place: 'Ulm' } },
        thoughtSignature: 'c2lnbmVk',
      };
      const { server, upstream } = await startSdkUpstream(t, name, {
        [STREAM]: streams([JSON.stringify(generated([part], 'STOP'))]),
        [WHOLE]: [whole(generated([part], 'STOP')), whole(generated([{ text: 'Rain.' }], 'STOP'))],
      });
      const streamed = await heard(await upstream.chat(asks({ tools: TOOLS }, { ...MODEL, stream: true })));
      assert.deepEqual(streamed.calls[0]?.['extra_content'], { google: { thought_signature: 'c2lnbmVk' } });
      const first = wholeOf(await upstream.chat(asks({ tools: TOOLS }, MODEL))).choices[0];
      assert.equal(first?.finish_reason, 'tool_calls');
      const [call] = first.message?.tool_calls ?? [];
      assert.deepEqual(call?.function, { name: 'weather', arguments: '{"place":"Ulm"}' });
      const messages = [
        { role: 'user', content: 'And in Ulm?' },
        first.message,
        { role: 'tool', tool_call_id: call.id, content: 'wet' },
      ];
      await upstream.chat(asks({ tools: TOOLS, messages }, MODEL));
      const text = server.asked[2]?.text ?? '';
      assert.match(text, /"thoughtSignature":"c2lnbmVk"/);
      assert.match(text, /"functionResponse":\{.*"name":"weather".*wet/);
    });

    test('a stream comes as it is said, and one that says no reason has not ended', async (t) => {
      const events = [
        generated([{ text: 'Hm.', thought: true }]),
        generated([{ text: 'Ye' }]),
        generated([{ text: 's ✓' }], 'MAX_TOKENS'),
      ].map((event) => JSON.stringify(event));
      const { upstream } = await startSdkUpstream(t, name, {
        [STREAM]: [
          streams(events),
          streams(events.slice(0, 2)),
          streams([
            ...events.slice(0, 2),
            JSON.stringify({ error: { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED' } }),
          ]),
          streams(events.slice(0, 2), 'cut'),
        ],
      });
      const hear = async () => heard(await upstream.chat(asks({}, { ...MODEL, stream: true })));
      const { text, thought, finish, done, usage } = await hear();
      assert.deepEqual([text, thought, finish, done], ['Yes ✓', 'Hm.', 'length', true]);
      assert.notEqual(usage, undefined);
      const broken = await hear();
      assert.deepEqual([broken.text, broken.finish ?? null, broken.done], ['Ye', null, false]);
      const limited = await failureOf(hear());
      assert.deepEqual([limited.code, limited.safeToRepeat], ['upstream_rate_limited', false]);
      assert.match((await failureOf(hear())).message, /broke the connection in the middle/);
    });

    test('a refusal means what it says', async (t) => {
      const { upstream } = await startSdkUpstream(t, name, {
        [WHOLE]: [
          refuses(400, { message: 'API key not valid. Please pass a valid API key.' }),
          refuses(400, {
            message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).',
          }),
          refuses(404, { message: 'models/x is not found' }),
          refuses(429, { message: 'Quota' }, { 'retry-after': '2' }),
          whole({ candidates: [{ finishReason: 'SAFETY' }], usageMetadata: USAGE }),
          whole({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }], usageMetadata: USAGE }),
        ],
      });
      const ask = () => upstream.chat(asks({}, MODEL));
      const codes = [];
      for (let place = 0; place < 4; place += 1) codes.push((await failureOf(ask())).code);
      assert.deepEqual(codes, [
        'upstream_credentials',
        'context_length_exceeded',
        'upstream_error',
        'upstream_rate_limited',
      ]);
      assert.equal(wholeOf(await ask()).choices[0]?.finish_reason, 'content_filter');
      assert.match((await failureOf(ask())).message, /gave up its answer \(MALFORMED_FUNCTION_CALL\)/);
    });
  });
}
