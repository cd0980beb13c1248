import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEARNED_ROUTE } from '../../../test/made-audits.ts';
import type { Policy } from '../../routing/policy.ts';
import { priceableTiers, termsChanges, tierChanges } from './route-changes.ts';

const tiers = [
  { name: 'small', model: 's', price: { input: 100, output: 400 } },
  { name: 'large', model: 'l' },
];

test('tiers that are the same have not changed', () => {
  assert.deepEqual(tierChanges(tiers, structuredClone(tiers)), []);
});

test('another model, another price and other tiers are reported, each with what it was', () => {
  const [small, large] = tiers;
  assert.ok(small !== undefined && large !== undefined);
  const now = [
    { ...small, price: { input: 100, output: 200 } },
    { ...large, model: 'xl' },
  ];
  assert.deepEqual(tierChanges(tiers, now), [
    { what: 'model', message: "The model of large changed from 'l' to 'xl'." },
    {
      what: 'price',
      message:
        'The price of small changed from 0.1 USD per million input tokens and 0.4 USD per million output tokens to 0.1 USD per million input tokens and 0.2 USD per million output tokens.',
    },
  ]);
  assert.deepEqual(tierChanges(tiers, [small]), [
    { what: 'model', message: 'The tiers changed from small → large to small.' },
  ]);
});

test('another promise and another source of verdicts are reported', () => {
  const asked = { objective: { maxQualityLoss: 0.02, certainty: 0.9 }, scorer: 'the judge kim' };
  assert.deepEqual(termsChanges(asked, structuredClone(asked)), []);
  assert.deepEqual(termsChanges(undefined, asked), [], 'it was not noted yet');
  assert.deepEqual(
    termsChanges(asked, { objective: { maxQualityLoss: 0.05, certainty: 0.95 }, scorer: 'the judge lee' }),
    [
      {
        what: 'promise',
        message:
          'The promise changed from a loss of at most 0.02 with certainty 0.9 to at most 0.05 with certainty 0.95.',
        levelRatio: (1 - 0.95) / (1 - 0.9),
      },
      { what: 'model', message: "The source of verdicts changed from 'the judge kim' to 'the judge lee'." },
    ],
  );
});

test('other parameters of a tier are a change of its model, and their values are not shown', () => {
  const policy = (seed: number): Policy => ({
    ...LEARNED_ROUTE.policy,
    tiers: LEARNED_ROUTE.policy.tiers.map((tier, index) =>
      index === 0 ? { ...tier, asking: { params: { seed, user: 'ada' }, dropParams: [] } } : tier,
    ),
  });
  assert.deepEqual(tierChanges(priceableTiers(policy(1)), priceableTiers(policy(1))), []);
  for (const before of [policy(2), LEARNED_ROUTE.policy])
    assert.deepEqual(tierChanges(priceableTiers(before), priceableTiers(policy(1))), [
      { what: 'model', message: 'The request parameters of small changed.' },
    ]);
  assert.doesNotMatch(JSON.stringify(priceableTiers(policy(1))), /ada/);
});

test('a judge of the same name is another judge where its model, parameters, address or prompt changed', () => {
  const objective = { maxQualityLoss: 0.02, certainty: 0.9 };
  const asked = (judge?: { model: string; asked?: string; server?: string; prompt: string }) => ({
    objective,
    scorer: 'the judge kim',
    ...(judge === undefined ? {} : { judge }),
  });
  const before = { model: 'k', asked: 'a', server: 's', prompt: 'p' };
  const changes = (now: typeof before) =>
    termsChanges(asked(before), asked(now)).map(({ what, message }) => `${what}: ${message}`);
  assert.deepEqual(changes({ ...before }), []);
  assert.deepEqual(changes({ ...before, model: 'l' }), [
    "model: The model of the judge changed from 'k' to 'l'.",
  ]);
  assert.deepEqual(changes({ ...before, asked: 'b' }), [
    'model: The request parameters of the judge changed.',
  ]);
  assert.deepEqual(changes({ ...before, prompt: 'q' }), ["model: The judge's prompt changed."]);
  assert.deepEqual(changes({ ...before, server: 't' }), [
    'model: The address of the judge, or its stated identity, changed.',
  ]);
  const { server: _, ...unknown } = before;
  assert.deepEqual(termsChanges(asked(unknown), asked(before)), [], 'its former address is not known');
  assert.deepEqual(termsChanges(asked(), asked(before)), [], 'it was not noted yet');
});

test('a tier at another address counts as another model, whatever its name', () => {
  const asked = (servers?: Record<string, string>) => ({
    objective: { maxQualityLoss: 0.02, certainty: 0.9 },
    scorer: 'the judge kim',
    ...(servers === undefined ? {} : { servers }),
  });
  const before = { small: 'a', large: 'b' };
  assert.deepEqual(termsChanges(asked(before), asked({ ...before })), []);
  assert.deepEqual(termsChanges(asked(before), asked({ small: 'c', large: 'b' })), [
    { what: 'model', message: 'The address of small, or its stated identity, changed.' },
  ]);
  assert.deepEqual(termsChanges(asked(), asked(before)), [], 'it was not noted yet');
  // Added tiers are reported by tierChanges.
  assert.deepEqual(termsChanges(asked(before), asked({ small: 'a', medium: 'c', large: 'b' })), []);
});

test('another model behind the same name is a change: other weights, quantisation, template or checks', () => {
  const of = (source: Policy['tiers'][number]['source']) => [
    { name: 'small', model: 's', source: source ?? {} },
  ];
  const known = { identity: 'here', weights: 'w', quantization: 'Q4_K_M', template: 't', checks: 'c' };
  assert.deepEqual(tierChanges(of(known), of(known)), []);
  assert.deepEqual(tierChanges(of(known), of({ ...known, quantization: 'Q8_0' })), [
    {
      what: 'model',
      message: 'Whose answers small gives changed: the quantisation (Q4_K_M there, Q8_0 here).',
    },
  ]);
  for (const part of ['weights', 'template', 'checks'] as const) {
    const [change] = tierChanges(of(known), of({ ...known, [part]: 'other' }));
    assert.match(change?.message ?? '', new RegExp(`^Whose answers small gives changed: the .*${part}`));
  }
  // What was not known before has not changed, and of the identity the terms tell.
  assert.deepEqual(tierChanges(of({ identity: 'here' }), of(known)), []);
  assert.deepEqual(tierChanges(of(known), of({ ...known, identity: 'there' })), []);
});
