import { CHECKS } from '../../routing/provenance.ts';
import type { Pooled } from '../../routing/confidence/pooled.ts';
import type { Objective } from '../../routing/rules/objective.ts';
import type { Certificate, Version } from '../../routing/version.ts';

const pooled = (...shared: number[]): Pooled => ({ shared, groups: {} });

export const TEST_OBJECTIVE: Objective = { maxQualityLoss: 0.02, certainty: 0.9 };

export const TEST_CERTIFICATE: Certificate = {
  promise: 'loss',
  limit: 0.02,
  level: 0.1,
  test: 'exact',
  rows: 1_000,
  pValue: 0.031,
  source: 'traces.jsonl',
  dates: ['2026-11-01', '2026-11-20'],
  scorer: 'exact match',
  sentence:
    'For requests like traces.jsonl, the mean of score(last) − score(served), judged by exact match, is at most .02; statements made this way are wrong at most .1 of the time.',
};

/**
 * A version of two tiers, `small` and `large`, with one point on its path: large is asked where small's answer is
 * believed to lose more than large costs. It believes an answer by its mean log-probability alone.
 */
export function testVersion(changes: Partial<Version> = {}): Version {
  return {
    format: 1,
    route: 'auto',
    tiers: [
      { name: 'small', model: 'small-model', source: { identity: 'made up', checks: CHECKS } },
      { name: 'large', model: 'large-model', source: { identity: 'made up', checks: CHECKS } },
    ],
    rule: {
      kind: 'price',
      objective: TEST_OBJECTIVE,
      noisePrice: 0.2,
      askCost: {
        small: { groups: {}, elsewhere: 1_000 },
        large: { groups: {}, elsewhere: 100_000 },
      },
      paidCost: {},
      startColumns: [],
      path: [{ priceOfQuality: 400_000, continuations: { 'start>small': pooled(20_000) } }],
      place: 0,
      furthest: 0,
    },
    confidenceModel: {
      format: 1,
      name: 'test',
      intercept: 0,
      features: [],
      requires: ['meanLogprob'],
      tiers: {
        small: {
          answered: {
            columns: [{ signal: 'meanLogprob', transform: 'identity', centre: 0, scale: 1 }],
            requires: ['meanLogprob'],
            acceptable: pooled(4, 4),
            better: pooled(-4, -4),
            worse: pooled(-5, 0),
          },
        },
      },
      evidence: {},
    },
    certificate: TEST_CERTIFICATE,
    evidence: { relativeCost: 0.5, loss: 0.009, rows: 1_000 },
    createdAt: '2026-11-24T12:00:00.000Z',
    ...changes,
  };
}
