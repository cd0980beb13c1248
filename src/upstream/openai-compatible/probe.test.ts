import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DONE } from '../../wire/sse.ts';
import { probeModel } from './probe.ts';
import {
  answers,
  failures,
  refuses,
  streams,
  type AskedChat,
  type Script,
  type ScriptedStep,
} from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { startUpstream } from '../testing.ts';
import { UpstreamError, type UpstreamModel } from '../upstream.ts';

const tokens = [
  {
    text: 'yes',
    logprob: -0.1,
    top: [
      ['yes', -0.1],
      ['no', -2.4],
    ] as const,
  },
];
const good = answers({ tokens });
const silent = answers('yes');

function probe(chat: Script, models: UpstreamModel[] = []) {
  const upstream = createScriptedUpstream({ name: 'local', chat, models });
  return { asked: upstream.asked, result: probeModel(upstream, 'm', new AbortController().signal) };
}

const play = (step: ScriptedStep, asked: AskedChat) => (typeof step === 'function' ? step(asked) : step);

test('a server that does everything is asked once', async () => {
  const { asked, result } = probe(good);
  assert.deepEqual(await result, {
    logprobs: 'stream',
    streaming: true,
    usageInStream: true,
    maxTokensField: 'max_tokens',
    notes: [],
  });
  assert.equal(asked.length, 1);
  const { messages, ...body } = asked[0]?.body ?? {};
  assert.ok(Array.isArray(messages));
  assert.deepEqual(body, {
    model: 'm',
    max_tokens: 16,
    stream: true,
    stream_options: { include_usage: true },
    logprobs: true,
    top_logprobs: 5,
  });
});

test('a server that refuses log-probabilities in streams is asked without streaming', async () => {
  const { result } = probe((asked) =>
    asked.stream && asked.body['logprobs'] === true
      ? refuses(400, { message: 'logprobs is not supported with stream' })
      : play(good, asked),
  );
  const found = await result;
  assert.deepEqual([found.logprobs, found.streaming, found.usageInStream], ['plain', true, true]);
  assert.match(
    found.notes.join('\n'),
    /Asked as a stream, with log-probabilities: .*not supported with stream/,
  );
});

test('a server that drops them in streams only is found out', async () => {
  const { result } = probe((asked) => play(asked.stream ? silent : good, asked));
  assert.deepEqual([(await result).logprobs, (await result).notes], ['plain', []]);
});

test('a server that takes the parameter and returns nothing has none, and the notes say so', async () => {
  const found = await probe(silent).result;
  assert.equal(found.logprobs, 'none');
  assert.deepEqual(found.notes, ['It accepts `logprobs`, and returns none.']);
});

test('chosen tokens without alternatives are not enough', async () => {
  assert.equal(
    (await probe(answers({ tokens: [{ text: 'yes', logprob: -0.1, top: [] }] })).result).logprobs,
    'none',
  );
});

test('a server that cannot stream is told by its refusal, and one that answers with JSON by that', async () => {
  const refusing = await probe((asked) =>
    asked.stream ? refuses(400, { message: 'no streams' }) : play(good, asked),
  ).result;
  assert.deepEqual([refusing.logprobs, refusing.streaming, refusing.usageInStream], ['plain', false, false]);
  assert.equal(refusing.notes.length, 2);
  const ignoring = await probe((asked) => play(good, { ...asked, stream: false })).result;
  assert.deepEqual([ignoring.logprobs, ignoring.streaming], ['plain', false]);
});

test('a stream that ends without [DONE] does not count as streaming', async () => {
  const { result } = probe((asked) => (asked.stream ? streams(['{"choices":[]}']) : play(good, asked)));
  assert.deepEqual([(await result).streaming, (await result).logprobs], [false, 'plain']);
});

test('an error inside a stream is a refusal', async () => {
  const { result } = probe((asked) =>
    asked.stream ? streams(['{"error":{"message":"logprobs broke"}}', DONE]) : play(silent, asked),
  );
  const found = await result;
  assert.deepEqual([found.streaming, found.logprobs], [false, 'none']);
  assert.match(found.notes[0] ?? '', /logprobs broke/);
});

test('usage that does not come in streams is noticed', async () => {
  const { result } = probe((asked) =>
    asked.stream
      ? streams(['{"choices":[{"delta":{"content":"yes"}}],"usage":null}', DONE])
      : play(good, asked),
  );
  assert.deepEqual([(await result).streaming, (await result).usageInStream], [true, false]);
});

test('a model that wants max_completion_tokens is asked with it', async () => {
  const { result } = probe((asked) =>
    'max_tokens' in asked.body
      ? refuses(400, { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." })
      : play(good, asked),
  );
  const found = await result;
  assert.deepEqual(
    [found.maxTokensField, found.logprobs, found.notes],
    ['max_completion_tokens', 'stream', []],
  );
});

test('the context is what the server’s list says of this model', async () => {
  const models = [
    { id: 'other', contextTokens: 1, raw: {} },
    { id: 'm', contextTokens: 8_192, raw: {} },
  ];
  assert.equal((await probe(good, models).result).contextTokens, 8_192);
});

test('a model that does not answer at all is an error, not a finding', async () => {
  for (const step of [
    refuses(404, { message: 'no such model' }),
    refuses(401, { message: 'no' }),
    refuses(500, { message: 'x' }),
    failures.dropped,
    failures.empty,
  ]) {
    await assert.rejects(probe(step).result, UpstreamError, JSON.stringify(step));
  }
});

test('an answer that is no JSON is an error that names the upstream', async () => {
  await assert.rejects(
    probe({ ...failures.halfJson }).result,
    /'local' answered with something that is not a JSON object/,
  );
});

test('signs of life and usage without choices are read as they are of any answer', async () => {
  const logprobs = { content: [null, { token: 'yes', logprob: -0.1, top_logprobs: null }, ...scored] };
  const { result } = probe(
    streams([
      'null',
      '{}',
      JSON.stringify({ choices: [{ index: 0, delta: null, logprobs }] }),
      '{"usage":{"prompt_tokens":1,"completion_tokens":1}}',
      DONE,
    ]),
  );
  const { streaming, usageInStream, logprobs: come, notes } = await result;
  assert.deepEqual([streaming, usageInStream, come, notes], [true, true, 'stream', []]);
});

const scored = [{ token: 'yes', logprob: -0.1, top_logprobs: [{ token: 'yes', logprob: -0.1 }] }];

test('a server that refuses inside a stream is asked without what it refused', async (t) => {
  const error = '{"error":{"message":"logprobs: no","code":400}}';
  const { upstream } = await startUpstream(t, (asked) =>
    asked.body['logprobs'] === undefined
      ? play(silent, asked)
      : asked.stream
        ? streams([error])
        : refuses(400, { message: 'logprobs: no' }),
  );
  const { streaming, logprobs, notes } = await probeModel(upstream, 'm', new AbortController().signal);
  assert.deepEqual([streaming, logprobs], [true, 'none']);
  assert.match(notes.join('\n'), /It said: logprobs: no/);
});
