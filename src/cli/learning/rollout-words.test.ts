import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRollout } from './rollout-words.ts';

type Rollout = NonNullable<Parameters<typeof describeRollout>[0]['rollout']>;

const figures: Rollout = {
  share: 0,
  requests: { decided: 0, observed: 200 },
  audits: 50,
  auditsUsd: 0.25,
  tiers: [
    {
      tier: 'small',
      agreement: {
        audits: 50,
        same: { value: 0.613, lower: 0.546, upper: 0.676 },
        different: 0.123,
        unknown: 0.264,
      },
      saved: { share: 0.941, interval: { lower: 0.93, upper: 0.952 } },
    },
  ],
};

function said(changes: Partial<Rollout> = {}): string[] {
  return describeRollout(
    { route: 'auto', tiers: ['small', 'large'], rollout: { ...figures, ...changes } },
    undefined,
  );
}

test('an observing route claims nothing as saved, and says what would have been', () => {
  assert.deepEqual(said(), [
    'This route observes: large answers everything. Nothing is saved.',
    'Of the newest 200 requests the policy decided 0.0 %. Audits of the others have cost $0.250.',
    'What would have been, against large, from 50 audits, with 95 % intervals, without the cost of audits:',
    '  small alone: saved 94.1 % (93.0 % … 95.2 %); said the same in 61.3 % (54.6 % … 67.6 %), something else in 12.3 %, not known in 26.4 %; no verdict says yet what that loses.',
    '  No version is in force, so if this route served now, large would still answer everything.',
    'To let the policy decide a part: `npm run -s weir -- rollout auto 5%`.',
  ]);
});

test('a rollout says its share, who changed it and why, and what its policy would have served', () => {
  const lines = said({
    share: 0.25,
    changed: { at: '2026-11-20T12:00:00.000Z', by: 'ada', why: 'a first look' },
    policy: {
      version: 'abc123',
      audits: 40,
      servedBy: { small: 0.6, large: 0.4 },
      saved: { share: 0.5 },
      lost: {
        estimate: 0.02,
        interval: { lower: -0.01, upper: 0.05 },
        audits: 40,
        checked: 0,
        corrected: false,
      },
    },
  }).join('\n');
  assert.match(
    lines,
    /^Rollout at 25 %: its policy decides 25 % .* \(2026-11-20 12:00, by ada: a first look\)\.$/m,
  );
  assert.match(
    lines,
    /version abc123, since it decides \(40 audits: small 60 %, large 40 %\): saved 50\.0 %; lost 2\.0 % of quality \(−1\.0 % … 5\.0 %\)\.$/m,
  );
  assert.match(lines, /To stop: `npm run -s weir -- rollout auto stop`\.$/);
});

test('without audits there are no figures, and any other route has no such lines', () => {
  assert.match(
    said({ audits: 0, tiers: [{ tier: 'small' }] }).at(-1) ?? '',
    /^No audit has an answer of every tier yet/,
  );
  assert.deepEqual(describeRollout({ route: 'auto', tiers: ['small', 'large'] }, undefined), []);
});
