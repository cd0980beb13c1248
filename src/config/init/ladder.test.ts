import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLOUD_PROVIDERS, cloudKeys, refuseYes } from './cloud.ts';
import type { Found, FoundServer } from './detect.ts';
import { buildLadder } from './ladder.ts';
import type { FoundLadder } from './ladder.ts';
import { usable } from '../testing.ts';
import { renderConfig } from './write.ts';

const now = new Date('2026-11-01T00:00:00Z');
const ALL_KEYS = Object.fromEntries(
  CLOUD_PROVIDERS.map(({ variable }) => [variable, `secret-of-${variable}`]),
);

const server = (kind: string, port: number, ...models: string[]): FoundServer => ({
  baseUrl: `http://127.0.0.1:${port}/v1`,
  kind,
  chatModels: models.map((id) => ({ id })),
  leftOut: [],
});

const found = (...servers: FoundServer[]): Found => ({ servers, notes: [] });

function build(what: Found, environment: Record<string, string> = {}, cloudYes: string[] = []): FoundLadder {
  return buildLadder(what, { keys: cloudKeys(environment), cloudYes, now });
}

const tiersOf = ({ config }: FoundLadder): string[] => config?.routes?.auto?.tiers ?? [];
const saying = ({ sentences }: FoundLadder): string => sentences.join('\n');

test('local models become a ladder by their size, whichever server has them', () => {
  const ladder = build(
    found(server('ollama', 11434, 'llama3.3:70b', 'qwen3:4b'), server('llama.cpp', 8080, 'gemma-12b')),
  );
  assert.deepEqual(tiersOf(ladder), ['qwen3:4b', 'gemma-12b', 'llama3.3:70b']);
  assert.match(
    saying(ladder),
    /The ladder is qwen3:4b \(4 B parameters, Ollama\) → gemma-12b \(12 B parameters, llama\.cpp\) → llama3\.3:70b .*: nearest and cheapest first\./,
  );
});

test('a found ladder serves every name, by thresholds that are called not certified', () => {
  const ladder = build(found(server('ollama', 11434, 'a-1b', 'b-8b')));
  assert.deepEqual(ladder.config?.routes?.auto, {
    serves: ['*'],
    tiers: ['a-1b', 'b-8b'],
    objective: { thresholds: [0.8] },
  });
  assert.match(saying(ladder), /This is not certified/);
});

test('every tier but the last has a longest answer, so that one that rambles is cut', () => {
  const { config } = build(found(server('ollama', 11434, 'a-1b', 'b-8b', 'c-70b', 'd-1b')));
  const limits = Object.entries(config?.models ?? {}).map(([name, model]) => [name, model.maxOutputTokens]);
  assert.deepEqual(Object.fromEntries(limits), {
    'a-1b': 1024,
    'b-8b': 1024,
    'c-70b': undefined,
    'd-1b': undefined,
  });
});

test('one model alone is a ladder of one tier, and that is said', () => {
  const ladder = build(found(server('vllm', 8000, 'only')));
  assert.deepEqual(tiersOf(ladder), ['only']);
  assert.match(saying(ladder), /one tier, only \(size unknown, vLLM\).*nothing to escalate to/);
});

test('a size that the server states goes before the one in the name', () => {
  const ollama = {
    ...server('ollama', 11434),
    chatModels: [{ id: 'x-1b', parametersBillion: 9 }, { id: 'y-3b' }],
  };
  assert.deepEqual(tiersOf(build(found(ollama))), ['y-3b', 'x-1b']);
});

