import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOUD_PROVIDERS } from '../init/cloud.ts';
import { memberOf } from '../../defined.ts';
import { isInstalled } from '../../upstream/ai-sdk/sdk-package.ts';
import { DIALECTS } from '../../upstream/dialects.ts';
import { PRESETS } from '../presets.ts';
import { problemsOf, usable } from '../testing.ts';
import { fillPresets } from './fill-presets.ts';

const file = (upstream: string, model = ''): string =>
  `upstreams:\n  far: { ${upstream} }\nmodels:\n  large: { upstream: far, model: m${model} }\n`;

test('a preset alone is an upstream: address, location and key, and what its models can', () => {
  for (const { name, variable, baseUrl, dialect, models } of PRESETS) {
    // They need a package besides: below.
    if (dialect?.startsWith('ai-sdk/') === true || variable === undefined) continue;
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

/** What is missing still where the packages are not installed is their names. */
const FAR_REGION = {
  AWS_REGION: 'eu-central-1',
  GOOGLE_VERTEX_LOCATION: 'global',
  GOOGLE_VERTEX_PROJECT: 'mine',
};

test('an address that is made of a region or a project takes them from the environment', () => {
  const filled = (preset: string, environment: Record<string, string>): unknown => {
    const tree = { upstreams: { far: { preset } } };
    assert.deepEqual(fillPresets(tree, environment), []);
    return tree.upstreams.far;
  };
  assert.deepEqual(filled('bedrock', FAR_REGION), {
    preset: 'bedrock',
    location: 'cloud',
    baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    dialect: 'ai-sdk/bedrock',
  });
  const vertex = (location: string): unknown =>
    memberOf(filled('vertex', { ...FAR_REGION, GOOGLE_VERTEX_LOCATION: location }), 'baseUrl');
  const rest = (location: string): string => `/v1beta1/projects/mine/locations/${location}/publishers/google`;
  assert.equal(
    vertex('europe-west3'),
    `https://europe-west3-aiplatform.googleapis.com${rest('europe-west3')}`,
  );
  assert.equal(vertex('global'), `https://aiplatform.googleapis.com${rest('global')}`);
  assert.equal(vertex('eu'), `https://aiplatform.eu.rep.googleapis.com${rest('eu')}`);
});

test('a region that is not set is asked for by the name of its variable', () => {
  assert.deepEqual(problemsOf(file('preset: bedrock')), [
    'weir.yaml:2:3 upstreams.far: Amazon Bedrock has an address for each region or project: set AWS_REGION in the environment, or write `baseUrl`',
  ]);
  assert.match(
    problemsOf(file('preset: vertex'))[0] ?? '',
    /set GOOGLE_VERTEX_LOCATION and GOOGLE_VERTEX_PROJECT in the environment/,
  );
});

test('a package that is not installed is asked for by its name, and after it the credentials', (t) => {
  const missing = (
    dialect: string,
    hasKey: boolean,
    environment = {},
    baseUrl = 'https://a.example',
  ): string =>
    DIALECTS.find(({ name }) => name === dialect)?.missing?.({ baseUrl, hasKey }, environment) ?? '';
  for (const [dialect, name] of [
    ['ai-sdk/bedrock', '@ai-sdk/amazon-bedrock'],
    ['ai-sdk/vertex', '@ai-sdk/google-vertex'],
    ['ai-sdk/google', '@ai-sdk/google'],
  ] as const) {
    if (isInstalled(name)) continue;
    t.diagnostic(`${name} is not installed`);
    assert.match(missing(dialect, true), new RegExp(`npm install ${name} \\(it needs Node 22 or later\\)`));
    assert.match(
      problemsOf(
        file(`dialect: ${dialect}, baseUrl: https://a.example, location: cloud, apiKey: "\${KEY}"`),
      )[0] ?? '',
      new RegExp(`^weir.yaml:2:3 upstreams.far: .* is reached through the package ${name}`),
    );
  }
  if (!isInstalled('@ai-sdk/amazon-bedrock')) return;
  assert.equal(missing('ai-sdk/bedrock', true), '');
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  assert.equal(missing('ai-sdk/bedrock', false, { AWS_BEARER_TOKEN_BEDROCK: 'a' }), '');
  assert.match(missing('ai-sdk/bedrock', false, keys), /set AWS_REGION, because requests are signed/);
  assert.equal(missing('ai-sdk/bedrock', false, { ...keys, AWS_REGION: 'eu-west-1' }), '');
  const ofRegion = 'https://bedrock-runtime.eu-west-1.amazonaws.com';
  assert.equal(missing('ai-sdk/bedrock', false, keys, ofRegion), '');
  if (!isInstalled('@aws-sdk/credential-providers'))
    assert.match(missing('ai-sdk/bedrock', false), /set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and/);
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
