/** What one API key sends must change nothing for another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../upstream/manual-clock.ts';
import { withResilience } from '../upstream/resilience/resilience.ts';
import { createScriptedUpstream } from '../upstream/scripted/scripted.ts';
import { answers, refuses, type AskedChat, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { played, sure } from '../upstream/scripted/testing.ts';
import { withGateway, type TestGatewayOptions } from './testing.ts';

/** Whoever asks is known by what stands after `Bearer`. */
const authenticate: NonNullable<TestGatewayOptions['context']>['authenticate'] = (key = '') =>
  Promise.resolve({ keyId: key, tenant: 'default', operator: false });
const by = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

const hasTools = ({ body }: AskedChat): boolean => body['tools'] !== undefined;
const TOOLS = {
  tools: [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
  ],
};

const REFUSALS: Record<string, ScriptedStep> = {
  'a 400': refuses(400, { message: 'no such parameter' }),
  'a 422': refuses(422, { message: 'roles must alternate' }),
  "a template's 500": refuses(500, { message: 'the template cannot take this' }),
  'a 413 for its length': refuses(413, { message: 'maximum input length' }),
};

for (const [name, refusal] of Object.entries(REFUSALS))
  test(`plain questions go on being answered by the small tier while one key gets ${name}`, async () => {
    const clock = createManualClock();
    const isOdd = ({ body }: AskedChat): boolean => JSON.stringify(body['messages']).includes('odd');
    const server = createScriptedUpstream({
      name: 'local',
      chat: (asked) => played(isOdd(asked) ? refusal : sure, asked),
    });
    const options = { maxConcurrent: 32, maxQueue: 64, queueTimeoutMs: 10_000, retries: 2 };
    await withGateway(
      {
        small: sure,
        upstream: withResilience(server, { ...options, clock }),
        large: answers('Rome.'),
        monotonic: clock.now,
        maxExtraNanoUsd: 0,
        context: { authenticate },
      },
      async ({ chat, alarms }) => {
        const odd = { messages: [{ role: 'user', content: 'odd' }] };
        for (let round = 0; round < 40; round += 1) {
          const plain = await chat({}, by('two'));
          assert.deepEqual([plain.status, plain.headers.get('x-weir-tier')], [200, 'small']);
          for (let burst = 0; burst < 5; burst += 1) {
            const answer = await chat(odd, by('one'));
            assert.deepEqual([answer.status, answer.headers.get('x-weir-tier')], [200, 'large']);
          }
          clock.advance(6_000);
        }
        assert.deepEqual(alarms, []);
      },
    );
  });

test("log-probabilities that a server refuses with one key's tools still come with other requests", () => {
  const small: ScriptedStep = (asked) =>
    hasTools(asked) && asked.body['logprobs'] !== undefined
      ? refuses(400, { message: 'logprobs are not supported with tools' })
      : played(sure, asked);
  return withGateway({ small, large: answers('Rome.'), context: { authenticate } }, async ({ chat }) => {
    for (const key of ['one', 'two', 'one']) {
      await chat(TOOLS, by(key));
      for (const asks of ['one', 'two']) {
        const { headers } = await chat({}, by(asks));
        assert.equal(headers.get('x-weir-tier'), 'small');
        assert.ok(headers.get('x-weir-confidence') !== null);
      }
    }
  });
});

test("log-probabilities that are refused in one key's requests still come in another's", () => {
  const small: ScriptedStep = (asked) =>
    asked.body['odd'] !== undefined && asked.body['logprobs'] !== undefined
      ? refuses(400, { message: 'logprobs are not supported with odd' })
      : played(sure, asked);
  return withGateway(
    { small, large: answers('Rome.'), context: { authenticate } },
    async ({ chat, small: server }) => {
      await chat({ odd: true }, by('one'));
      assert.equal((await chat({}, by('two'))).headers.get('x-weir-tier'), 'small');
      assert.ok(server.asked.at(-1)?.body['logprobs'] === true);
    },
  );
});

test("one key's nonsense with tools takes no tools from another", () => {
  const small: ScriptedStep = (asked) =>
    asked.body['nonsense'] === undefined
      ? played(answers({ toolCalls: [{ name: 'note', arguments: '{"word":"yes"}' }] }), asked)
      : refuses(400, { message: 'nonsense' });
  return withGateway(
    {
      small,
      large: answers('Rome.'),
      policy: { rule: { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'accept' } },
      context: { authenticate },
    },
    async ({ chat, small: server }) => {
      const tools = [{ type: 'function', function: { name: 'note', parameters: { type: 'object' } } }];
      for (let round = 0; round < 5; round += 1)
        assert.equal((await chat({ tools, nonsense: 1 }, by('one'))).headers.get('x-weir-tier'), 'large');
      assert.equal((await chat({ tools }, by('two'))).headers.get('x-weir-tier'), 'small');
      assert.equal((await chat({ tools }, by('one'))).headers.get('x-weir-tier'), 'small');
      assert.ok(server.asked.length <= 8, 'one question of our own');
    },
  );
});
