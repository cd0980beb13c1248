import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configuredShare } from './configured-share.ts';
import { describeMode } from './describe/describe-mode.ts';
import { createResolver } from './resolve.ts';
import { shareOfText } from './schema/share.ts';
import { BASE, problemsOf, usable, warningsAbout } from './testing.ts';

const route = (keys: string): string =>
  `${BASE}routes:\n  auto: { tiers: [small, large], objective: { thresholds: [0.8] }${keys === '' ? '' : `, ${keys}`} }\n`;
const shareOf = (keys: string): number => {
  const { auto } = usable(route(keys)).routes;
  assert.ok(auto);
  return configuredShare(auto);
};

test('a share is a percentage or a number from 0 to 1', () => {
  assert.deepEqual(
    ['5%', '5 %', '12.5%', '0.05', '.05', '0', '1', '100%', '0%'].map(shareOfText),
    [0.05, 0.05, 0.125, 0.05, 0.05, 0, 1, 1, 0],
  );
  for (const text of ['5', '101%', '-1%', '%', 'a', '', '1e-1', '5%%'])
    assert.equal(shareOfText(text), undefined, text);
});

test('observing is a share of nothing, serving of everything, and a rollout of what it says', () => {
  assert.deepEqual(
    ['', 'mode: serve', 'mode: observe', 'rollout: 5%', 'rollout: 0.25', 'rollout: 1'].map(shareOf),
    [1, 1, 0, 0.05, 0.25, 1],
  );
});

test('what is no share, and what contradicts itself, is refused at its place', () => {
  assert.match(problemsOf(route('rollout: 5')).join(), /rollout: .*it must be a share such as '5%' or 0\.05/);
  assert.match(
    problemsOf(route('mode: observe, rollout: 5%')).join(),
    /routes\.auto\.rollout: `mode: observe` is the same as `rollout: 0%`; keep one of them/,
  );
  assert.match(problemsOf(route('mode: watch')).join(), /mode/);
});

test('a route that observes without anything that observes is warned of', () => {
  assert.match(
    warningsAbout(route('mode: observe')).join(),
    /nothing is observed, because .* no `learning` block/,
  );
  assert.match(
    warningsAbout(`${route('rollout: 5%')}learning: { dailyBudgetUsd: 0, agreement: exact }\n`).join(),
    /nothing is observed, because `learning\.dailyBudgetUsd` is 0/,
  );
  assert.deepEqual(warningsAbout(`${route('mode: observe')}learning: { agreement: exact }\n`), []);
  assert.match(
    warningsAbout(`${BASE}routes:\n  auto: { tiers: [large], mode: observe }\n`).join(),
    /this has no effect: the route has one tier/,
  );
});

function said(keys: string, stated?: Parameters<typeof describeMode>[2]): string {
  const config = usable(route(keys));
  const policy = createResolver(config, { now: new Date() }).routes.get('auto');
  assert.ok(policy && config.routes.auto);
  return describeMode(policy, config.routes.auto, stated).join(' ');
}

test('weir check says what a mode means, and who changed it while the gateway ran', () => {
  const stated = { share: 0.25, configured: 0, takenBy: 'ada', takenAtMs: 0 };
  assert.equal(said(''), '');
  assert.match(
    said('mode: observe'),
    /^It observes: large answers every request, as on a route that has no other tier\./,
  );
  assert.match(said('rollout: 5%'), /^Its policy decides 5 % of the conversations, always the same ones/);
  assert.match(
    said('mode: observe', stated),
    /^Its policy decides 25 % .*set with `[^`]*rollout` \(1970-01-01 00:00, by ada\); the file says 0 %/,
  );
  assert.equal(said('', stated), '', 'the file says something else by now');
});
