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
      "Clients ask for it as 'auto' or as gpt-4o.",
      'It asks small (qwen3:4b at local, on-premises), then large (gpt-4.1 at cloud, cloud).',
      "An answer is served if its confidence is high enough: at least 0.8 for small. large's answers are always served. If the confidence is not known, the next tier is asked.",
      'These thresholds were set by hand and are not certified.',
      'A stream is held back until its answer is decided on. Its headers wait at most 2s, and a comment every 5s keeps it alive.',
      'If no tier gives an acceptable answer, the best one is served and marked.',
      'If a tier fails, the next one is asked, whatever that costs. If large fails, the best earlier answer is served and marked.',
      "Data of class 'restricted' may go to small.",
      "The price of small is not known: costs and savings are left out. Write models.small.price: { input: …, output: … }, in US dollars per million tokens; where nothing is billed, what the machine costs, or prices in proportion to the models' parameters or speed.",
      'The context size of small is not known. Run `npm run -s weir -- doctor` to find out, or set models.NAME.contextTokens.',
    ],
  );
});

test('a promise without a certificate says that nothing is saved', () => {
  assert.ok(
    said('tiers: [small, large], objective: { maxQualityLoss: 0.02 }').includes(
      'No version is certified to lose at most 2 % of quality with 90 % certainty. Until one is, large answers everything and nothing is saved.',
    ),
  );
});

test('percentages are free of the noise of binary fractions', () => {
  assert.match(
    said('tiers: [small, large], objective: { maxQualityLoss: 0.07, certainty: 0.57 }').join(' '),
    /at most 7 % of quality with 57 % certainty/,
  );
});

test('a heuristic is named with its version, and promises nothing', () => {
  const text = said('tiers: [small, large], objective: { heuristic: v2 }').join('\n');
  assert.match(text, /Rule v2 of adaptive-llm-routing/);
  assert.match(text, /not certified/);
});

test('an unknown confidence that is accepted is said', () => {
  assert.match(
    said('tiers: [small, large], objective: { thresholds: [0.8], withoutConfidence: accept }').join('\n'),
    /is not known, the answer is served/,
  );
});

test('a route of one tier has nothing to decide', () => {
  const text = said('tiers: [large], onAbstain: error').join('\n');
  assert.match(text, /large answers everything, because there is no other tier\./);
  assert.match(text, /gets status 422/);
  assert.doesNotMatch(text, /price|not known/);
});

test('a stream is held back where its answer may still be replaced, or become a 422', () => {
  assert.match(said('tiers: [large], onAbstain: error').join('\n'), /A stream is held back/);
  assert.doesNotMatch(said('tiers: [large]').join('\n'), /held back/);
});

test('data that may go nowhere is said', () => {
  assert.match(
    said('tiers: [large], data: { restricted: on-premises }').join('\n'),
    /'restricted' may go to no tier, so such requests are refused/,
  );
});

const ASKED = BASE.replace('qwen3:4b }', 'qwen3:4b, paidSignals: [pTrue] }');
const PAID =
  'small is asked about its own answer (pTrue) if that is worth its cost and the version was fitted with it.';

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
