import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonRequest, type ChatRequest } from '../../protocol/common/chat.ts';
import { DIALECTS } from '../dialects.ts';
import { UpstreamError } from '../upstream.ts';
import { callOptionsOf } from './call-options.ts';

const TIER = {
  name: 't',
  model: 'm',
  upstream: 'far',
  dropParams: ['top_p'],
  params: new Map<string, string>(),
};

function dropped(dialect: string, body: Record<string, unknown>, model = 'm'): readonly string[] {
  // A client's request, as far as it is looked at here.
  const chat = { model: 'm', messages: [{ role: 'user', content: 'x' }], ...body } as ChatRequest;
  const how = { stream: false, logprobs: false };
  const written = DIALECTS.find(({ name }) => name === dialect)?.writeRequest(
    commonRequest(chat),
    { ...TIER, model },
    how,
  );
  return written?.dropped.toSorted() ?? ['no such dialect'];
}

test('what a provider cannot be told is named, and nothing else', () => {
  const said = {
    temperature: 1,
    max_tokens: 5,
    stop: ['a'],
    top_k: 3,
    reasoning_effort: 'low',
    n: 1,
    user: null,
  };
  const unsaid = { logit_bias: {}, user: 'u', parallel_tool_calls: false, n: 2, top_p: 0.5 };
  for (const dialect of ['ai-sdk/bedrock', 'ai-sdk/vertex', 'ai-sdk/vertex-anthropic', 'ai-sdk/google']) {
    assert.deepEqual(dropped(dialect, said), [], dialect);
    assert.deepEqual(dropped(dialect, unsaid), Object.keys(unsaid).toSorted(), dialect);
  }
  const ofOthers = {
    seed: 1,
    presence_penalty: 1,
    frequency_penalty: 1,
    response_format: { type: 'json_object' },
  };
  assert.deepEqual(dropped('ai-sdk/google', ofOthers), []);
  assert.deepEqual(dropped('ai-sdk/bedrock', ofOthers), Object.keys(ofOthers).toSorted());
  const thinking = { messages: [{ role: 'assistant', content: 'x', reasoning_content: 'hm' }] };
  assert.deepEqual(dropped('ai-sdk/google', thinking), ['messages.reasoning_content']);
});

test('Claude is not told to think in the middle of a loop of tools, because it wants its thinking back', () => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const loop = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c', content: 'y' },
  ];
  const thinking = (messages: readonly object[]) => ({ messages, reasoning_effort: 'high' });
  const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
  assert.deepEqual(dropped('ai-sdk/bedrock', thinking(loop), claude), ['reasoning_effort']);
  assert.deepEqual(dropped('ai-sdk/vertex-anthropic', thinking(loop), 'claude-sonnet-4-5@1'), [
    'reasoning_effort',
  ]);
  assert.deepEqual(
    dropped('ai-sdk/bedrock', thinking([...loop, { role: 'user', content: 'z' }]), claude),
    [],
  );
  assert.deepEqual(dropped('ai-sdk/bedrock', thinking(loop), 'amazon.nova-pro-v1:0'), []);
  assert.deepEqual(dropped('ai-sdk/vertex', thinking(loop), 'gemini-3-pro'), []);
});

test('what an answer depends on and cannot be told is refused before anything is sent', () => {
  const users = (content: unknown): Record<string, unknown> => ({ messages: [{ role: 'user', content }] });
  for (const [body, words] of [
    [{ functions: [{ name: 'f' }] }, /`functions`/],
    [{ reasoning_effort: 'heroic' }, /a `reasoning_effort` of "heroic"/],
    [{ tools: [{ type: 'web_search' }] }, /a tool of type 'web_search'/],
    [{ messages: [{ role: 'assistant', function_call: {} }] }, /`function_call`/],
    [{ messages: [{ role: 'function', content: 'x' }] }, /the role 'function'/],
    [users([{ type: 'file', file: { file_id: 'f' } }]), /a file by its id/],
    [users([{ type: 'hologram' }]), /a part of type 'hologram'/],
    [users([{ type: 'image_url', image_url: { url: 'gs://bucket/x' } }]), /neither in a data URL nor/],
    [users([{ type: 'image_url', image_url: { url: 'data:image/png,x' } }]), /not in base64/],
    [
      {
        messages: [
          { role: 'system', content: [{ type: 'image_url', image_url: 'data:image/png;base64,AA==' }] },
        ],
      },
      /system's words/,
    ],
  ] as const) {
    const chat = { model: 'm', messages: [{ role: 'user', content: 'x' }], ...body } as ChatRequest;
    assert.throws(
      () => callOptionsOf(chat, 'far', []),
      (error) => {
        assert.ok(error instanceof UpstreamError);
        assert.equal(error.failure.unbilled, true);
        assert.match(error.message, words);
        return true;
      },
    );
  }
});

test('a choice of tools is told in every form that clients have', () => {
  const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }));
  const chosen = (tool_choice: unknown): unknown => {
    const chat = {
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      tools,
      tool_choice,
    } as ChatRequest;
    const { toolChoice, tools: offered } = callOptionsOf(chat, 'far', []);
    return [toolChoice, offered?.map(({ name }) => name)];
  };
  assert.deepEqual(chosen(undefined), [undefined, ['a', 'b']]);
  assert.deepEqual(chosen('required'), [{ type: 'required' }, ['a', 'b']]);
  assert.deepEqual(chosen({ type: 'function', function: { name: 'b' } }), [
    { type: 'tool', toolName: 'b' },
    ['a', 'b'],
  ]);
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] };
  assert.deepEqual(chosen({ type: 'allowed_tools', allowed_tools: allowed }), [{ type: 'required' }, ['b']]);
});
