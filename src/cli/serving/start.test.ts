import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseStart, type StartSurroundings } from './start.ts';

const NOW = new Date('2026-01-01');

/** A machine on which these models run, on Ollama's port. */
function machine(models: readonly string[], more: Partial<StartSurroundings> = {}): StartSurroundings {
  return {
    folder: '/nowhere',
    environment: {},
    identify: (baseUrl) =>
      Promise.resolve(
        models.length > 0 && baseUrl.includes('11434')
          ? {
              kind: 'Ollama',
              chatModels: models.map((id) => ({ id })),
              leftOut: [{ id: 'nomic-embed-text', reason: 'it does not chat' }],
            }
          : undefined,
      ),
    fetch: () => Promise.reject(new Error('nobody is asked here')),
    now: NOW,
    ...more,
  };
}

const choose = (surroundings: StartSurroundings, demonstration = false) =>
  chooseStart({ demonstration }, surroundings);

test('what runs here becomes a ladder, smallest first, that serves every name and says what and why', async () => {
  const start = await choose(machine(['qwen3:8b', 'qwen3:1.7b']));
  assert.equal(start.source, 'found');
  assert.deepEqual(start.config.routes['auto']?.tiers, ['qwen3:1.7b', 'qwen3:8b']);
  assert.deepEqual(start.config.routes['auto']?.serves, ['*']);
  const said = start.sentences.join('\n');
  assert.match(said, /There is no weir\.yaml here/);
  assert.match(said, /Ollama runs at http:\/\/127\.0\.0\.1:11434/);
  assert.match(said, /Left out: nomic-embed-text/);
  assert.match(said, /not certified/);
});

test('with nothing to be found it is the demonstration, which says where was looked', async () => {
  const start = await choose(machine([]));
  assert.equal(start.source, 'demonstration');
  assert.match(start.sentences.join('\n'), /No model server answered\. Weir tried Ollama/);
  assert.deepEqual(start.config.routes['auto']?.tiers, ['small', 'medium', 'large']);
  assert.equal(
    start.config.store,
    'sqlite:/nowhere/weir.db',
    'the store of any other configuration of this folder',
  );
});

test('the demonstration has the questions that all three models answered, and no others', async () => {
  const { recordings } = await choose(machine(['qwen3:8b']), true);
  const traces = [...(recordings?.traces(() => true) ?? [])];
  assert.ok(traces.length > 0);
  for (const { id, attempts } of traces)
    assert.deepEqual(Object.keys(attempts).toSorted(), ['large', 'medium', 'small'], id);
});

test('a cloud key is named and not used where nobody can be asked', async () => {
  const start = await choose(machine(['qwen3:8b'], { environment: { OPENAI_API_KEY: 'sk-secret' } }));
  assert.deepEqual(Object.keys(start.config.upstreams), ['ollama']);
  assert.match(start.sentences.join('\n'), /OPENAI_API_KEY is set but not used/);
  assert.doesNotMatch(JSON.stringify(start), /sk-secret/);
});

test('a cloud key alone does not keep the demonstration from starting', async () => {
  assert.equal(
    (await choose(machine([], { environment: { OPENAI_API_KEY: 'sk-secret' } }))).source,
    'demonstration',
  );
});

test('a yes at the terminal puts the cloud at the end of the ladder; a no leaves it out', async () => {
  const environment = { OPENAI_API_KEY: 'sk-secret' };
  const yes = await choose(machine(['qwen3:8b'], { environment, ask: () => Promise.resolve(true) }));
  assert.equal(yes.config.routes['auto']?.tiers.length, 2);
  assert.equal(yes.config.upstreams['openai']?.apiKey?.reveal(), 'sk-secret');
  const no = await choose(machine(['qwen3:8b'], { environment, ask: () => Promise.resolve(false) }));
  assert.equal(no.config.upstreams['openai'], undefined);
});
