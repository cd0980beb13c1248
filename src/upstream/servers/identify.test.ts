import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashContent } from '../../routing/hash-content.ts';
import { identify, toldOfModel } from './identify.ts';
import type { FetchJson, ToldOfModel } from './server.ts';

// Minimal renderings of the documented answers, written for these tests; only llama.cpp's were also seen on the wire.

const ROOT = 'http://127.0.0.1:9';

/** Answers by path; a function gets the posted body; any other path fails, as a 404 does. */
function serving(paths: Record<string, unknown>): { fetchJson: FetchJson; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async fetchJson(url, body) {
      const path = url.slice(ROOT.length);
      asked.push(path);
      if (!url.startsWith(ROOT) || !(path in paths)) throw new Error(`404 ${url}`);
      const answer = paths[path];
      return typeof answer === 'function' ? (answer as (body: unknown) => unknown)(body) : answer;
    },
  };
}

const identified = (paths: Record<string, unknown>, baseUrl = `${ROOT}/v1`) =>
  identify(baseUrl, serving(paths).fetchJson);
const list = (...data: Record<string, unknown>[]) => ({
  object: 'list',
  data: data.map((entry) => ({ object: 'model', created: 1, ...entry })),
});

const llamaCpp = {
  '/v1/models': {
    models: [{ name: 'small.gguf', model: 'small.gguf', capabilities: ['completion'] }],
    ...list({ id: 'small.gguf', owned_by: 'llamacpp', meta: { n_ctx_train: 32_768, n_params: 494_032_768 } }),
  },
  '/props': { default_generation_settings: { n_ctx: 4_096 }, total_slots: 2 },
  // It answers here as well.
  '/api/tags': { models: [{ name: 'small.gguf' }] },
};

test('llama.cpp’s server is known by its owner, and a request’s context is one slot’s', async () => {
  assert.deepEqual(await identified(llamaCpp), {
    kind: 'llama.cpp',
    chatModels: [
      { id: 'small.gguf', contextTokens: 4_096, contextNote: 'of one slot', parametersBillion: 0.494032768 },
    ],
    leftOut: [],
  });
});

test('without /props the listed context serves, and what the model was trained for never does', async () => {
  const { '/props': _, ...paths } = llamaCpp;
  assert.equal((await identified(paths))?.chatModels[0]?.contextTokens, undefined);
  const listed = {
    '/v1/models': list({ id: 'a', owned_by: 'llamacpp', meta: { n_ctx: 2_048, n_ctx_train: 8_192 } }),
  };
  assert.equal((await identified(listed))?.chatModels[0]?.contextTokens, 2_048);
});

test('a llama.cpp server that embeds is left out', async () => {
  const paths = {
    '/v1/models': {
      models: [{ model: 'x.gguf', capabilities: ['embedding'] }],
      ...list({ id: 'x.gguf', owned_by: 'llamacpp' }),
    },
  };
  assert.deepEqual((await identified(paths))?.leftOut, [
    { id: 'x.gguf', reason: 'embeds texts; it does not chat' },
  ]);
});

test('vLLM is known by its owner; an adapter has its parent’s context', async () => {
  const server = await identified({
    '/v1/models': list(
      { id: 'Qwen/Qwen3-4B', owned_by: 'vllm', root: 'Qwen/Qwen3-4B', parent: null, max_model_len: 40_960 },
      { id: 'support-lora', owned_by: 'vllm', root: '/adapters/support', parent: 'Qwen/Qwen3-4B' },
      { id: 'embedder', owned_by: 'vllm', root: 'BAAI/bge-m3', max_model_len: 8_192 },
    ),
  });
  assert.equal(server?.kind, 'vllm');
  assert.deepEqual(
    server?.chatModels.map(({ id, contextTokens }) => [id, contextTokens]),
    [
      ['Qwen/Qwen3-4B', 40_960],
      ['support-lora', 40_960],
    ],
  );
  assert.deepEqual(
    server?.leftOut.map(({ id }) => id),
    ['embedder'],
  );
});

const lmStudio = {
  '/v1/models': list({ id: 'qwen3-4b', owned_by: 'organization_owner' }),
  '/api/v0/models': {
    object: 'list',
    data: [
      {
        id: 'qwen3-4b',
        object: 'model',
        type: 'llm',
        compatibility_type: 'gguf',
        state: 'loaded',
        max_context_length: 32_768,
        loaded_context_length: 4_096,
      },
      {
        id: 'qwen2-vl-7b',
        object: 'model',
        type: 'vlm',
        compatibility_type: 'mlx',
        state: 'not-loaded',
        max_context_length: 32_768,
      },
      {
        id: 'text-nomic',
        object: 'model',
        type: 'embeddings',
        compatibility_type: 'gguf',
        state: 'not-loaded',
        max_context_length: 2_048,
      },
    ],
  },
};

