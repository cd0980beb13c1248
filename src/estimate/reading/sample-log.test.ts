import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { traceMessages } from '../../traces/trace.ts';
import { LOGGED } from './log-format.ts';
import { sampleLog, type LogSample } from './sample-log.ts';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'weir-log-'))));
after(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function read(
  text: string | Uint8Array,
  options: { questions?: number; seed?: number; requests?: string } = {},
): Promise<LogSample> {
  files += 1;
  const file = join(folder, `log-${files}.jsonl${typeof text === 'string' ? '' : '.gz'}`);
  await writeFile(file, text);
  return sampleLog(file, { questions: 10, seed: 1, ...options });
}

const QUESTION = { role: 'user', content: 'What is 2 + 2?' };
const ASKED = { model: 'big', messages: [{ role: 'system', content: 'Be brief.' }, QUESTION], max_tokens: 9 };
const ANSWERED = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'big-2',
  choices: [{ index: 0, message: { role: 'assistant', content: '4' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 20, completion_tokens: 1, total_tokens: 21 },
};
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

/** Records of every kind of log, as their makers write them; each asks the same and is answered `4`. */
const KINDS: Readonly<Record<string, readonly object[]>> = {
  'recorded questions of Weir': [
    { id: 'q', group: 'g', prompt: QUESTION.content, attempts: { big: { answer: '4', score: 1 } } },
  ],
  'observations of Langfuse': [
    {
      id: 'o',
      traceId: TRACE_ID,
      type: 'GENERATION',
      model: 'big',
      input: { messages: [QUESTION] },
      output: { role: 'assistant', content: '4' },
      usageDetails: { input: 20, output: 1 },
      calculatedTotalCost: 0.5,
    },
    {
      id: 'o',
      trace_id: TRACE_ID,
      type: 'GENERATION',
      provided_model_name: 'big',
      input: JSON.stringify([QUESTION]),
      output: JSON.stringify({ role: 'assistant', content: '4' }),
      model_parameters: '{"max_tokens":9}',
      usage_details: { input: 20, output: 1 },
      total_cost: 0.5,
      level: 'DEFAULT',
    },
    { id: 'o', traceId: TRACE_ID, type: 'GENERATION', input: QUESTION.content, output: '4' },
  ],
  'logs of LiteLLM': [
    {
      request_id: 'r',
      call_type: 'acompletion',
      spend: 0.5,
      model: 'big',
      prompt_tokens: 20,
      completion_tokens: 1,
      messages: '{}',
      response: JSON.stringify(ANSWERED),
      proxy_server_request: JSON.stringify(ASKED),
      status: 'success',
    },
    { request_id: 'r', call_type: 'completion', spend: 0.5, messages: [QUESTION], response: ANSWERED },
    {
      id: 's',
      call_type: 'acompletion',
      response_cost: 0.5,
      messages: [QUESTION],
      response: ANSWERED,
      model_parameters: { max_tokens: 9 },
    },
  ],
  'requests and responses of the OpenAI API': [
    { request: ASKED, response: ANSWERED },
    {
      request: { url: '/v1/chat/completions', body: JSON.stringify(ASKED) },
      response: { status: 200, body: ANSWERED },
    },
    {
      request: { input: QUESTION.content, instructions: 'Be brief.' },
      response: {
        output: [
          { type: 'reasoning' },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: '4' }] },
        ],
      },
    },
  ],
  'stored completions of OpenAI': [
    { ...ANSWERED, messages: [QUESTION] },
    { ...ANSWERED, messages: { object: 'list', data: [QUESTION] } },
  ],
  'conversations that end with an answer, as for fine-tuning': [
    { messages: [QUESTION, { role: 'assistant', content: '4', weight: 1 }] },
  ],
  'questions with answers': [
    { question: QUESTION.content, answer: '4' },
    { messages: [QUESTION], answer: 4 },
    { prompt: QUESTION.content, system: 'Be brief.', response: '4' },
    { input: QUESTION.content, output: { content: '4' } },
  ],
};

