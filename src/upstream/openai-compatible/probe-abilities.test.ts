import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, failures, refuses, type ScriptedStep } from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { played } from '../scripted/testing.ts';
import type { ModelProbe } from '../upstream.ts';
import { probeAbilities, probeAbility } from './probe-abilities.ts';

const PLAIN: ModelProbe = {
  logprobs: 'none',
  streaming: true,
  usageInStream: true,
  maxTokensField: 'max_completion_tokens',
  notes: ['before'],
};

/** A server that answers each of the three questions in its way. */
const server =
  (steps: { tools: ScriptedStep; images: ScriptedStep; schema: ScriptedStep }): ScriptedStep =>
  (asked) => {
    const { tools, response_format: format } = asked.body;
    return played(
      tools !== undefined ? steps.tools : format !== undefined ? steps.schema : steps.images,
      asked,
    );
  };

function abilitiesOf(chat: ScriptedStep) {
  const upstream = createScriptedUpstream({ name: 'local', chat });
  return {
    upstream,
    found: probeAbilities(upstream, 'm', PLAIN, new AbortController().signal),
  };
}

test('a model that calls the tool, takes the picture and holds to the schema can do all three', async () => {
  const { upstream, found } = abilitiesOf(
    server({
      tools: answers({ toolCalls: [{ name: 'note', arguments: '{"word":"yes"}' }] }),
      images: answers('yes'),
      schema: answers('{"word":"rain"}'),
    }),
  );
  assert.deepEqual(await found, { ...PLAIN, tools: 'yes', images: 'yes', schema: 'yes' });
  assert.equal(upstream.asked.length, 3);
  assert.ok(upstream.asked.every(({ body }) => body['max_completion_tokens'] !== undefined));
});

test('words instead of what was asked for are told from a refusal', async () => {
  const { tools, images, schema, notes } = await abilitiesOf(
    server({
      tools: answers('Noted!'),
      images: refuses(400, { message: 'no vision' }),
      schema: answers('Rain, rain'),
    }),
  ).found;
  assert.deepEqual([tools, images, schema], ['ignored', 'refused', 'ignored']);
  assert.match(notes.join('\n'), /^before\nAsked with a picture: .*It said: no vision$/);
});

test('what a busy or broken server, or an answer without an end, leaves open is not known', async () => {
  const { tools, images, schema, notes } = await abilitiesOf(
    server({
      tools: answers({ content: 'Let me think', finish: 'length' }),
      images: refuses(503, { message: 'loading' }),
      schema: failures.garbage,
    }),
  ).found;
  assert.deepEqual([tools, images, schema], [undefined, undefined, undefined]);
  assert.equal(notes.length, 4);
});

/** What asking for one thing finds, of a server that answers with tools and without in these ways. */
function toolsAt(withTools: ScriptedStep, without: ScriptedStep) {
  const chat: ScriptedStep = (asked) =>
    played(asked.body['tools'] === undefined ? without : withTools, asked);
  const upstream = createScriptedUpstream({ name: 'local', chat });
  const found = probeAbility(upstream, { model: 'm' }, 'tools', new AbortController().signal);
  return { upstream, found };
}

test('one thing that is refused while a plain question is answered is what the model cannot do', async () => {
  const refused = refuses(500, { message: 'the template takes no tools' });
  const { upstream, found } = toolsAt(refused, answers('yes'));
  assert.equal(await found, 'refused');
  assert.equal(upstream.asked.length, 2);
  assert.equal(await toolsAt(answers('yes'), refused).found, 'ignored');
});

test('a server that refuses everything, or is busy, says nothing of its model', async () => {
  const ill = refuses(500, { message: 'out of memory' });
  assert.equal(await toolsAt(ill, ill).found, undefined);
  assert.equal(await toolsAt(refuses(503, { message: 'loading' }), answers('yes')).found, undefined);
});

test('what there is no question for is not asked', async () => {
  const upstream = createScriptedUpstream({ name: 'local', chat: answers('yes') });
  const signal = new AbortController().signal;
  assert.equal(await probeAbility(upstream, { model: 'm' }, 'audio', signal), undefined);
  assert.equal(upstream.asked.length, 0);
});
