import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRoute } from './describe-route.ts';
import { handMade } from '../../routing/testing.ts';
import { createResolver } from '../resolve.ts';
import { BASE, usable } from '../testing.ts';

/** What is said of the route `auto` with these lines. */
function said(route: string, base = BASE): string[] {
  const config = usable(`${base}routes:\n  auto: { ${route} }\n`);
  const policy = createResolver(config, { now: new Date('2026-11-01T00:00:00Z') }).routes.get('auto');
  assert.ok(policy && config.routes.auto);
  return describeRoute(policy, config.routes.auto);
}

test('a route of thresholds is told from its names to what is not known', () => {
  assert.deepEqual(
    said(
      'serves: [gpt-4o], tiers: [small, large], objective: { thresholds: [0.8] }, data: { restricted: on-premises }',
    ),
    [
      "Clients reach it under the name 'auto' and under gpt-4o.",
      'It asks small (qwen3:4b at local, on-premises), then large (gpt-4.1 at cloud, cloud).',
      "An answer is served by its confidence: small's from 0.8; large's always. One whose confidence is unknown goes on to the next tier.",
      'These thresholds were set by hand: not certified.',
      'A stream is held back until its answer is decided on; its headers wait at most 2s, and a comment keeps it alive every 5s.',
      'Where no tier gives an acceptable answer, the best one is served, and marked.',
      "Data of class 'restricted' may go to small.",
      'No price is known for small: what it costs is left out, and so is what is saved. models.NAME.price sets it.',
      'How long a prompt may be is not known for small; `weir doctor` asks, or models.NAME.contextTokens sets it.',
    ],
  );
});

test('a promise without a certificate says that nothing is saved', () => {
  assert.ok(
    said('tiers: [small, large], objective: { maxQualityLoss: 0.02 }').includes(
      'No version is certified to lose at most 2 % of quality with a certainty of 90 %: until one is, large answers everything, and nothing is saved.',
    ),
  );
});

test('percentages are free of the noise of binary fractions', () => {
  assert.match(
    said('tiers: [small, large], objective: { maxQualityLoss: 0.07, certainty: 0.57 }').join(' '),
    /at most 7 % of quality with a certainty of 57 %/,
  );
});

test('a heuristic is named with its version, and promises nothing', () => {
  const text = said('tiers: [small, large], objective: { heuristic: v2 }').join('\n');
  assert.match(text, /the rule v2 of adaptive-llm-routing/);
  assert.match(text, /not certified/);
});

test('an unknown confidence that is accepted is said', () => {
  assert.match(
    said('tiers: [small, large], objective: { thresholds: [0.8], withoutConfidence: accept }').join('\n'),
    /is unknown is served/,
  );
});

test('a route of one tier has nothing to decide', () => {
  const text = said('tiers: [large], onAbstain: error').join('\n');
  assert.match(text, /large answers everything: there is no other tier\./);
  assert.match(text, /gets a 422/);
  assert.doesNotMatch(text, /No price|not known/);
});

test('a stream is held back where its answer may still be replaced, or become a 422', () => {
  assert.match(said('tiers: [large], onAbstain: error').join('\n'), /A stream is held back/);
  assert.doesNotMatch(said('tiers: [large]').join('\n'), /held back/);
});

test('data that may go nowhere is said', () => {
  assert.match(
    said('tiers: [large], data: { restricted: on-premises }').join('\n'),
    /'restricted' may go to no tier: such requests are refused/,
  );
});

const ASKED = BASE.replace('qwen3:4b }', 'qwen3:4b, paidSignals: [pTrue] }');
const PAID =
  'Where it is worth its cost, small is asked about its own answer (pTrue), by a version that was fitted with that.';

test('paid signals are told of a route that may buy them', () => {
  const promise = 'tiers: [small, large], objective: { maxQualityLoss: 0.02 }';
  assert.ok(said(promise, ASKED).includes(PAID));
  assert.ok(said(promise).every((sentence) => !sentence.includes('about its own answer')));
  assert.ok(!said('tiers: [small, large], objective: { thresholds: [0.8] }', ASKED).includes(PAID));
});

test('a version that was fitted with paid signals which nobody may ask for is told', () => {
  const { rule } = handMade({ tiers: { small: 1, large: 2 }, paid: { small: 1 }, signal: 'p' });
  const told = (base: string): string[] => {
    const config = usable(
      `${base}routes:\n  auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02 } }\n`,
    );
    const policy = createResolver(config, { now: new Date() }).routes.get('auto');
    assert.ok(policy && config.routes.auto);
    return describeRoute({ ...policy, rule }, config.routes.auto);
  };
  assert.ok(told(BASE).some((sentence) => /models\.small\.paidSignals names none/.test(sentence)));
  assert.ok(told(ASKED).includes(PAID));
  assert.ok(told(ASKED).every((sentence) => !sentence.includes('names none')));
});