test('every kind of log is recognised, and gives what was asked and answered', async () => {
  for (const [name, records] of Object.entries(KINDS))
    for (const record of records) {
      const { traces, formats, problems } = await read(JSON.stringify(record));
      const what = JSON.stringify(record);
      assert.deepEqual([formats, problems], [[{ name, records: 1 }], []], what);
      const [trace] = traces;
      assert.ok(trace !== undefined, what);
      assert.equal(traceMessages(trace).at(-1)?.['content'], QUESTION.content, what);
      const [answer] = Object.values(trace.attempts);
      assert.equal(answer?.answer, '4', what);
    }
});

test('tokens, cost, model, limit and tools are read where the log has them', async () => {
  const tools = [{ type: 'function', function: { name: 'add', parameters: {} } }];
  const called = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'add', arguments: '{"a":2}' } }],
  };
  const record = {
    request: { ...ASKED, tools, tool_choice: 'auto' },
    response: { ...ANSWERED, choices: [{ message: called, finish_reason: 'tool_calls' }] },
    cost_usd: 0.25,
  };
  const [trace] = (await read(JSON.stringify(record))).traces;
  assert.deepEqual([trace?.tools, trace?.toolChoice, trace?.maxTokens], [tools, 'auto', 9]);
  assert.deepEqual(trace?.attempts[LOGGED], {
    answer: '',
    toolCalls: [{ name: 'add', arguments: '{"a":2}' }],
    finish: 'tool_calls',
    costUsd: 0.25,
    inputTokens: 20,
    outputTokens: 1,
    source: { model: 'big-2' },
  });
});

test('a list of records is read from JSON as from JSON Lines, packed or not', async () => {
  const records = KINDS['logs of LiteLLM'] ?? [];
  for (const text of [
    records.map((each) => JSON.stringify(each)).join('\n'),
    JSON.stringify(records),
    JSON.stringify({ data: records }),
    JSON.stringify({ page: 1, data: records }, undefined, 2),
  ]) {
    for (const form of [text, gzipSync(text)]) {
      const { usable, traces } = await read(form);
      assert.equal(usable, records.length, text);
      assert.equal(new Set(traces.map(({ id }) => id)).size, records.length);
    }
  }
});

test('what cannot be used is counted by its reason, with its first line', async () => {
  const lines = [
    { question: 'q', answer: 'a' },
    'no JSON',
    { question: 'q' },
    { answer: 'a' },
    { question: 'q', answer: ' ' },
    { id: 'o', traceId: TRACE_ID, type: 'SPAN', input: 'q', output: 'a' },
    { id: 'o', traceId: TRACE_ID, type: 'GENERATION', level: 'ERROR', input: 'q' },
    { request_id: 'r', call_type: 'acompletion', spend: 1, messages: {}, response: {} },
    { request_id: 'r', call_type: 'aembedding', spend: 1, messages: {}, response: {} },
    {
      request_id: 'r',
      call_type: 'acompletion',
      messages: [{ role: 'user', content: 'a… (litellm_truncated 99 chars)' }],
      response: ANSWERED,
    },
    { ...ANSWERED },
    {
      question: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }],
      answer: 'a',
    },
    { custom_id: '1', response: { status_code: 200, body: ANSWERED } },
    { custom_id: '2', response: { status_code: 400, body: {} } },
    {
      request: ASKED,
      response: {
        choices: [
          {
            message: {
              role: 'assistant',
              content: null,
              tool_calls: [{ function: { name: 'f', arguments: '{}' } }],
            },
          },
        ],
      },
    },
    [1],
  ].map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  const { usable, problems } = await read(lines.join('\n'));
  assert.equal(usable, 1);
  const found = new Map(problems.map(({ problem, count, line }) => [problem, [count, line]]));
  assert.deepEqual(found.get('it is not JSON'), [1, 2]);
  assert.deepEqual(found.get('it has no answer'), [2, 3]);
  assert.deepEqual(found.get('the request failed'), [2, 7]);
  for (const part of [
    'another observation',
    'store_prompts',
    'no chat',
    'shortened',
    'lacks its messages',
    'pictures',
    '--requests',
    'form that is known',
    'no JSON object',
  ])
    assert.equal([...found.keys()].filter((problem) => problem.includes(part)).length, 1, part);
});

