/** A model with `direct: false` answers only after an earlier tier, however a client asks for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuses, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { inFailingWorld } from './failing-world.ts';
import { speak } from './scripted-gateway.ts';

const sure: ScriptedStep = (asked) => speak(asked, 'Rome', -0.01);
const unsure: ScriptedStep = (asked) => speak(asked, 'Rome?', -2);
const CLOSED = { largeModel: ', direct: false' };
const TOOLS = {
  tools: [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
  ],
};

test('it is not asked by its name, nor listed, and the error names the route that has it', () =>
  inFailingWorld({ small: sure, large: sure, ...CLOSED }, async ({ ask, listed, large }) => {
    const answer = await ask({ model: 'large' });
    assert.deepEqual([answer.status, answer.code], [404, 'model_not_found']);
    assert.match(answer.text, /did you mean 'auto'\?/);
    assert.deepEqual(await listed(), ['auto', 'small']);
    assert.equal(large.asked.length, 0);
  }));

test('a route may serve its name instead', () =>
  inFailingWorld({ small: sure, large: sure, ...CLOSED, route: ', serves: [large]' }, async ({ ask }) =>
    assert.deepEqual((await ask({ model: 'large' })).marks, ['accepted', 'small', null]),
  ));

test('no header begins at it, nor several answers at once', () =>
  inFailingWorld({ small: sure, large: sure, ...CLOSED }, async ({ ask, large }) => {
    const answer = await ask({}, undefined, { 'x-weir-min-tier': 'large' });
    assert.deepEqual([answer.status, answer.code], [400, 'invalid_header']);
    assert.match(answer.text, /answers only after an earlier tier/);
    assert.equal((await ask({ n: 2 })).status, 400);
    assert.equal(large.asked.length, 0);
  }));

test('tools that only it takes do not reach it', () =>
  inFailingWorld(
    { small: sure, large: sure, ...CLOSED, model: ', supports: { tools: false }' },
    async ({ ask, large }) => {
      const answer = await ask(TOOLS);
      assert.deepEqual([answer.status, answer.code], [400, 'no_tier_allowed']);
      assert.match(answer.text, /large is not asked first/);
      assert.equal(large.asked.length, 0);
    },
  ));

test('what the earlier tiers refuse does not reach it, and the client gets their words', () =>
  inFailingWorld(
    { small: refuses(400, { message: 'no such parameter', code: 'bad' }), large: sure, ...CLOSED },
    async ({ ask, large }) => {
      const answer = await ask({ nonsense: 1 });
      assert.deepEqual([answer.status, answer.code], [400, 'bad']);
      assert.match(answer.text, /no such parameter/);
      assert.equal(large.asked.length, 0);
    },
  ));

test('it answers after a tier whose answer was not accepted, after one that failed, and what is too long for it', async () => {
  const small: ScriptedStep = (asked) => {
    const said = JSON.stringify(asked.body['messages']);
    if (said.includes('long')) return refuses(400, { message: 'long', code: 'context_length_exceeded' });
    return said.includes('ill') ? refuses(500, { message: 'ill' }) : played(unsure, asked);
  };
  const saying = (content: string): object => ({ messages: [{ role: 'user', content }] });
  await inFailingWorld({ small, large: sure, ...CLOSED }, async ({ ask }) => {
    assert.deepEqual((await ask()).marks, ['escalated', 'large', null]);
    assert.deepEqual((await ask(saying('ill'))).marks, ['fallback', 'large', 'small']);
    assert.deepEqual((await ask(saying('long'))).marks, ['direct', 'large', null]);
  });
});
