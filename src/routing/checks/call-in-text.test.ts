import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutThinking } from '../signals/thinking.ts';
import { holdsCall } from './call-in-text.ts';

const tools = {
  find: (name: string) =>
    name === 'read' || name === 'get_weather' ? { takes: 'json' as const, schema: true } : undefined,
};
const holds = (text: string, bareJson = true): boolean => holdsCall(text.trim(), tools, { bareJson });

const LEAKED = {
  'Hermes and Qwen': '<tool_call>\n{"name": "read", "arguments": {"path": "a"}}\n</tool_call>',
  'after prose': 'Let me look.\n\n<tool_call>\n{"name": "read", "arguments": {"path": "a"}}\n</tool_call>',
  'on one line with prose': 'Let me look. <tool_call>{"name": "read", "arguments": {}}</tool_call>',
  'without an end': '<tool_call>\n{"name": "read", "arguments": {"path": "a"',
  'arguments first': '<tool_call>{"arguments": {"path": "a"}, "name": "read"}</tool_call>',
  'Qwen coder': '<tool_call>\n<function=read>\n<parameter=path>\na\n</parameter>\n</function>\n</tool_call>',
  'Llama 3.1': '<function=read>{"path": "a"}</function>',
  'Llama 3.1, its token': '<|python_tag|>{"name": "read", "parameters": {"path": "a"}}',
  'Llama 3.1, its call': '<|python_tag|>read(path="a")',
  'Llama 3.2': '{"name": "read", "parameters": {"path": "a"}}',
  'Llama 3.2, several': '{"name": "read", "parameters": {}}; {"name": "read", "parameters": {}}',
  'Llama 4': '[read(path="a"), get_weather(city="Rome")]',
  Mistral: '[TOOL_CALLS][{"name": "read", "arguments": {"path": "a"}}]',
  'Mistral, with an id': '[TOOL_CALLS] [{"name": "read", "arguments": {"path": "a"}, "id": "VvvODy9mT"}]',
  'Mistral, newer': '[TOOL_CALLS]read[ARGS]{"path": "a"}',
  'Mistral, Magistral': '[TOOL_CALLS]read{"path": "a"}',
  DeepSeek:
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read\n```json\n{"path":"a"}\n```<｜tool▁call▁end｜>',
  'DeepSeek V3.1':
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read<｜tool▁sep｜>{"path":"a"}<｜tool▁call▁end｜>',
  'DeepSeek V3.2': '<｜DSML｜function_calls>\n<｜DSML｜invoke name="read">\n</｜DSML｜invoke>',
  Kimi: '<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>{"path":"a"}<|tool_call_end|>',
  GLM: '<tool_call>read\n<arg_key>path</arg_key>\n<arg_value>a</arg_value>\n</tool_call>',
  'gpt-oss': '<|channel|>commentary to=functions.read <|constrain|>json<|message|>{"path":"a"}<|call|>',
  'gpt-oss, older': 'commentary to=functions.read json<|message|>{"path":"a"}',
  Claude: '<function_calls>\n<invoke name="read">\n<parameter name="path">a</parameter>\n</invoke>',
  MiniMax: '<minimax:tool_call>\n<invoke name="read">\n<parameter name="path">a</parameter>\n</invoke>',
  Phi: '<|tool_call|>[{"name": "read", "arguments": {"path": "a"}}]<|/tool_call|>',
  'Gemma 4': '<|tool_call>call:read{path:"a"}<tool_call|>',
  'Gemma, a code block': '```tool_code\nread(path="a")\n```',
  LFM: '<|tool_call_start|>[read(path="a")]<|tool_call_end|>',
  InternLM: '<|action_start|><|plugin|>\n{"name": "read", "parameters": {"path": "a"}}<|action_end|>',
  'Command R': '<|START_ACTION|>[{"tool_name": "read", "parameters": {"path": "a"}}]<|END_ACTION|>',
  xLAM: '[{"name": "read", "arguments": {"path": "a"}}]',
  Nemotron: '<TOOLCALL>[{"name": "read", "arguments": {}}]</TOOLCALL>',
  'markup in a code block': '```xml\n<tool_call>\n{"name": "read", "arguments": {}}\n</tool_call>\n```',
  'a code block': '```json\n{"name": "read", "arguments": {"path": "a"}}\n```',
  'a code block after prose':
    'I will read the file.\n\n```json\n{"name": "read", "arguments": {"path": "a"}}\n```',
  "OpenAI's own form": '{"type": "function", "function": {"name": "read", "arguments": "{}"}}',
  "OpenAI's list":
    '{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "read", "arguments": "{}"}}]}',
  LangChain: '{"action": "read", "action_input": {"path": "a"}}',
};

