import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOUD_PROVIDERS } from '../init/cloud.ts';
import { PRESETS } from '../presets.ts';
import { problemsOf, usable } from '../testing.ts';

const file = (upstream: string, model = ''): string =>
  `upstreams:\n  far: { ${upstream} }\nmodels:\n  large: { upstream: far, model: m${model} }\n`;

test('a preset alone is an upstream: address, location and key, and what its models can', () => {
  for (const { name, variable, baseUrl, dialect, models } of PRESETS) {
    const address = baseUrl === undefined ? ', baseUrl: https://mine.example' : '';
    const config = usable(file(`preset: ${name}${address}`), { [variable]: 'its-key' });
    const { far } = config.upstreams;
    assert.equal(far?.baseUrl, baseUrl ?? 'https://mine.example');
    assert.deepEqual([far?.location, far?.apiKey?.reveal()], ['cloud', 'its-key']);
    if (dialect !== undefined) assert.equal(far?.dialect, dialect);
    const { logprobs, maxTokensField, dropParams } = config.models['large'] ?? {};
    assert.deepEqual(
      { logprobs, maxTokensField, dropParams },
      {
        logprobs: models?.logprobs,
        maxTokensField: models?.maxTokensField,
        dropParams: models?.dropParams ?? [],
      },
    );
  }
});

test('what the file says itself counts', () => {
  const config = usable(
    file(
      'preset: groq, location: on-premises, headers: { x-key: "${KEY}" }',
      ', logprobs: stream, maxTokensField: max_tokens, params: { logit_bias: {} }',
    ),
  );
  const { far } = config.upstreams;
  assert.deepEqual([far?.location, far?.apiKey], ['on-premises', undefined]);
  const { logprobs, maxTokensField, dropParams } = config.models['large'] ?? {};
  assert.deepEqual([logprobs, maxTokensField, dropParams], ['stream', 'max_tokens', []]);
});

test('at another address nothing is known of the models', () => {
  const config = usable(file('preset: groq, baseUrl: http://127.0.0.1:9/v1'), { GROQ_API_KEY: 'k' });
  assert.equal(config.models['large']?.logprobs, undefined);
});

test('a preset without a key says which variable would hold it', () => {
  assert.deepEqual(problemsOf(file('preset: mistral')), [
    'weir.yaml:2:3 upstreams.far: Mistral needs a key: set MISTRAL_API_KEY in the environment, or write `apiKey`',
  ]);
  assert.match(problemsOf(file('preset: azure, apiKey: "${KEY}"'))[0] ?? '', /baseUrl.*missing/);
  assert.match(problemsOf(file('preset: mistrl'))[0] ?? '', /upstreams\.far\.preset: .*'mistral'/);
});

test('init offers only presets, each with an address and a model', () => {
  assert.ok(CLOUD_PROVIDERS.length >= 4);
  for (const provider of CLOUD_PROVIDERS) assert.ok(PRESETS.includes(provider));
});

test('a proxy is a URL or none, and is never shown', () => {
  const proxied = (proxy: string): string =>
    file(`baseUrl: https://a.example/v1, location: cloud, proxy: "${proxy}"`);
  assert.equal(usable(proxied('none')).upstreams['far']?.proxy?.reveal(), 'none');
  const config = usable(proxied('${KEY}'), { KEY: 'http://weir:hush@proxy.example:3128' });
  assert.doesNotMatch(JSON.stringify(config), /hush/);
  const [problem = ''] = problemsOf(proxied('socks://weir:hush@p'), {});
  assert.match(problem, /upstreams\.far\.proxy: it must be the URL of a proxy/);
  assert.doesNotMatch(problem, /hush/);
});

test('certificates are read from their file, which must be there and hold some', () => {
  const trusting = (ca: string): string => file(`baseUrl: https://a.example/v1, location: cloud, ca: ${ca}`);
  assert.match(
    problemsOf(trusting('nowhere.pem'))[0] ?? '',
    /upstreams\.far\.ca: .*nowhere\.pem does not exist/,
  );
  assert.match(problemsOf(trusting(import.meta.filename))[0] ?? '', /there is no certificate in PEM in it/);
});
