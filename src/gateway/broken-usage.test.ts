import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptRow } from '../store/contract/outcome-rows.ts';
import { failures, refuses, streams, type ScriptedReply } from '../upstream/scripted/scripted-reply.ts';
import { withGateway } from './testing.ts';

const chunk = (more: object) =>
  JSON.stringify({ id: 'u', choices: [{ index: 0, delta: { content: 'Rome was not' } }], ...more });

/** The attempt of a client that reads the beginning of an answer and leaves. */
async function leaving(large: ScriptedReply, see: (attempt: AttemptRow | undefined) => void): Promise<void> {
  await withGateway({ small: large, large }, async ({ chat, recorder }) => {
    const client = new AbortController();
    const messages = [{ role: 'user', content: 'How old is Rome?' }];
    const response = await chat({ stream: true, messages }, { 'x-weir-min-tier': 'large' }, client.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    while (recorder.stats().pending === 0) await new Promise(setImmediate);
    const id = response.headers.get('x-weir-id')?.slice('chatcmpl-'.length) ?? '';
    see((await recorder.decision(id, 'default'))?.attempts[0]);
  });
}

test('what a server had said of its usage is recorded of a client that left', () =>
  leaving(streams([chunk({ usage: { prompt_tokens: 10, completion_tokens: 3 } })], 'hang'), (attempt) => {
    assert.equal(attempt?.errorCode, 'client_closed_request');
    assert.deepEqual(
      [attempt?.inputTokens, attempt?.outputTokens, attempt?.usageEstimated, attempt?.costNanoUsd],
      [10, 3, false, 16_000],
    );
  }));

test('where it had said nothing an estimate is, marked as one', () =>
  leaving(streams([chunk({})], 'hang'), (attempt) => {
    assert.deepEqual([attempt?.inputTokens, attempt?.outputTokens, attempt?.usageEstimated], [5, 3, true]);
    assert.equal(attempt?.costNanoUsd, 5 * 1_000 + 3 * 2_000);
  }));

test('a stream that its server breaks off costs what it had said; unsaid, nobody knows', () => {
  const usage = { usage: { prompt_tokens: 10, completion_tokens: 3 } };
  const cases: [ScriptedReply, string | undefined][] = [
    [streams([chunk(usage), '{"error":{"message":"x"}}']), '0.000016'],
    [streams([chunk({}), '{"error":{"message":"x"}}']), undefined],
    [failures.dropped, undefined],
    [refuses(400, { message: 'x' }), '0'],
  ];
  return withGateway(
    { small: cases.map(([reply]) => reply), large: cases.map(([reply]) => reply) },
    async ({ chat, get }) => {
      for (const [, cost] of cases) {
        const response = await chat({ stream: true }, { 'x-weir-min-tier': 'large' });
        await response.text();
        const decision = await get(`/v1/decisions/${response.headers.get('x-weir-id')}`);
        const { attempts } = (await decision.json()) as { attempts: { costUsd?: string }[] };
        assert.equal(attempts[0]?.costUsd, cost);
      }
    },
  );
});
