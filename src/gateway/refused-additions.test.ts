import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answers,
  refuses,
  streams,
  type AskedChat,
  type ScriptedStep,
} from '../upstream/scripted/scripted-reply.ts';
import { played, sure } from '../upstream/scripted/testing.ts';
import { startUpstream } from '../upstream/testing.ts';
import { withGateway, type TestGateway } from './testing.ts';

const STATUSES = [400, 403, 404, 422, 500, 501];
const WORDS = {
  logprobs: 'logprobs are not supported by this model',
  stream_options: 'Unknown field: stream_options',
};
type Field = keyof typeof WORDS;

/** A model that takes none of these fields, and says so. */
const without =
  (status: number, ...fields: Field[]): ScriptedStep =>
  (asked) => {
    const refused = fields.find((field) => asked.body[field] !== undefined);
    return played(refused === undefined ? sure : refuses(status, { message: WORDS[refused] }), asked);
  };

async function attemptsOf({ get }: TestGateway, response: Response): Promise<Record<string, unknown>[]> {
  await response.text();
  const id = response.headers.get('x-weir-id') ?? '';
  const decision = (await (await get(`/v1/decisions/${id}`)).json()) as {
    attempts: Record<string, unknown>[];
  };
  return decision.attempts;
}

const has =
  (field: Field) =>
  ({ body }: AskedChat) =>
    body[field] !== undefined;

for (const status of STATUSES)
  test(`what the gateway added and a server refuses with ${status} is left out, once more and from then on`, () =>
    withGateway(
      {
        small: without(status, 'stream_options', 'logprobs'),
        large: answers('LARGE'),
        policy: { rule: { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'accept' } },
      },
      async (gateway) => {
        const { chat, small } = gateway;
        const [attempt] = await attemptsOf(gateway, await chat({ stream: true }));
        assert.deepEqual([attempt?.['tier'], attempt?.['errorCode']], ['small', undefined]);
        assert.ok(small.asked.length <= 4, `${small.asked.length} calls`);
        const before = small.asked.length;
        assert.equal((await chat({ stream: true })).headers.get('x-weir-tier'), 'small');
        assert.equal(small.asked.length, before + 1);
      },
    ));

test('a stream whose usage is not said is counted, and marked as estimated', () =>
  withGateway({ small: without(400, 'stream_options'), asking: { logprobs: 'stream' } }, async (gateway) => {
    const { chat, small } = gateway;
    const [attempt] = await attemptsOf(gateway, await chat({ stream: true }));
    assert.equal(attempt?.['usageEstimated'], true);
    assert.deepEqual(small.asked.map(has('stream_options')), [true, false]);
    assert.deepEqual(small.asked.map(has('logprobs')), [true, true]);
  }));

test('a refusal inside a stream that has shown nothing is one too', async (t) => {
  const error = JSON.stringify({ error: { message: WORDS.logprobs, code: 400 } });
  const step: ScriptedStep = (asked) => {
    if (!has('logprobs')(asked)) return played(sure, asked);
    return asked.stream ? streams([error]) : refuses(400, { message: WORDS.logprobs });
  };
  const { upstream } = await startUpstream(t, step);
  const rule = { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'accept' } as const;
  await withGateway(
    { upstream, small: sure, large: answers('LARGE'), policy: { rule } },
    async ({ chat }) => {
      assert.equal((await chat({ stream: true })).headers.get('x-weir-tier'), 'small');
    },
  );
});

test('what the client asked for itself is not left out: it is told', () =>
  withGateway(
    { small: without(400, 'stream_options', 'logprobs'), large: without(400, 'stream_options', 'logprobs') },
    async ({ chat, small }) => {
      for (const body of [
        { stream: true, stream_options: { include_usage: true } },
        { logprobs: true, top_logprobs: 5 },
      ]) {
        const before = small.asked.length;
        const response = await chat(body);
        assert.equal(response.status, 400);
        assert.match(await response.text(), /stream_options|logprobs/);
        assert.equal(small.asked.length, before + 1);
      }
    },
  ));

test('a refusal that only quotes such a word is remembered no further than it helps', () => {
  const small = refuses(400, { message: 'cannot answer: what are logprobs?' });
  return withGateway({ small, large: answers('LARGE') }, async ({ chat, small: { asked } }) => {
    for (let round = 0; round < 2; round += 1) await chat({});
    assert.deepEqual(asked.map(has('logprobs')), [true, false, true, false]);
  });
});
