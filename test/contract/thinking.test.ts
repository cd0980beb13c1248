/** A thinking model's answer must say the same to live traffic and to replay of its recording. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestGateway } from '../../src/gateway/testing.ts';
import { toTraceAttempt, type RecordTier } from '../../src/recordings/record.ts';
import { attemptSignals } from '../../src/recordings/replay-attempt.ts';
import type { Completion, MessagePart, TokenLogprob } from '../../src/protocol/common/chat.ts';
import { formatEvent } from '../../src/wire/sse.ts';
import type { ScriptedReply } from '../../src/upstream/scripted/scripted-reply.ts';

const scored = (token: string, logprob: number): TokenLogprob => ({
  token,
  logprob,
  top_logprobs: [
    { token, logprob },
    { token: '~', logprob: -5.5 },
  ],
});

const THOUGHT = [scored('The', -3), scored(' answer:', -4), scored(' Oslo?', -2.5)];
const ANSWER = [scored('Ro', -0.25), scored('me', -0.125), scored('.', -1)];
const TAGS = [scored('<think>', -0.5), scored('</think>', -0.75)] as const;

/** One piece of an answer: what a chunk brings, and its tokens. */
type Piece = [MessagePart, TokenLogprob[]];

const inText = (tokens: readonly TokenLogprob[]): Piece[] =>
  tokens.map((token) => [{ content: token.token }, [token]]);
const beside = (field: 'reasoning_content' | 'reasoning'): Piece[] => [
  ...THOUGHT.map((token): Piece => [{ [field]: token.token }, [token]]),
  [{}, [TAGS[1]]],
  ...inText(ANSWER),
];

const ANSWERS: Record<string, Piece[]> = {
  'no thinking': inText(ANSWER),
  'thinking in the text': inText([TAGS[0], ...THOUGHT, TAGS[1], ...ANSWER]),
  'thinking in the text that never ends': inText([TAGS[0], ...THOUGHT]),
  'an answer that speaks of the tag': inText([...ANSWER, TAGS[0], scored(' is a tag', -1.5)]),
  reasoning_content: beside('reasoning_content'),
  reasoning: beside('reasoning'),
};

const usage = { prompt_tokens: 7, completion_tokens: 9 };

function wholeOf(pieces: readonly Piece[]): Completion {
  const join = (field: 'content' | 'reasoning_content' | 'reasoning') => {
    const texts = pieces.flatMap(([part]) => part[field] ?? []);
    return texts.length === 0 ? {} : { [field]: texts.join('') };
  };
  const message = {
    role: 'assistant',
    ...join('content'),
    ...join('reasoning_content'),
    ...join('reasoning'),
  };
  const logprobs = { content: pieces.flatMap(([, tokens]) => tokens) };
  return { choices: [{ index: 0, message, logprobs, finish_reason: 'stop' }], usage };
}

function replyOf(pieces: readonly Piece[], stream: boolean): ScriptedReply {
  if (!stream)
    return { headers: { 'content-type': 'application/json' }, body: [JSON.stringify(wholeOf(pieces))] };
  const chunks: Completion[] = [
    ...pieces.map(([delta, content]) => ({ choices: [{ index: 0, delta, logprobs: { content } }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage },
  ];
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'];
  return { headers: { 'content-type': 'text/event-stream' }, body: events.map((data) => formatEvent(data)) };
}

async function liveSignals(reply: ScriptedReply, stream: boolean): Promise<Record<string, number>> {
  const gateway = await createTestGateway({
    small: reply,
    policy: { rule: { kind: 'thresholds', thresholds: [0], withoutConfidence: 'accept' } },
  });
  try {
    const response = await gateway.chat({ stream });
    assert.equal(response.status, 200, await response.text());
    const decision = await gateway.get(`/v1/decisions/${response.headers.get('x-weir-id') ?? ''}`);
    const { attempts } = (await decision.json()) as { attempts: { signals: Record<string, number> }[] };
    return attempts[0]?.signals ?? {};
  } finally {
    await gateway.close();
  }
}

const trace = { id: 'q', group: 'g', prompt: 'Which town?', attempts: {} };
const tier: RecordTier = { name: 'small', ask: () => Promise.reject(new Error('it is not asked')) };

for (const [name, pieces] of Object.entries(ANSWERS)) {
  test(`live and replay see the same signals: ${name}`, async () => {
    const recorded = toTraceAttempt(trace, tier, { body: wholeOf(pieces) });
    const replayed = attemptSignals(recorded);
    assert.deepEqual(await liveSignals(replyOf(pieces, false), false), replayed, 'whole');
    assert.deepEqual(await liveSignals(replyOf(pieces, true), true), replayed, 'streamed');
  });
}

test('thinking, wherever it stands, leaves the signals of the answer as they are without it', () => {
  const signalsOf = (name: string) =>
    attemptSignals(toTraceAttempt(trace, tier, { body: wholeOf(ANSWERS[name] ?? []) }));
  for (const name of ['thinking in the text', 'reasoning_content', 'reasoning'])
    assert.deepEqual(signalsOf(name), signalsOf('no thinking'), name);
  assert.equal(signalsOf('thinking in the text that never ends')['scoredTokens'], undefined);
});
