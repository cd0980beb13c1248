import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { traceSchema, type Trace } from '../../traces/trace.ts';
import { createRecordedUpstream } from './recorded.ts';
import { normaliseQuestion } from '../../traces/question-text.ts';
import { indexTraceFile, indexTraces } from './recorded-questions.ts';
import { SUM_LINE } from '../testing.ts';
import { UpstreamError } from '../upstream.ts';

const lines = [
  {
    id: 'capital-1',
    group: 'capitals',
    prompt: 'What is the capital of France?',
    attempts: { small: { answer: 'Paris' } },
  },
  SUM_LINE,
  { id: 'system-1', group: 'none', system: 'No question.', attempts: {} },
];
const traces: Trace[] = lines.map((line) => traceSchema.parse(line));
const file = lines.map((line) => JSON.stringify(line)).join('\n');

const user = (content: string) => [{ role: 'user', content }];

async function inFile(t: TestContext, name: string, text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'weir-recorded-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

test('normalising twice is normalising once', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (text) => normaliseQuestion(normaliseQuestion(text)) === normaliseQuestion(text),
    ),
  );
});

test('long questions are found, and not suggested', async () => {
  const long = traceSchema.parse({
    id: 'l',
    group: 'g',
    prompt: `capital ${'of France '.repeat(40)}`,
    attempts: { small: { answer: 'yes' } },
  });
  const questions = await indexTraces([...traces, long]);
  assert.equal(questions.find(user(long.prompt ?? ''))?.id, 'l');
  assert.deepEqual(questions.nearest('capital of France', 1), ['What is the capital of France?']);
});

test('a file, compressed or not, has the questions of its traces', async (t) => {
  for (const [name, text] of [
    ['a.jsonl', file],
    ['b.jsonl.gz', `${file}\n\n`],
  ] as const) {
    const questions = await indexTraceFile(await inFile(t, name, text));
    assert.deepEqual(questions.find(user('what is the capital of france?')), traces[0]);
    assert.deepEqual(questions.find(user('add 2 and 3.')), traces[1]);
    assert.equal(questions.find(user('hello')), undefined);
    assert.equal(questions.find(user('')), undefined);
  }
});

test('keys in any order, and the word attempts inside a question, are read', async (t) => {
  const odd = [
    '{"attempts":{"small":{"answer":"1"}},"id":"a","group":"g","prompt":"first"}',
    JSON.stringify({
      id: 'b',
      group: 'g',
      prompt: 'what is "attempts": here?',
      attempts: { small: { answer: '2' } },
    }),
    '{"id":"c","group":"g","meta":{"attempts":3},"prompt":"third","attempts":{"small":{"answer":"3"}}}',
  ];
  const questions = await indexTraceFile(await inFile(t, 'odd.jsonl', odd.join('\n')));
  assert.deepEqual(
    ['first', 'what is "attempts": here?', 'third'].map((question) => questions.find(user(question))?.id),
    ['a', 'b', 'c'],
  );
});

test('a question that not all the models answered is neither found nor suggested nor listed', async (t) => {
  const half = JSON.stringify({
    id: 'h',
    group: 'g',
    prompt: 'What is the capital of half of France?',
    attempts: { large: { answer: 'Paris' } },
  });
  const path = await inFile(t, 'half.jsonl', `${file}\n${half}`);
  for (const questions of [
    await indexTraceFile(path, ['small']),
    await indexTraces([...traces, traceSchema.parse(JSON.parse(half))], ['small']),
  ]) {
    assert.equal(questions.find(user('What is the capital of half of France?')), undefined);
    assert.deepEqual(questions.nearest('the capital of half of France', 3), [
      'What is the capital of France?',
      'Add 2 and 3.',
    ]);
    assert.deepEqual([...questions.traces(() => true)], traces.slice(0, 2));
    assert.deepEqual([...questions.traces((question) => question.startsWith('Add'))], traces.slice(1, 2));
  }
  assert.equal((await indexTraceFile(path)).find(user('What is the capital of half of France?'))?.id, 'h');
});

test('of equal questions the one with the same other messages is found, else the first', async () => {
  const again = { ...traceSchema.parse(lines[0]), id: 'again', system: 'One word.' };
  const questions = await indexTraces([...traces, again]);
  const asked = user('What is the capital of France?');
  const find = (system: string) => questions.find([{ role: 'system', content: system }, ...asked])?.id;
  assert.equal(questions.find(asked)?.id, 'capital-1');
  assert.equal(find('one  word.'), 'again');
  assert.equal(find('In two words.'), 'capital-1');
});

test('of recordings that nothing else tells apart the one with the id that is asked for is found', async () => {
  const again = { ...traceSchema.parse(lines[0]), id: 'again' };
  const questions = await indexTraces([...traces, again]);
  const asked = user('What is the capital of France?');
  assert.equal(questions.find(asked, 'again')?.id, 'again');
  assert.equal(questions.find(asked, 'no such id')?.id, 'capital-1');
  assert.equal(questions.find(user('Add 2 and 3.'), 'again')?.id, 'sum-1');
});

function asking(path: string) {
  let tries = 0;
  const upstream = createRecordedUpstream({
    name: 'demo',
    models: ['small'],
    questions: () => (tries++ > 0 ? indexTraces(traces) : indexTraceFile(path)),
  });
  return async (content: string): Promise<string> => {
    const body = JSON.stringify({ messages: [{ role: 'user', content }] });
    try {
      const signal = new AbortController().signal;
      const reply = await upstream.chat({ model: 'small', body, stream: false, requestId: 'r', signal });
      return reply.kind === 'whole' ? reply.text : '';
    } catch (error) {
      assert.ok(error instanceof UpstreamError, String(error));
      return `${error.failure.code}: ${error.message}`;
    }
  };
}

test('recordings that cannot be read are an error that says which line, and are tried again', async (t) => {
  const ask = asking(await inFile(t, 'bad.jsonl', `${file}\n{"id":`));
  assert.match(
    await ask('x'),
    /^upstream_error: .*'demo' cannot be read: .*bad\.jsonl:4: the line is not JSON/,
  );
  assert.match(await ask('x'), /^not_recorded/);
});

test('a file that is not there is an error that names it', async () => {
  assert.match(await asking('/nowhere/traces.jsonl.gz')('x'), /^upstream_error: .*ENOENT.*traces\.jsonl\.gz/);
});

test('a malformed answer is an error of its own question only', async (t) => {
  const odd = JSON.stringify({ id: 'z', group: 'g', prompt: 'odd one', attempts: { small: { answer: 7 } } });
  const ask = asking(await inFile(t, 'odd.jsonl', `${file}\n${odd}`));
  assert.match(await ask('odd one'), /^upstream_error: The recording of this question is malformed/);
  assert.match(await ask('add 2 and 3.'), /"content":"5"/);
});