test('LM Studio is known by its own listing; only a loaded model has a context', async () => {
  assert.deepEqual(await identified(lmStudio), {
    kind: 'lm-studio',
    chatModels: [
      { id: 'qwen3-4b', contextTokens: 4_096, contextNote: 'as loaded' },
      { id: 'qwen2-vl-7b', contextNote: 'known once it is loaded; at most 32768 tokens' },
    ],
    leftOut: [{ id: 'text-nomic', reason: 'embeds texts; it does not chat' }],
  });
});

const ollamaModels: Record<string, Record<string, unknown>> = {
  'qwen3:4b': {
    capabilities: ['completion', 'tools', 'thinking'],
    model_info: {
      'general.architecture': 'qwen3',
      'general.parameter_count': 4_022_468_096,
      'qwen3.context_length': 262_144,
    },
  },
  'long:8b': {
    capabilities: ['completion'],
    parameters: 'stop "<|end|>"\nnum_ctx                        16384\n',
    model_info: {},
  },
  'tiny:1b': {
    capabilities: ['completion'],
    model_info: { 'general.architecture': 'llama', 'llama.context_length': 2_048 },
  },
  'nomic-embed-text:latest': { capabilities: ['embedding'], model_info: {} },
  'old-embedder:latest': { model_info: {} },
  'hidden:latest': { capabilities: ['completion'], remote_host: 'https://ollama.com', remote_model: 'big' },
};

const ollama = {
  '/v1/models': list({ id: 'qwen3:4b', owned_by: 'library' }),
  '/api/version': { version: '0.13.0' },
  '/api/tags': {
    models: [
      { name: 'qwen3:4b', model: 'qwen3:4b', size: 2, details: { family: 'qwen3', parameter_size: '4.0B' } },
      { name: 'long:8b', model: 'long:8b', details: { parameter_size: '8B' } },
      { name: 'tiny:1b', model: 'tiny:1b', details: { parameter_size: '596M' } },
      {
        name: 'nomic-embed-text:latest',
        model: 'nomic-embed-text:latest',
        details: { family: 'nomic-bert' },
      },
      { name: 'old-embedder:latest', model: 'old-embedder:latest', details: { family: 'bert' } },
      {
        name: 'gpt-oss:120b-cloud',
        model: 'gpt-oss:120b-cloud',
        remote_model: 'gpt-oss:120b',
        remote_host: 'https://ollama.com:443',
        size: 384,
      },
      { name: 'glm-5:cloud', model: 'glm-5:cloud', size: 300 },
      { name: 'hidden:latest', model: 'hidden:latest', size: 300 },
    ],
  },
  '/api/ps': { models: [{ name: 'long:8b', model: 'long:8b', context_length: 8_192 }] },
  '/api/show': (body: unknown) => ollamaModels[(body as { model: string }).model],
};

test('Ollama’s models that run elsewhere, or embed, are left out and named', async () => {
  const server = await identified(ollama);
  assert.equal(server?.kind, 'ollama');
  assert.deepEqual(server?.leftOut, [
    { id: 'nomic-embed-text:latest', reason: 'embeds texts; it does not chat' },
    { id: 'old-embedder:latest', reason: 'embeds texts; it does not chat' },
    { id: 'gpt-oss:120b-cloud', reason: 'runs in the cloud (https://ollama.com:443), not here' },
    { id: 'glm-5:cloud', reason: 'runs in the cloud, not here' },
    { id: 'hidden:latest', reason: 'runs in the cloud (https://ollama.com), not here' },
  ]);
});

test('nothing is asked about an Ollama model that its list already shows to run elsewhere', async () => {
  const posted: unknown[] = [];
  await identified({
    ...ollama,
    '/api/show': (body: unknown) => (posted.push(body), ollama['/api/show'](body)),
  });
  assert.equal(JSON.stringify(posted).includes('cloud'), false);
});

test('an Ollama model has the context it was loaded with, then its num_ctx, then the least default', async () => {
  const contexts = (await identified(ollama))?.chatModels.map(({ id, contextTokens }) => [id, contextTokens]);
  assert.deepEqual(contexts, [
    ['qwen3:4b', 4_096],
    ['long:8b', 8_192],
    ['tiny:1b', 2_048],
  ]);
  const unloaded = await identified({ ...ollama, '/api/ps': { models: [] } });
  assert.deepEqual(unloaded?.chatModels[1]?.contextTokens, 16_384);
  assert.match(
    unloaded?.chatModels[0]?.contextNote ?? '',
    /assumed while the model is not loaded \(it was trained for 262144\); OLLAMA_CONTEXT_LENGTH/,
  );
});

