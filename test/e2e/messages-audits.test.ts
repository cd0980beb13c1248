/** Requests of Messages are audited: the small tier in the background, and a judge behind Anthropic's API gets the texts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answersMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import { answers, type AskedChat } from '../../src/upstream/scripted/scripted-reply.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';
import { openMessagesGateway } from './messages-gateway.ts';

interface Decision {
  audit?: { complete: boolean; costUsd: string; judgeUsd: string };
  labels: { tier: string; source: string; verdict: number }[];
}

test('the last tier’s own answer is compared, in the text of both', async () => {
  const large = (asked: AskedChat): ReturnType<typeof played> =>
    played(
      answersMessage(
        asked.model === 'umpire'
          ? '{"verdict":"same","score":1}'
          : {
              content: [
                { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
                { type: 'text', text: 'It is Rome' },
              ],
            },
      ),
      asked,
    );
  const world = await openMessagesGateway(
    { small: answers({ tokens: tokens('Rome of course', 0.9) }), large },
    `  learnt: { tiers: [small, large], objective: { maxQualityLoss: 0.02 } }
learning: { startRate: 1, judge: umpire }
`,
    {},
    'umpire: { upstream: far, model: umpire, price: { input: 1, output: 1 } }',
  );
  try {
    const body = {
      model: 'learnt',
      max_tokens: 50,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'Which town?' }],
    };
    const response = await world.post('/v1/messages', body);
    assert.equal(response.headers.get('x-weir-tier'), 'large');
    await response.text();
    const id = response.headers.get('x-weir-id') ?? '';
    let decision: Decision;
    do {
      await sleep(5);
      decision = (await (await fetch(`${world.base}/v1/decisions/${id}`)).json()) as Decision;
    } while (decision.audit === undefined);
    assert.equal(decision.audit.complete, true);
    assert.ok(Number(decision.audit.judgeUsd) > 0);
    assert.deepEqual(
      world.small.asked.map(({ body: asked }) => asked['messages']),
      [
        [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Which town?' },
        ],
      ],
    );
    const [asked, judged] = world.large.asked;
    assert.deepEqual(asked?.body['system'], body.system);
    assert.equal(judged?.model, 'umpire');
    const question = JSON.stringify(judged?.body['messages']);
    assert.match(question, /Rome of course/);
    assert.match(question, /It is Rome/);
    assert.doesNotMatch(question, /Hm/);
  } finally {
    await world.close();
  }
});
