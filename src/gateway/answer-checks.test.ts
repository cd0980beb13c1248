import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notJudged } from '../schemas/judgement.ts';
import type { SchemaJudge } from '../schemas/judge.ts';
import { answers, type ScriptedAnswer, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { decisionOf, withGateway, type TestGateway } from './testing.ts';

const usage = { inputTokens: 10, outputTokens: 1 };
/** Certain of every word. */
const sure = (text: string): ScriptedStep =>
  answers({ tokens: [{ text, logprob: -0.01, top: [[text, -0.01]] }], usage });
const calling = (...calls: NonNullable<ScriptedAnswer['toolCalls']>): ScriptedStep =>
  answers({ content: '', toolCalls: calls, finish: 'tool_calls', usage });

const call = { id: 'call_1', name: 'read', arguments: '{"path":"a"}' };
const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const tools = ['read', 'write'].map((name) => ({ type: 'function', function: { name, parameters } }));
const format = {
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'number' } } },
};
const SMALL_USD = '0.0000012';

/** The vetoes of the first answer, and who served. */
async function checked(
  gateway: TestGateway,
  body: object,
): Promise<{ status: number; decision: string | null; tier: string | null; vetoes: string[] }> {
  const response = await gateway.chat(body);
  await response.text();
  await gateway.recorder.flush();
  const { attempts } = (await decisionOf(gateway, response)) as unknown as {
    attempts: { vetoes: string[] }[];
  };
  return {
    status: response.status,
    decision: response.headers.get('x-weir-decision'),
    tier: response.headers.get('x-weir-tier'),
    vetoes: attempts[0]?.vetoes ?? [],
  };
}

const LEAK = '<tool_call>\n{"name": "read", "arguments": {"path": "a"}}\n</tool_call>';

const PROMISES: readonly (readonly [what: string, body: object, small: ScriptedStep, veto: string])[] = [
  ['prose where a call was required', { tool_choice: 'required' }, sure('It is 12.'), 'tool_call_missing'],
  [
    'prose where a tool was named',
    { tool_choice: { type: 'function', function: { name: 'read' } } },
    sure('It is 12.'),
    'tool_call_missing',
  ],
  ['a call where none may come', { tool_choice: 'none' }, calling(call), 'tool_call_unwanted'],
  [
    'a call of a tool that is not allowed',
    {
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'write' } }] },
      },
    },
    calling(call),
    'tool_call_unwanted',
  ],
  [
    'two calls where one is the most',
    { parallel_tool_calls: false },
    calling(call, { ...call, id: 'call_2' }),
    'parallel_tool_calls',
  ],
  ['a call in the text', {}, sure(LEAK), 'tool_call_in_text'],
  [
    'prose where an old-style function was named',
    { tools: undefined, functions: [{ name: 'read', parameters }], function_call: { name: 'read' } },
    sure('It is 12.'),
    'tool_call_missing',
  ],
];

for (const stream of [false, true]) {
  for (const [what, body, small, veto] of PROMISES) {
    test(`${what} is not accepted from the small model, ${stream ? 'streaming' : 'whole'}`, () =>
      withGateway({ small, large: calling({ ...call, id: 'call_9' }) }, async (gateway) => {
        const { status, tier, vetoes } = await checked(gateway, { tools, stream, ...body });
        assert.deepEqual([status, tier, vetoes], [200, 'large', [veto]]);
      }));
  }

  test(`answers that keep their promises are accepted, ${stream ? 'streaming' : 'whole'}`, () =>
    withGateway(
      {
        small: (asked) => {
          const step = asked.body['tool_choice'] === 'required' ? calling(call) : sure('I did not read it.');
          return typeof step === 'function' ? step(asked) : step;
        },
        policy: { rule: { kind: 'thresholds', thresholds: [0.5], withoutConfidence: 'accept' } },
      },
      async (gateway) => {
        for (const body of [{ tool_choice: 'required' }, { tool_choice: 'none' }, {}]) {
          const { tier, vetoes } = await checked(gateway, { tools, stream, ...body });
          assert.deepEqual([tier, vetoes], ['small', []], JSON.stringify(body));
        }
      },
    ));

  test(`a judge that breaks judges nothing, and the answer's cost stays, ${stream ? 'streaming' : 'whole'}`, () => {
    const schemaJudge: Pick<SchemaJudge, 'judge'> = {
      judge() {
        throw new RangeError('too deep');
      },
    };
    return withGateway({ small: sure('12'), context: { schemaJudge } }, async (gateway) => {
      const response = await gateway.chat({ stream, ...format });
      assert.equal(response.status, 200);
      await response.text();
      await gateway.recorder.flush();
      const { costUsd, decision } = await decisionOf(gateway, response);
      assert.deepEqual([costUsd, decision], [SMALL_USD, 'accepted']);
      assert.ok(gateway.logged.some((line) => line.includes('a check of an answer broke')));
    });
  });

  test(`a judge that rejects judges nothing either, ${stream ? 'streaming' : 'whole'}`, () => {
    const schemaJudge = { judge: () => Promise.reject(new Error('gone')) };
    return withGateway({ small: sure('12'), context: { schemaJudge } }, async (gateway) => {
      assert.deepEqual(await checked(gateway, { stream, ...format }), {
        status: 200,
        decision: 'accepted',
        tier: 'small',
        vetoes: [],
      });
    });
  });

  for (const onAbstain of ['serve', 'error'] as const) {
    test(`what cannot be judged in time is asked of the next tier, and served by the last, where no answer is to ${onAbstain}, ${stream ? 'streaming' : 'whole'}`, () => {
      const schemaJudge = { judge: () => Promise.resolve(notJudged('late')) };
      return withGateway(
        { small: sure('12'), context: { schemaJudge }, policy: { onAbstain } },
        async (gateway) => {
          assert.deepEqual(await checked(gateway, { stream, ...format }), {
            status: 200,
            decision: 'escalated',
            tier: 'large',
            vetoes: ['schema_not_judged'],
          });
          const response = await gateway.chat({ stream, ...format }, { 'x-weir-min-tier': 'large' });
          await response.text();
          await gateway.recorder.flush();
          const { decision, reason, ...rest } = await decisionOf(gateway, response);
          assert.equal(decision, 'direct');
          assert.match(reason, /could not be judged by the client's schema \(schema_not_judged, late\)/);
          assert.deepEqual((rest.attempts as unknown as { vetoes: string[] }[])[0]?.vetoes, [
            'schema_not_judged',
          ]);
          // Nothing of it is an upstream's failure.
          assert.match(await gateway.metrics.text(), /weir_attempts_total\{tier="small",result="ok"\} 1\n/);
        },
      );
    });
  }
}

test('no schema is asked where nothing could come of it', async () => {
  let asked = 0;
  const schemaJudge = {
    judge: () => {
      asked += 1;
      return { verdict: 'does_not_fit' as const };
    },
  };
  const small = calling(call, { ...call, id: 'call_2' }, { ...call, id: 'call_3' });
  await withGateway({ small, large: sure('12'), context: { schemaJudge } }, async (gateway) => {
    await checked(gateway, { tools });
    assert.equal(asked, 1, 'after a call that does not fit the others change nothing');
    await checked(gateway, {});
    assert.equal(asked, 1, 'a call of a tool that was not offered is none anyway');
  });
});
