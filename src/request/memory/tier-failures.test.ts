import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatorAlarm } from '../../telemetry/alarms.ts';
import { createTierFailures, type FailedTier } from './tier-failures.ts';

const failed = (more: Partial<FailedTier> = {}): FailedTier => ({
  route: 'auto',
  tier: 'small',
  upstream: 'local',
  why: 'it is ill',
  retryAfterMs: undefined,
  ...more,
});

function failuresAt({ usd, perHour }: { usd?: number; perHour?: number } = {}) {
  const clock = { now: 0 };
  const alarms: OperatorAlarm[] = [];
  const failures = createTierFailures({
    maxExtraNanoUsd: new Map(usd === undefined ? [] : [['auto', usd * 1e9]]),
    perUpstream: new Map(perHour === undefined ? [] : [['local', perHour]]),
    raise: (alarm) => void alarms.push(alarm),
    now: () => clock.now,
  });
  return { clock, alarms, ...failures };
}

/** A nano-dollar for each token of the answer. */
const perToken = (outputTokens: number): number => outputTokens;

test('without a limit everything is paid, and five failures within minutes raise an alarm that says so', () => {
  const { clock, alarms, pay } = failuresAt();
  for (let failure = 0; failure < 4; failure += 1) {
    assert.ok('settle' in pay(failed(), perToken));
    clock.now += 60_000;
  }
  assert.equal(alarms.length, 0);
  pay(failed(), perToken);
  assert.equal(alarms[0]?.kind, 'tier_failing');
  assert.match(alarms[0].message, /nothing limits what that costs .*onTierFailure\.maxExtraUsdPerHour/);
});

test('failures now and then, and those of other tiers, are no news', () => {
  const { clock, alarms, pay } = failuresAt();
  for (let failure = 0; failure < 20; failure += 1) {
    pay(failed({ tier: failure % 2 === 0 ? 'small' : 'medium' }), perToken);
    clock.now += 60_000;
  }
  assert.deepEqual(alarms, []);
});

test('beyond the limit the wait is until the hour has room, or until the tier may be tried, whichever is sooner', () => {
  const { pay } = failuresAt({ usd: 1 });
  const paid = pay(failed(), perToken);
  assert.ok('settle' in paid);
  paid.settle({ nanoUsd: 1e9, outputTokens: 10 });
  const late = pay(failed({ retryAfterMs: 7_200_000 }), perToken);
  assert.ok('message' in late);
  assert.match(
    late.message,
    /Tier 'small' failed \(it is ill\).*`routes\.auto\.onTierFailure\.maxExtraUsdPerHour`/,
  );
  assert.ok(late.retryAfterMs > 3_590_000 && late.retryAfterMs <= 3_601_000);
  const soon = pay(failed({ retryAfterMs: 5_000 }), perToken);
  assert.equal('message' in soon && soon.retryAfterMs, 5_000);
});

test('a tier of which nobody knows when it is well again may be tried soon: it may have failed this once', () => {
  for (const usd of [0, 1e-9]) {
    const { pay } = failuresAt({ usd });
    const first = pay(failed(), perToken);
    if ('settle' in first) first.settle({ nanoUsd: 1, outputTokens: 1 });
    const refused = pay(failed(), perToken);
    assert.equal('message' in refused && refused.retryAfterMs, 5_000);
  }
});

test('a limit of nothing says when the tier may be tried', () => {
  const { pay } = failuresAt({ usd: 0 });
  const soon = pay(failed({ retryAfterMs: 40_000 }), perToken);
  assert.equal('message' in soon && soon.retryAfterMs, 40_000);
});

test('the alarm of a failing tier names the old allowance, too', () => {
  const { alarms, pay } = failuresAt({ perHour: 20 });
  for (let failure = 0; failure < 5; failure += 1) pay(failed(), perToken);
  assert.match(alarms[0]?.message ?? '', /a later tier; until 20 have in an hour\./);
});

test('what is under way counts with a long answer at first, and then with the longest that came', () => {
  const { pay } = failuresAt({ usd: 20_000 / 1e9 });
  const first = pay(failed(), perToken);
  assert.ok('settle' in first);
  const second = pay(failed(), perToken);
  assert.ok('settle' in second, 'less than the limit is under way');
  assert.ok('message' in pay(failed(), perToken));
  first.settle({ nanoUsd: 10, outputTokens: 10 });
  second.settle({ nanoUsd: 10, outputTokens: 10 });
  const more = Array.from({ length: 30 }, () => pay(failed(), perToken));
  assert.equal(more.filter((each) => 'settle' in each).length, Math.ceil((20_000 - 20) / 1_024));
});

test('what a call cost that broke off is taken to be what it was expected to', () => {
  const { pay } = failuresAt({ usd: 20_000 / 1e9 });
  for (let call = 0; call < 2; call += 1) {
    const paid = pay(failed(), perToken);
    assert.ok('settle' in paid);
    paid.settle({});
  }
  assert.ok('message' in pay(failed(), perToken));
});

test('the old allowance of requests still holds, and its refusal takes no money', () => {
  const { pay } = failuresAt({ usd: 1, perHour: 1 });
  const paid = pay(failed(), perToken);
  assert.ok('settle' in paid);
  for (let more = 0; more < 100_000; more += 1) {
    const refused = pay(failed(), perToken);
    if (more === 0) assert.ok('message' in refused && refused.message.includes('failureAllowancePerHour'));
  }
  assert.ok('settle' in pay(failed({ upstream: 'other' }), perToken));
});
