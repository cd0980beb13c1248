import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ConfigInput } from '../schema/schema.ts';
import { usable } from '../testing.ts';
import { renderConfig, writeConfig } from './write.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-write-'));
after(() => rmSync(folder, { recursive: true }));

const CONFIG: ConfigInput = {
  upstreams: {
    ollama: { baseUrl: 'http://127.0.0.1:11434/v1', location: 'on-premises', maxConcurrent: 4 },
    openai: { baseUrl: 'https://api.openai.com/v1', apiKey: '${KEY}', location: 'cloud' },
  },
  models: {
    'qwen3:4b': { upstream: 'ollama', model: 'qwen3:4b', contextTokens: 8192 },
    'gpt-4.1': { upstream: 'openai', model: 'gpt-4.1' },
  },
  routes: { auto: { serves: ['*'], tiers: ['qwen3:4b', 'gpt-4.1'], objective: { thresholds: [0.8] } } },
};

test('the file is one that the user can read and change', () => {
  assert.equal(
    renderConfig(CONFIG),
    `# Weir's configuration. docs/configuration.md explains every key. After a change, run: npm run -s weir -- check
# \${NAME} is replaced by the environment variable NAME.

# Model servers. \`location\` says whether data sent there stays on your premises.
upstreams:
  ollama:
    baseUrl: http://127.0.0.1:11434/v1
    location: on-premises
    maxConcurrent: 4
  openai:
    baseUrl: https://api.openai.com/v1
    apiKey: \${KEY}
    location: cloud

# Models, under names of your choice. \`price: { input: …, output: … }\` is in US dollars per million tokens. Without it,
# Weir uses the list price of the large cloud providers; a cost that is not known is not shown.
# \`maxOutputTokens\` keeps a small model that rambles from holding a request: the answer is cut, and the next tier is asked.
models:
  qwen3:4b: {upstream: ollama, model: qwen3:4b, contextTokens: 8192}
  gpt-4.1: {upstream: openai, model: gpt-4.1}

# Ladders of models, cheapest first. Clients ask for a route, a model, or a name that a route serves.
routes:
  auto:
    # Model names that clients send; \`*\` is any name.
    serves: ["*"]
    tiers: [qwen3:4b, gpt-4.1]
    # The lowest confidence to serve, one for each tier but the last. Not certified.
    objective: {thresholds: [0.8]}
`,
  );
});

test('what was written is read as it was meant', () => {
  const config = usable(renderConfig(CONFIG));
  assert.equal(config.models['qwen3:4b']?.contextTokens, 8_192);
  assert.deepEqual(config.routes.auto?.tiers, ['qwen3:4b', 'gpt-4.1']);
  assert.equal(config.upstreams.openai?.apiKey?.reveal(), 'sk-very-secret');
});

test('a file that is there stays as it is, unless force is said', () => {
  const path = join(folder, 'weir.yaml');
  writeFileSync(path, 'mine');
  assert.equal(writeConfig(path, 'new', { force: false }), false);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
  assert.equal(writeConfig(path, 'new', { force: true }), true);
  assert.equal(readFileSync(path, 'utf8'), 'new');
});

test('nothing is left beside the file', () => {
  const path = join(folder, 'other.yaml');
  writeConfig(path, 'a', { force: true });
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('other')),
    ['other.yaml'],
  );
});

test('a folder that is not there is an error', () => {
  assert.throws(() => writeConfig(join(folder, 'none', 'weir.yaml'), 'a', { force: false }), /ENOENT/);
});