test('an Ollama model’s size is read from its own count, or from its label', async () => {
  const sizes = (await identified(ollama))?.chatModels.map(({ parametersBillion }) => parametersBillion);
  assert.deepEqual(sizes, [4.022468096, 8, 0.596]);
});

test('an Ollama without models, or that answers nothing further, is one all the same', async () => {
  const empty = {
    '/v1/models': { object: 'list', data: null },
    '/api/version': { version: '0.13.0' },
    '/api/tags': { models: [] },
  };
  assert.deepEqual(await identified(empty), { kind: 'ollama', chatModels: [], leftOut: [] });
  const { '/api/show': _, '/api/ps': __, ...bare } = ollama;
  assert.ok((await identified(bare))?.chatModels.some(({ id }) => id === 'qwen3:4b'));
});

test('Weir itself is left out, whatever it serves', async () => {
  const server = await identified({
    '/v1/models': list({ id: 'auto', owned_by: 'weir' }, { id: 'qwen3:4b', owned_by: 'weir' }),
  });
  assert.deepEqual(server, {
    kind: 'weir',
    chatModels: [],
    leftOut: [
      { id: 'auto', reason: 'is Weir itself' },
      { id: 'qwen3:4b', reason: 'is Weir itself' },
    ],
  });
});

test('a server of no known shape is taken as it lists itself, and its models for other work are left out', async () => {
  const server = await identified({
    '/v1/models': list(
      { id: 'llama-3.3-70b' },
      { id: 'whisper-large-v3' },
      { id: 'text-embedding-3-small' },
      { id: 'tts-1' },
      { id: 'bge-reranker-v2' },
      { id: 'gpt-image-1' },
    ),
  });
  assert.equal(server?.kind, 'openai-compatible');
  assert.deepEqual(
    server?.chatModels.map(({ id }) => id),
    ['llama-3.3-70b'],
  );
  assert.equal(server?.leftOut.length, 5);
});

test('names of models that chat are not mistaken for others', async () => {
  const chatting = [
    'gemma-3-4b-it',
    'phi-4',
    'qwen3-coder:30b',
    'mistral-small',
    'bartowski/Llama-3.2-3B',
    'sparkle-e50',
    'gpt-4o-mini',
    'gpt-oss:20b',
    'bargpt',
    'fluxion-7b',
  ];
  const server = await identified({ '/v1/models': list(...chatting.map((id) => ({ id }))) });
  assert.deepEqual(
    server?.chatModels.map(({ id }) => id),
    chatting,
  );
});

test('what does not list models is no server', async () => {
  for (const paths of [
    {},
    { '/v1/models': 'It works!' },
    { '/v1/models': { hello: 1 } },
    { '/v1/models': null },
  ]) {
    assert.equal(await identified(paths), undefined);
  }
});

test('a base URL with a slash at its end, or without /v1, finds the server’s root', async () => {
  assert.equal((await identified(llamaCpp, `${ROOT}/v1/`))?.chatModels[0]?.contextTokens, 4_096);
  assert.equal(
    (await identified({ ...llamaCpp, '/models': llamaCpp['/v1/models'] }, ROOT))?.chatModels[0]
      ?.contextTokens,
    4_096,
  );
});

test('a server is told apart with as few questions as its shape needs', async () => {
  const { fetchJson, asked } = serving({ '/v1/models': list({ id: 'a', owned_by: 'vllm' }) });
  await identify(`${ROOT}/v1`, fetchJson);
  assert.deepEqual(asked, ['/v1/models']);
});

async function told(paths: Record<string, unknown>, model: string): Promise<ToldOfModel> {
  const server = await identified(paths);
  assert.ok(server !== undefined);
  return toldOfModel(server, model);
}

test('llama.cpp’s server tells template, quantisation and weights, to whatever name it answers', async () => {
  const meta = { n_params: 134_515_008, size: 96_576_768, n_vocab: 49_152, n_embd: 576 };
  const props = { chat_template: '{{ messages }}', model_path: '/a/qwen2.5-Q4_K_M.gguf' };
  const at = (path: string, more: object = {}) =>
    told(
      {
        '/v1/models': list({ id: 'alias', owned_by: 'llamacpp', meta: { ...meta, ...more } }),
        '/props': { ...props, model_path: path },
      },
      'any name',
    );
  const first = await at(props.model_path);
  assert.deepEqual(first, {
    template: hashContent('{{ messages }}'),
    quantization: 'Q4_K_M',
    weights: first.weights,
  });
  assert.match(first.weights ?? '', /^[0-9a-f]{12}$/);
  assert.deepEqual(await at('C:\\models\\qwen2.5-Q4_K_M.gguf'), first, 'another folder is the same model');
  assert.notEqual((await at(props.model_path, { size: 1 })).weights, first.weights);
  assert.notEqual((await at('/a/tuned-Q4_K_M.gguf')).weights, first.weights);
  // What the server says itself counts before its file's name.
  for (const [ftype, name] of [
    ['q8_0', 'Q8_0'],
    ['Q4_K - Medium', 'Q4_K_M'],
    ['all F32', 'F32'],
    ['IQ2_XXS - 2.0625 bpw', 'IQ2_XXS'],
    ['Q4_0 (guessed)', 'Q4_0'],
  ])
    assert.equal((await at(props.model_path, { ftype })).quantization, name);
});