test('each model of this machine has a price to fill in, in proportion to its parameters where these are known', () => {
  const ladder = build(found(server('ollama', 11434, 'a-4b', 'mystery')));
  assert.match(saying(ladder), /have no price yet: the file has a line to fill in for each/);
  assert.ok(ladder.config !== undefined);
  const text = renderConfig(ladder.config, ladder.comments);
  assert.match(
    text,
    / {2}# To fill in\. In proportion to its parameters, not what it costs: price: \{input: 0\.04, output: 0\.04\}\n {2}a-4b: \{/,
  );
  assert.match(text, / {2}# To fill in: price: \{input: …, output: …\}\n {2}mystery: \{/);
  assert.equal(usable(text).models['a-4b']?.price, undefined);
});

test('models outside the ladder can be asked for by name, and that is said', () => {
  const ladder = build(found(server('ollama', 11434, 'a-4b', 'b-4b', 'mystery', 'c-70b')));
  assert.deepEqual(tiersOf(ladder), ['a-4b', 'c-70b']);
  assert.deepEqual(Object.keys(ladder.config?.models ?? {}), ['a-4b', 'c-70b', 'b-4b', 'mystery']);
  assert.match(
    saying(ladder),
    /Not in the ladder, but available by name: b-4b .*, mystery \(size unknown, Ollama\)\./,
  );
});

test('what is left out is named with the reason', () => {
  const ollama = {
    ...server('ollama', 11434, 'a-4b'),
    leftOut: [{ id: 'big:cloud', reason: 'runs in the cloud, not here' }],
  };
  assert.match(saying(build(found(ollama))), /Left out: big:cloud runs in the cloud, not here\./);
});

test('Weir itself is no part of a ladder', () => {
  const weir = { ...server('weir', 8080), leftOut: [{ id: 'auto', reason: 'is Weir itself' }] };
  const ladder = build(found(weir));
  assert.equal(ladder.config, undefined);
  assert.match(saying(ladder), /Weir itself runs at .*\nLeft out: auto is Weir itself\./);
});

test('a cloud key in the environment is named, and not used unasked', () => {
  const ladder = build(found(server('ollama', 11434, 'a-4b')), ALL_KEYS);
  assert.deepEqual(tiersOf(ladder), ['a-4b']);
  assert.ok(
    Object.values(ladder.config?.upstreams ?? {}).every(({ location }) => location === 'on-premises'),
  );
  for (const { variable, name } of CLOUD_PROVIDERS)
    assert.match(saying(ladder), new RegExp(`${variable} is set but not used: .*--yes-cloud ${name}`));
});

test('with a yes, and only then, the ladder ends in the cloud, by a reference to the key', () => {
  const ladder = build(found(server('ollama', 11434, 'a-4b', 'b-12b', 'c-70b')), ALL_KEYS, ['openai']);
  assert.deepEqual(tiersOf(ladder), ['a-4b', 'c-70b', 'gpt-4.1']);
  assert.deepEqual(ladder.config?.upstreams.openai, {
    preset: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    apiKey: '${OPENAI_API_KEY}',
    location: 'cloud',
  });
  assert.match(saying(ladder), /You allowed OpenAI/);
  assert.match(saying(ladder), /ANTHROPIC_API_KEY is set but not used/);
});

test('a provider that needs more than a key is named, and how to write it', () => {
  const ladder = buildLadder(found(server('ollama', 11434, 'a-4b')), {
    keys: [],
    cloudYes: [],
    now: new Date(),
    environment: { AZURE_OPENAI_API_KEY: 'secret-of-azure', GROQ_API_KEY: 'x' },
  });
  assert.match(
    saying(ladder),
    /AZURE_OPENAI_API_KEY is set: Azure OpenAI can be a tier too.*`preset: azure`/,
  );
  assert.doesNotMatch(saying(ladder), /secret-of-azure|GROQ/);
});

test('several providers stand in the order of their prices', () => {
  const ladder = build(found(), ALL_KEYS, ['anthropic', 'openai', 'gemini']);
  assert.deepEqual(tiersOf(ladder), ['gemini-2.5-flash', 'gpt-4.1', 'claude-sonnet-4-5']);
});

test('with nothing found and no yes there is no configuration, and the keys are still named', () => {
  const ladder = build({ servers: [], notes: ['Nothing answered.'] }, { OPENAI_API_KEY: 'sk-secret' });
  assert.equal(ladder.config, undefined);
  assert.match(saying(ladder), /^Nothing answered\.\nOPENAI_API_KEY is set but not used/);
});

test('no key is ever in what is said or written', () => {
  const ladder = build(
    found(server('ollama', 11434, 'a-4b')),
    ALL_KEYS,
    CLOUD_PROVIDERS.map(({ name }) => name),
  );
  assert.ok(!JSON.stringify(ladder).includes('secret-of-'));
});

test('a yes to an unknown provider, or to one without a key, is refused with what to do', () => {
  const keys = cloudKeys({ OPENAI_API_KEY: 'x', GEMINI_API_KEY: '' });
  assert.equal(refuseYes('openai', keys), undefined);
  assert.match(
    refuseYes('opena', keys) ?? '',
    /There is no cloud provider named 'opena'. Did you mean 'openai'\?/,
  );
  assert.match(refuseYes('zzz', keys) ?? '', /Use one of: openai, anthropic, openrouter, gemini/);
  assert.match(refuseYes('gemini', keys) ?? '', /GEMINI_API_KEY is not set/);
});

test('names that models share, paths of files, and the name of the route become names of their own', () => {
  const ladder = build(
    found(server('llama.cpp', 8080, '/models/Qwen 1B.gguf', 'auto'), server('vllm', 8000, 'Qwen-1B')),
  );
  assert.deepEqual(Object.keys(ladder.config?.models ?? {}).toSorted(), ['Qwen-1B', 'Qwen-1B-2', 'auto-2']);
  assert.equal(ladder.config?.models['Qwen-1B']?.model, '/models/Qwen 1B.gguf');
});

test('two servers of one kind have names of their own', () => {
  const ladder = build(found(server('llama.cpp', 8080, 'a-1b'), server('llama.cpp', 8000, 'b-8b')));
  assert.deepEqual(Object.keys(ladder.config?.upstreams ?? {}), ['llama-cpp', 'llama-cpp-2']);
});

test('a server with a list of names without end does not fill the file', () => {
  const ladder = build(
    found(server('vllm', 8000, ...Array.from({ length: 500 }, (_, index) => `m${index}`))),
  );
  assert.equal(Object.keys(ladder.config?.models ?? {}).length, 64);
  assert.match(saying(ladder), /500 chat models, of which the first 64 are used/);
});

test('control characters of a server do not reach the terminal', () => {
  const evil = '\u001b[2Jname\u0007';
  const ladder = build(found({ ...server(evil, 8000, evil), leftOut: [{ id: evil, reason: evil }] }));
  assert.doesNotMatch(ladder.sentences.join(''), /\p{Cc}/u);
});

test('whatever servers call their models, the written configuration is usable and means the same', () => {
  const id = fc.oneof(
    fc.string({ minLength: 1, maxLength: 30 }),
    fc.constantFrom(
      '${HOME}',
      '$${X}',
      '__proto__',
      'constructor',
      'a: b',
      '#x',
      '- x',
      '*',
      '7b',
      '"',
      "'",
      'null',
      '1e3',
      'true',
    ),
  );
  const servers = fc.array(
    fc.tuple(fc.constantFrom('ollama', 'vllm', 'llama.cpp'), fc.array(id, { maxLength: 5 })),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(servers, fc.subarray(CLOUD_PROVIDERS.map(({ name }) => name)), (list, cloudYes) => {
      const what = found(...list.map(([kind, ids], index) => server(kind, 8000 + index, ...ids)));
      const { config, comments } = build(what, ALL_KEYS, cloudYes);
      if (config === undefined) return;
      const loaded = usable(renderConfig(config, comments), ALL_KEYS);
      const asked = Object.values(loaded.models)
        .map(({ model }) => model)
        .toSorted();
      const offered = [
        ...list.flatMap(([, ids]) => ids),
        ...CLOUD_PROVIDERS.filter(({ name }) => cloudYes.includes(name)).map(({ model }) => model),
      ];
      assert.deepEqual(asked, offered.toSorted());
    }),
    { numRuns: 200 },
  );
});
