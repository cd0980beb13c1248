import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogued, priceOf } from './prices.ts';
import { BASE, usable } from './testing.ts';

const NOW = new Date('2026-11-01T00:00:00Z');

test('a provider is known by its address, a model of it by its name', () => {
  const price = { input: 2_000, cachedInput: 500, output: 8_000 };
  assert.deepEqual(catalogued('https://api.openai.com/v1', 'gpt-4.1', NOW).price, price);
  assert.deepEqual(catalogued('https://openrouter.ai/api/v1', 'openai/gpt-4.1', NOW).price, price);
});

test('where long prompts cost more, their prices are beside those of the others', () => {
  assert.deepEqual(catalogued('https://api.anthropic.com/v1', 'claude-sonnet-4-5', NOW).price, {
    input: 3_000,
    output: 15_000,
    cachedInput: 300,
    cacheWrite: 3_750,
    cacheWrite1h: 6_000,
    longPrompts: [
      {
        above: 200_000,
        input: 6_000,
        output: 22_500,
        cachedInput: 600,
        cacheWrite: 7_500,
        cacheWrite1h: 12_000,
      },
    ],
  });
});

test('sounds have a price where the catalogue knows one', () => {
  const gemini = 'https://generativelanguage.googleapis.com/v1beta/openai';
  const { price } = catalogued(gemini, 'gemini-2.5-flash', NOW);
  assert.deepEqual([price?.audioInput, price?.imageInput], [1_000, undefined]);
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
  const long = 'longPrompts: [{ above: 9, input: 2, output: 3 }, { above: 5, input: 1, output: 2 }]';
  assert.deepEqual(price(configured(`input: 1, cachedInput: 0.1, output: 2, ${long}`)), {
    input: 1_000,
    cachedInput: 100,
    output: 2_000,
    longPrompts: [
      { above: 5, input: 1_000, output: 2_000 },
      { above: 9, input: 2_000, output: 3_000 },
    ],
  });
});