for (const [form, text] of Object.entries(LEAKED)) {
  test(`a leaked call is found: ${form}`, () => {
    assert.equal(holds(text), true, text);
    assert.equal(
      holds(text.replaceAll(/read|get_weather/g, 'unknown')),
      false,
      'of a tool that was not offered',
    );
  });
}

const ORDINARY = [
  'I would use the read tool for that, but I know the answer: 12.',
  'You can call read(path="a") to see the file.',
  'The tools are:\n- read: reads a file\n- get_weather: the weather of a town',
  'Qwen models write `<tool_call>{"name": "read", "arguments": {}}</tool_call>` around a call.',
  'Qwen models put a call between <tool_call> and </tool_call>, and read its result.',
  'A call looks like this:\n\n```xml\n<tool_call>\n{"name": "read", "arguments": {}}\n</tool_call>\n```\n\nThe server parses it.',
  'For example:\n```json\n{"name": "read", "arguments": {"path": "a"}}\n```',
  'Send this:\n```json\n{"name": "read", "arguments": {"path": "a"}}\n```\nThe answer has the text of the file.',
  '{"name": "read", "description": "Reads a file", "parameters": {"type": "object", "properties": {}}}',
  '[{"name": "read", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}}]',
  '{"name": "read", "size": 12}',
  '{"name": "Ada", "arguments": ["for", "against"]}',
  '{"function": "read"}',
  '[1, 2, 3]',
  '["read", "get_weather"]',
  '```python\nread = open("a").read()\nprint(read)\n```',
  '```ts\nconst text = await read("a");\n```',
  'Use this:\n```python\nread(path="a")\n```',
  '```python\nread(path="a")\n```',
  'Mistral writes [TOOL_CALLS] read by the server.',
  '<p>read</p>',
  'The function<T> read returns T.',
  'See the [TOOL_CALLS] token of Mistral: after it comes JSON, which servers read.',
  'In Python: [read(path) for path in paths]',
  '',
];

for (const text of ORDINARY) {
  test(`no call is seen in: ${text.slice(0, 60).replaceAll('\n', ' ')}`, () => {
    assert.equal(holds(text), false, text);
  });
}

test('thinking is no text: what a model thinks of calls does not count', () => {
  assert.equal(
    holds(withoutThinking('<think><tool_call>{"name":"read","arguments":{}}</tool_call></think>Done.')),
    false,
  );
});

test('where JSON was asked for, only markup is a call', () => {
  assert.equal(holds('{"name": "read", "arguments": {}}', false), false);
  assert.equal(holds('<tool_call>{"name": "read", "arguments": {}}</tool_call>', false), true);
});

test('a text made to be slow is read in time proportional to its length', () => {
  const hostile = [
    '<tool_call>',
    '[TOOL_CALLS]',
    '{"name":',
    '[',
    '```',
    '`',
    '. <',
    '\n        ',
    '<function=',
    'read(a=',
    '<|plugin|>',
    '{"name":"read","arguments":{',
    ' \n.>',
  ];
  // Where it were quadratic, the test would not end.
  for (const piece of hostile)
    assert.doesNotThrow(() => holds(piece.repeat(2_000_000 / piece.length)), piece);
});
