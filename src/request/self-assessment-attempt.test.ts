import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, refuses, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { decisionOf, eventsOf, withSolved } from '../gateway/testing.ts';
import { played, says, smallModel, tokens } from '../upstream/scripted/testing.ts';

test('a doubtful answer whose model finds it right is served; its question is paid for and recorded', () =>
  withSolved({}, { small: smallModel({ pTrue: says(0.95) }), large: answers('Rome.') }, async (gateway) => {
    const response = await gateway.chat({ temperature: 0.3 }, {});
    const body = (await response.json()) as { choices: { message: { content: string } }[] };
    assert.equal(body.choices[0]?.message.content, 'Perhaps Oslo');
    assert.equal(response.headers.get('x-weir-decision'), 'accepted');
    assert.equal(response.headers.get('x-weir-attempts'), '2');
    // 10 in and 2 out for the answer, 40 in and 1 out for the question, at 100 and 200 nano-dollars.
    assert.equal(response.headers.get('x-weir-cost-usd'), '0.0000056');
    assert.ok(Number(response.headers.get('x-weir-confidence')) > 0.95);
    const { attempts, costUsd, explanation } = await decisionOf(gateway, response);
    assert.equal(costUsd, '0.0000056');
    assert.deepEqual(
      attempts.map(({ about, costUsd: each }) => [about, each]),
      [
        [undefined, '0.0000014'],
        [0, '0.0000042'],
      ],
    );
    assert.ok(Math.abs((attempts[1]?.signals['pTrue'] ?? 0) - 0.95) < 1e-9);
    const [entered, bought, accepted] = explanation.judgements;
    assert.deepEqual([entered?.action, bought?.action, accepted?.action], ['enter', 'paid', 'accept']);
    assert.deepEqual(
      bought?.actions?.map(({ action }) => action),
      ['accept', 'buy the paid signals', 'ask large'],
    );
    for (const { gain, disagreement, contributions } of [bought ?? {}, accepted ?? {}]) {
      assert.equal(typeof gain, 'number');
      assert.equal(typeof disagreement, 'number');
      assert.ok((contributions?.length ?? 0) > 0);
    }
  }));

for (const [what, replies, why] of [
  ['the server fails', { pTrue: refuses(503, { message: 'busy' }) }, /local/],
  [
    'the reply is something else',
    { pTrue: answers({ tokens: tokens('Maybe', 0.9) }) },
    /something else than/,
  ],
  ['it has no log-probabilities', { pTrue: answers('True') }, /without log-probabilities/],
] as const)
  test(`where ${what}, the decision is made without: no error, no fallback, no allowance taken`, () =>
    withSolved(
      {},
      { small: smallModel(replies), large: answers('Rome.'), maxExtraNanoUsd: 0 },
      async (gateway) => {
        const response = await gateway.chat({});
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('x-weir-decision'), 'escalated');
        assert.equal(response.headers.get('x-weir-tier'), 'large');
        const { attempts, reason } = await decisionOf(gateway, response);
        assert.deepEqual(
          attempts.map(({ about, cut }) => [about, cut]),
          [
            [undefined, false],
            [0, true],
            [undefined, false],
          ],
        );
        assert.match(reason, /The paid signals of small's answer could not be had/);
        assert.match(reason, why);
      },
    ));

test('a reply that says nothing is paid for all the same', () =>
  withSolved(
    {},
    { small: smallModel({ pTrue: answers('Hm') }), large: answers('Rome.') },
    async (gateway) => {
      const { attempts } = await decisionOf(gateway, await gateway.chat({}));
      assert.equal(attempts[1]?.errorCode, 'upstream_invalid_response');
      assert.equal(attempts[1]?.costUsd, '0.0000012');
    },
  ));

test('without the one that the confidence model requires, the others are no use', () =>
  withSolved(
    { paidSignals: ['pTrue', 'verbalized'] },
    { small: smallModel({ pTrue: answers('Hm'), verbalized: answers('99') }), large: answers('Rome.') },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      const { attempts } = await decisionOf(gateway, response);
      assert.deepEqual([attempts[1]?.signals, attempts[1]?.cut], [{ verbalized: 0.99 }, true]);
    },
  ));

test('of two paid signals one may fail that it does not require', () =>
  withSolved(
    { paidSignals: ['verbalized', 'pTrue'] },
    { small: smallModel({ pTrue: says(0.95), verbalized: answers('no idea') }) },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-decision'), 'accepted');
      const { attempts } = await decisionOf(gateway, response);
      assert.deepEqual(Object.keys(attempts[1]?.signals ?? {}), ['pTrue']);
      assert.equal(attempts[1]?.cut, false);
    },
  ));

test('a client that goes while the model is asked about its answer ends the request', async () => {
  const asked = Promise.withResolvers<void>();
  const hanging: ScriptedStep = () => {
    asked.resolve();
    return { then: 'never' };
  };
  await withSolved({}, { small: smallModel({ pTrue: hanging }) }, async ({ chat, large, small }) => {
    const client = new AbortController();
    const response = chat({}, {}, client.signal);
    await asked.promise;
    client.abort();
    assert.equal((await response).status, 499);
    assert.equal(large.asked.length, 0);
    assert.equal(small.asked[1]?.signal.aborted, true);
  });
});

test('a stream is kept alive while the model is asked about its answer', async () => {
  const release = Promise.withResolvers<void>();
  const slow: ScriptedStep = async (asked) => {
    await release.promise;
    return played(says(0.95), asked);
  };
  await withSolved(
    {},
    { small: smallModel({ pTrue: slow }), headerWaitMs: 0, keepAliveMs: 5 },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      assert.match((await reader?.read())?.value ?? '', /^: keep-alive/);
      release.resolve();
      let text = '';
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
        text += part.value;
      const { data, comments } = eventsOf(text);
      assert.equal(data.at(-1), '[DONE]');
      assert.match(comments.find((comment) => comment.startsWith('weir')) ?? '', /"decision":"accepted"/);
    },
  );
});

test('a late live stream says of itself what it is: escalated, not a fallback', () =>
  withSolved(
    {},
    {
      small: smallModel({ pTrue: refuses(503, { message: 'busy' }) }),
      large: answers({ tokens: tokens('Rome it is', 0.9) }),
    },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      assert.equal(response.headers.get('x-weir-attempts'), '3');
      await response.text();
    },
  ));

test('what was weighed stands in the body where it is asked for', () =>
  withSolved({}, { small: smallModel({ pTrue: says(0.95) }) }, async ({ chat }) => {
    const { weir } = (await (await chat({}, { 'x-weir-explain': '1' })).json()) as {
      weir: { judgements: { actions?: { action: string; expectedCostUsd: number }[] }[]; gain?: number };
    };
    assert.equal(typeof weir.gain, 'number');
    assert.ok(weir.judgements.every(({ actions }) => (actions?.length ?? 0) > 0));
  }));