test('the answers of a batch find their requests in its input file, in any order', async () => {
  const requests = join(folder, 'input.jsonl');
  const asked = ['1', '2', '3'].map((id) =>
    JSON.stringify({
      custom_id: id,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { ...ASKED, messages: [{ role: 'user', content: `What is ${id}?` }] },
    }),
  );
  await writeFile(requests, asked.join('\n'));
  const answered = ['3', '1', '9'].map((id) =>
    JSON.stringify({ id: 'b', custom_id: id, response: { status_code: 200, body: ANSWERED }, error: null }),
  );
  const { traces, problems } = await read(answered.join('\n'), { requests });
  assert.deepEqual(
    traces.map((trace) => [trace.id, traceMessages(trace)[0]?.['content']]),
    [
      ['3', 'What is 3?'],
      ['1', 'What is 1?'],
    ],
  );
  assert.deepEqual(
    problems.map(({ count, line }) => [count, line]),
    [[1, 3]],
  );
});

test('a sample is the same for the same seed, a larger one holds it, and every record is as likely to be in it', async () => {
  const lines = Array.from({ length: 40 }, (_, index) =>
    JSON.stringify({ question: `q${index}`, answer: 'a' }),
  ).join('\n');
  const idsOf = async (seed: number): Promise<string[]> =>
    (await read(lines, { questions: 10, seed })).traces.map(({ id }) => id);
  assert.deepEqual(await idsOf(5), await idsOf(5));
  const larger = (await read(lines, { questions: 25, seed: 5 })).traces.map(({ id }) => id);
  assert.equal(larger.length, 25);
  assert.ok((await idsOf(5)).every((id) => larger.includes(id)));
  const times = new Map<string, number>();
  for (let seed = 0; seed < 400; seed++)
    for (const id of await idsOf(seed)) times.set(id, (times.get(id) ?? 0) + 1);
  assert.equal(times.size, 40);
  // A hundred expected; five standard deviations.
  for (const [id, count] of times) assert.ok(Math.abs(count - 100) < 45, `${id}: ${count}`);
});

test('hostile records are counted, whatever is in them', async () => {
  const deep = '{"output":'.repeat(60_000);
  const lines = [
    `{"question":"q","answer":${deep}1${'}'.repeat(60_000)}}`,
    `{"messages":${'['.repeat(200_000)}${']'.repeat(200_000)},"answer":"a"}`,
    JSON.stringify({ messages: [{ role: { a: 1 }, content: 7 }, null, 'x'], answer: 'a' }),
    JSON.stringify({ attempts: { a: 5 }, id: 7, group: [] }),
    JSON.stringify({ choices: [null], messages: 3 }),
    JSON.stringify({ request: [], response: { choices: 'x' } }),
    JSON.stringify({ type: 'GENERATION', traceId: 1, input: { messages: {} }, output: [[[]]] }),
    JSON.stringify({ call_type: [], messages: '[', response: '{"a"' }),
    JSON.stringify({ question: { __proto__: 1 }, answer: [[], {}] }),
    JSON.stringify({ question: 'q', answer: 'x'.repeat(1_000_001) }),
    '{"__proto__":{"question":"q","answer":"a"}}',
    '{"question":"q","question":"p","answer":"a"}',
  ];
  const { usable, problems } = await read(lines.join('\n'));
  const left = problems.reduce((sum, { count }) => sum + count, 0);
  assert.equal(usable + left, lines.length);
  assert.ok(left >= 9, JSON.stringify(problems));
});

test('a log that is not there, or is packed under another name, says so', async () => {
  await assert.rejects(
    sampleLog(join(folder, 'none.jsonl'), { questions: 1, seed: 1 }),
    /there is no such file/,
  );
  const packed = join(folder, 'packed.jsonl');
  await writeFile(packed, gzipSync('{}'));
  await assert.rejects(sampleLog(packed, { questions: 1, seed: 1 }), /compressed/);
});