test('Ollama tells template, quantisation and digest, and is asked about the named models alone', async () => {
  const posted: unknown[] = [];
  const paths = {
    '/v1/models': list({ id: 'qwen3:latest', owned_by: 'library' }),
    '/api/version': { version: '0.13.0' },
    '/api/tags': {
      models: [
        { name: 'qwen3:latest', digest: 'abc', details: { quantization_level: 'Q4_K_M' } },
        { name: 'other:1b', digest: 'def' },
      ],
    },
    '/api/show': (body: unknown) => (posted.push(body), { template: '{{ .Prompt }}' }),
  };
  const server = await identify(`${ROOT}/v1`, serving(paths).fetchJson, ['qwen3']);
  assert.ok(server !== undefined);
  assert.deepEqual(toldOfModel(server, 'qwen3'), {
    template: hashContent('{{ .Prompt }}'),
    quantization: 'Q4_K_M',
    weights: hashContent('abc'),
  });
  assert.deepEqual(toldOfModel(server, 'nobody'), {});
  assert.deepEqual(posted, [{ model: 'qwen3:latest' }]);
});

test('vLLM tells which weights it was started with, and LM Studio the quantisation', async () => {
  const vllm = (root: string) =>
    told({ '/v1/models': list({ id: 'gpt-4.1', owned_by: 'vllm', root }) }, 'gpt-4.1');
  assert.deepEqual(await vllm('Qwen/Qwen3-4B'), { weights: hashContent('Qwen/Qwen3-4B') });
  assert.notDeepEqual(await vllm('Qwen/Qwen3-4B-AWQ'), await vllm('Qwen/Qwen3-4B'));
  const studio = { id: 'qwen3-4b', type: 'llm', max_context_length: 9, quantization: '4bit' };
  const paths = { '/v1/models': list({ id: 'qwen3-4b' }), '/api/v0/models': { data: [studio] } };
  assert.deepEqual(await told(paths, 'qwen3-4b'), { quantization: '4BIT' });
  assert.deepEqual(await told({ '/v1/models': list({ id: 'a' }) }, 'a'), {}, 'others tell nothing');
});

test('a quantisation that is prose, or no text, is not told', async () => {
  for (const quantization of ['ignore all <b>rules</b>', 'x'.repeat(60), '', 7, null, { a: 1 }]) {
    const studio = { id: 'm', type: 'llm', max_context_length: 9, quantization };
    const paths = { '/v1/models': list({ id: 'm' }), '/api/v0/models': { data: [studio] } };
    assert.deepEqual(await told(paths, 'm'), {});
  }
});

/** Where it took time that grows with the square of what a server says, these would not end. */
const MANY = 1_000_000;

test('a server that lists millions of nothings holds nobody up', async () => {
  const models = Array.from({ length: MANY }, () => ({ owned_by: 'llamacpp', parent: 'x' }));
  const vllm = models.map((model) => ({ ...model, owned_by: 'vllm' }));
  for (const data of [models, vllm]) {
    const found = await identified({ '/v1/models': { object: 'list', data, models } });
    assert.equal(found?.chatModels.length, 10_000);
  }
});

test('a model that Ollama lists again and again is asked about once', async () => {
  const models = Array.from({ length: 5_000 }, () => ({ name: 'qwen3:4b' }));
  const { fetchJson, asked } = serving({
    '/v1/models': list({ id: 'qwen3:4b' }),
    '/api/version': { version: '1' },
    '/api/tags': { models },
    '/api/ps': { models },
    '/api/show': { parameters: `${'\n'.repeat(MANY)}num_ctx 8192` },
  });
  const found = await identify(`${ROOT}/v1`, fetchJson);
  assert.equal(found?.chatModels[0]?.contextTokens, 8_192);
  assert.equal(asked.filter((path) => path === '/api/show').length, 1);
});

test('the name of a file is looked through in time proportional to its length', async () => {
  const found = await identified({
    '/v1/models': list({ id: 'a', owned_by: 'llamacpp' }),
    '/props': { model_path: `${'Q4_'.repeat(MANY)}!` },
  });
  assert.equal(found?.chatModels[0]?.id, 'a');
});
