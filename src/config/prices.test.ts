import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogued, priceOf } from './prices.ts';
import { BASE, usable } from './testing.ts';

const NOW = new Date('2026-11-01T00:00:00Z');

test('a provider is known by its address, a model of it by its name', () => {
  assert.deepEqual(catalogued('https://api.openai.com/v1', 'gpt-4.1', NOW).price, {
    input: 2_000,
    output: 8_000,
  });
  assert.deepEqual(catalogued('https://openrouter.ai/api/v1', 'openai/gpt-4.1', NOW).price, {
    input: 2_000,
    output: 8_000,
  });
});

test('where long prompts cost more, the price is that of the others', () => {
  assert.deepEqual(catalogued('https://api.anthropic.com/v1', 'claude-sonnet-4-5', NOW).price, {
    input: 3_000,
    output: 15_000,
  });
});

test('nothing is known of an unknown server, whatever it calls its model, or of an unknown model', () => {
  for (const address of ['http://127.0.0.1:11434/v1', 'https://proxy.example/v1'])
    assert.deepEqual(catalogued(address, 'gpt-4.1', NOW), {});
  assert.deepEqual(catalogued('https://api.openai.com/v1', 'no-such-model', NOW), {});
});

test('a model on-premises has no price unless it is configured, and then exactly that', () => {
  const price = (text: string) => {
    const { models, upstreams } = usable(text);
    assert.ok(models.small && upstreams.local);
    return priceOf(models.small, upstreams.local, NOW);
  };
  assert.equal(price(BASE), undefined);
  const configured = (values: string): string =>
    BASE.replace('model: qwen3:4b', `model: qwen3:4b, price: { ${values} }`);
  assert.deepEqual(price(configured('input: 0.06, output: 0.0375')), { input: 60, output: 37.5 });
  assert.deepEqual(price(configured('input: 0, output: 0')), { input: 0, output: 0 });
});
