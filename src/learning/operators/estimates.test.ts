import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { createRandom } from '../../calibration/fit/random.ts';
import { auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { Decision, LabelSource } from '../../store/contract/store.ts';
import { estimatePolicy as estimateOf, type EstimateOptions, type Estimates } from './estimates.ts';
import { reviewDraw } from '../labels/sources/operator.ts';

const options = { tiers: ['small', 'large'], maxLoss: 0.02 };

const estimate = (decisions: readonly Decision[], how: EstimateOptions): Estimates =>
  estimateOf({ requests: decisions, audited: decisions.filter(({ audit }) => audit !== undefined) }, how);

type Verdicts = Partial<Record<LabelSource, readonly [small: number, large: number]>>;

interface Made {
  served?: 'small' | 'large';
  propensity?: number;
  verdicts?: Verdicts;
}

/** An audited request with verdicts on the answers of both tiers. */
function audited(id: string, { served = 'small', propensity = 0.1, verdicts = {} }: Made = {}): Decision {
  return {
    outcome: outcomeRow(id, { tier: served }),
    attempts: [],
    audit: auditRow(id, { propensity }),
    labels: Object.entries(verdicts).flatMap(([source, [small, large]]) => [
      labelRow(id, { source: source as LabelSource, verdict: small, propensity }),
      labelRow(id, { source: source as LabelSource, verdict: large, tier: 'large', propensity }),
    ]),
  };
}

/** Names of requests that the review's coin drew, or did not. */
function* ids(drawn: boolean, from = 0): Generator<string, never> {
  for (let number = from; ; number++) {
    const id = `request-${number}`;
    if ((reviewDraw(id) !== undefined) === drawn) yield id;
  }
}
const take = (count: number, drawn: boolean): string[] => [...ids(drawn).take(count)];

const close = (actual: number | undefined, expected: number, within = 1e-9): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

test('without data there is no estimate: no loss, no saving, no judge', () => {
  const nothing = estimate([], options);
  assert.deepEqual(nothing, { requests: 0, audits: 0, labels: {} });
  const untouched = { outcome: outcomeRow('a', { tier: 'small' }), attempts: [], labels: [] };
  assert.deepEqual(estimate([untouched], options), { requests: 1, audits: 0, labels: {} });
  const unjudged = audited('b');
  assert.equal(estimate([unjudged], options).loss, undefined);
  assert.equal(estimate([audited('c', { served: 'large' })], options).loss, undefined);
});

test('with one verdict each and equal chances the loss is their mean, with a slightly wider interval', () => {
  const losses = Array.from({ length: 50 }, (_, index) => (index < 3 ? 1 : index < 5 ? 0.5 : 0));
  const decisions = losses.map((each, index) => audited(`a${index}`, { verdicts: { judge: [1 - each, 1] } }));
  const { loss } = estimate(decisions, options);
  const mean = 4 / 50;
  const variance = losses.reduce<number>((sum, each) => sum + (each - mean) ** 2, 0) / 49 / 50 + 1 / 52 ** 2;
  close(loss?.estimate, mean);
  close(loss?.interval.upper, mean + 1.959963984540054 * Math.sqrt(variance));
  close(loss?.interval.lower, Math.max(-1, mean - 1.959963984540054 * Math.sqrt(variance)));
  assert.deepEqual([loss?.audits, loss?.checked, loss?.corrected], [50, 0, false]);
  assert.ok((loss?.violationRisk ?? 0) > 0.9);
});

test('a judge without a verdict on the last tier’s answer has compared with it', () => {
  const decision = audited('a', { verdicts: { judge: [0, 1] } });
  const alone = { ...decision, labels: decision.labels.filter(({ tier }) => tier === 'small') };
  assert.deepEqual(estimate([alone], options).loss, estimate([decision], options).loss);
});

test('requests that the last tier served lost nothing, and each audit weighs by its propensity', () => {
  const verdicts: Verdicts = { agreement: [0, 1] };
  const many = (count: number, name: string, made: Made): Decision[] =>
    Array.from({ length: count }, (_, index) => audited(`${name}${index}`, made));
  // 1,000 requests served early behind 100 audits, 1,000 by the last tier behind 500.
  const decisions = [
    ...many(100, 'early', { propensity: 0.1, verdicts }),
    ...many(500, 'last', { propensity: 0.5, served: 'large', verdicts }),
  ];
  const { loss } = estimate(decisions, options);
  close(loss?.estimate, 0.5);
  assert.equal(loss?.violationRisk, 1);
  assert.equal(loss.audits, 600);
});

test('requests that the last tier served need no verdict, and their share is uncertain too', () => {
  const many = (count: number, name: string, made: Made): Decision[] =>
    Array.from({ length: count }, (_, index) => audited(`${name}${index}`, made));
  // Unjudged; 1,000 requests stand behind either kind.
  const decisions = [
    ...many(100, 'early', { propensity: 0.1, verdicts: { reference: [0, 1] } }),
    ...many(200, 'last', { propensity: 0.2, served: 'large' }),
  ];
  const { loss } = estimate(decisions, options);
  assert.equal(loss?.audits, 300);
  close(loss.estimate, 0.5);
  // A share of ½ among so many rows of one weight as tell as much; and the early ones' own loss, which is all but known.
  const alike = 2_000 ** 2 / (100 * 10 ** 2 + 200 * 5 ** 2);
  const variance = 0.25 / alike + 0.25 / 102 ** 2;
  close(loss.interval.upper, 0.5 + 1.959963984540054 * Math.sqrt(variance));
});

test('the estimate counts gains, and the risk of a broken promise does not', () => {
  const decisions = Array.from({ length: 200 }, (_, index) =>
    audited(`a${index}`, { verdicts: { reference: index % 4 === 0 ? [0, 1] : [1, 0] } }),
  );
  const { loss } = estimate(decisions, options);
  close(loss?.estimate, -0.5);
  assert.ok((loss?.violationRisk ?? 0) > 0.99);
});

test('audits in which a source was asked in vain, or without an answer, count as lost, and their share is told apart', () => {
  const many = (
    count: number,
    name: string,
    more: Partial<AuditRow>,
    served: 'small' | 'large' = 'small',
  ): Decision[] =>
    Array.from({ length: count }, (_, index) => {
      const decision = audited(`${name}${index}`, { served });
      return { ...decision, audit: auditRow(decision.outcome.id, { propensity: 0.1, ...more }) };
    });
  const judged = Array.from({ length: 80 }, (_, index) =>
    audited(`j${index}`, { verdicts: { judge: [1, 1] } }),
  );
  const unjudged = [
    ...many(12, 'v', { problem: 'The judge is away.' }),
    ...many(8, 'd', { complete: false, attempts: '[]', problem: 'Too many audits waited.' }),
  ];
  const { loss } = estimate([...judged, ...unjudged], options);
  close(loss?.estimate, 0.2);
  assert.equal(loss?.unjudged?.audits, 20);
  close(loss.unjudged.share, 0.2);
  assert.ok((loss.violationRisk ?? 0) > 0.99);
  const last = many(100, 'l', { complete: false }, 'large');
  close(estimate([...judged, ...unjudged, ...last], options).loss?.estimate, 0.1);
  const nobody = many(50, 'n', {});
  assert.deepEqual(
    estimate([...judged, ...nobody], options).loss,
    estimate(judged, options).loss,
    'none could be asked',
  );
});

test('one audit alone has the widest interval', () => {
  const { loss } = estimate([audited('a', { verdicts: { judge: [1, 1] } })], options);
  assert.deepEqual(loss?.interval, { lower: -1, upper: 1 });
});

test('few audits without a loss prove nothing, and many do', () => {
  const right = (count: number): Decision[] =>
    Array.from({ length: count }, (_, index) => audited(`a${index}`, { verdicts: { reference: [1, 1] } }));
  const risk = (count: number): number => estimate(right(count), options).loss?.violationRisk ?? NaN;
  assert.ok(risk(10) > 0.3, String(risk(10)));
  assert.ok(risk(200) < 0.01, String(risk(200)));
  assert.equal(estimate(right(10), { tiers: options.tiers }).loss?.violationRisk, undefined);
});

test('operators and references correct the judge where enough of its verdicts were checked', () => {
  // The judge passes every answer; one in four is wrong.
  const unchecked = take(400, false).map((id) => audited(id, { verdicts: { judge: [1, 1] } }));
  const checked = (count: number): Decision[] =>
    take(count, true).map((id, index) =>
      audited(id, { verdicts: { judge: [1, 1], operator: [index % 4 === 0 ? 0 : 1, 1] } }),
    );
  const few = estimate([...unchecked, ...checked(12)], options).loss;
  assert.deepEqual([few?.checked, few?.corrected], [12, false]);
  assert.ok((few?.estimate ?? 1) < 0.02);
  const enough = estimate([...unchecked, ...checked(80)], options).loss;
  assert.deepEqual([enough?.checked, enough?.corrected], [80, true]);
  close(enough?.estimate, 0.25, 0.02);
  assert.ok((enough?.interval.lower ?? 0) > 0.1);
  const byReference = unchecked.map((decision, index) =>
    index >= 100
      ? decision
      : audited(decision.outcome.id, {
          verdicts: { judge: [1, 1], reference: [index % 4 === 0 ? 0 : 1, 1] },
        }),
  );
  close(estimate(byReference, options).loss?.estimate, 0.25, 0.02);
});

test('operators’ verdicts on doubtful questions do not count for the rest', () => {
  const fine = take(300, true).map((id) => audited(id, { verdicts: { judge: [1, 1], operator: [1, 1] } }));
  const doubtful = take(60, false).map((id) =>
    audited(id, { verdicts: { judge: [1, 1], operator: [0, 1] } }),
  );
  const { loss, judge } = estimate([...fine, ...doubtful], options);
  assert.equal(loss?.checked, 300);
  close(loss.estimate, 0, 0.01);
  assert.equal(judge?.requests, 300);
  assert.equal(judge.disagreement, 0);
});

test('answers with operators’ verdicts alone are estimated from those that a coin drew', () => {
  const drawn = take(100, true).map((id, index) =>
    audited(id, { verdicts: { operator: [index < 10 ? 0 : 1, 1] } }),
  );
  const chosen = take(100, false).map((id) => audited(id, { verdicts: { operator: [0, 1] } }));
  const { loss } = estimate([...drawn, ...chosen], options);
  assert.deepEqual([loss?.audits, loss?.checked], [100, 0]);
  close(loss?.estimate, 0.1);
});

test('judge and operator disagree by the distance between their verdicts on the two answers', () => {
  const [a = '', b = '', c = '', d = ''] = take(4, true);
  const decisions = [
    // Better than the last tier's is as good, to a judge.
    audited(a, { verdicts: { judge: [1, 1], operator: [1, 0] } }),
    // Both wrong: no worse than the last tier's.
    audited(b, { verdicts: { judge: [1, 1], operator: [0, 0] } }),
    audited(c, { verdicts: { judge: [0.5, 1], operator: [0, 1] } }),
    audited(d, { verdicts: { judge: [1, 1], operator: [0, 1] } }),
  ];
  const { judge } = estimate(decisions, options);
  assert.equal(judge?.requests, 4);
  close(judge.disagreement, 1.5 / 4);
  assert.ok(judge.interval.lower > 0.05 && judge.interval.upper < 0.85);
});

test('labels are counted by source, on any request', () => {
  const decision = audited('a', { verdicts: { judge: [1, 1], user: [0, 1] } });
  const later = { ...audited('b'), labels: [labelRow('b', { source: 'user' })] };
  assert.deepEqual(estimate([decision, later], options).labels, { judge: 2, user: 3 });
  assert.equal(estimate([decision, later], options).audits, 2);
});

test('an incomplete audit does not count', () => {
  const decision = audited('a', { verdicts: { judge: [0, 1] } });
  const broken = { ...decision, audit: auditRow('a', { complete: false, problem: 'It failed.' }) };
  assert.deepEqual([estimate([broken], options).audits, estimate([broken], options).loss], [0, undefined]);
});

const spent = (id: string, cost: number | undefined, baseline: number | undefined): Decision => ({
  outcome: outcomeRow(id, {
    tier: 'small',
    ...(cost === undefined ? {} : { costNanoUsd: cost }),
    ...(baseline === undefined ? {} : { baselineNanoUsd: baseline }),
  }),
  attempts: [],
  labels: [],
});

test('audits and judges reduce the saving, and requests of unknown cost are left out', () => {
  const decisions: Decision[] = [
    spent('a', 10e6, 100e6),
    spent('b', 110e6, 100e6),
    {
      ...spent('c', 10e6, 100e6),
      audit: auditRow('c', { costNanoUsd: 90e6, judgeNanoUsd: 20e6, attempts: '[{}]' }),
      labels: [labelRow('c', { source: 'judge' })],
    },
    // Agreement judged it, and both tiers had answered the request itself.
    { ...spent('d', 110e6, 100e6), audit: auditRow('d', { costNanoUsd: 0, judgeNanoUsd: 0 }) },
    spent('e', undefined, 100e6),
    spent('f', 10e6, undefined),
  ];
  const { saving } = estimate(decisions, options);
  close(saving?.share, 1 - 350 / 400);
  assert.deepEqual([saving?.requests, saving?.leftOut], [4, 2]);
  close(saving?.servingUsd, 0.24);
  close(saving?.auditsUsd, 0.09);
  close(saving?.judgesUsd, 0.02);
  close(saving?.baselineUsd, 0.4);
  assert.ok((saving?.interval?.lower ?? 0) < 0 && (saving?.interval?.upper ?? 0) > 0.125);
  assert.equal(estimate([spent('a', 1, 2)], options).saving, undefined);
});

test('an audit of unknown cost counts like the others; where there are many, no saving is shown', () => {
  const priced = (id: string): Decision => ({
    ...spent(id, 10e6, 100e6),
    audit: auditRow(id, { costNanoUsd: 90e6, judgeNanoUsd: 20e6, attempts: '[{}]' }),
  });
  const unpriced = (id: string, known: Partial<AuditRow>): Decision => ({
    ...spent(id, 10e6, 100e6),
    audit: auditRow(id, { attempts: '[{}]', ...known }),
  });
  const ten = Array.from({ length: 10 }, (_, number) => priced(`priced-${number}`));
  const others = Array.from({ length: 90 }, (_, number) => spent(`other-${number}`, 10e6, 100e6));
  // Its judge was asked, and nobody knows at what cost.
  const { saving } = estimate([...others, ...ten, unpriced('one', { costNanoUsd: 90e6 })], options);
  assert.deepEqual([saving?.requests, saving?.leftOut], [101, 0]);
  close(saving?.auditsUsd, 0.99);
  close(saving?.judgesUsd, 0.22);
  const judgeWithoutPrice = ten.map((_, number) => unpriced(`judged-${number}`, { costNanoUsd: 90e6 }));
  assert.equal(estimate([...others, ...judgeWithoutPrice], options).saving, undefined);
  assert.equal(estimate([...others, ...judgeWithoutPrice, ...ten], options).saving, undefined);
});

test('an audit without any answer counts like the others, and is not a missing price', () => {
  const attempts = JSON.stringify([{ tier: 'large', errorCode: 'upstream_timeout' }]);
  const withAudit = (id: string, row: Partial<AuditRow>): Decision => ({
    ...spent(id, 10e6, 100e6),
    audit: auditRow(id, { judgeNanoUsd: 0, ...row }),
  });
  const failed = withAudit('failed', { attempts, complete: false });
  const turnedAway = withAudit('turned away', { attempts, costNanoUsd: 0, complete: false });
  const whole = withAudit('whole', { attempts: '[{}]', costNanoUsd: 90e6 });
  const { saving } = estimate([failed, whole, turnedAway], options);
  assert.equal(saving?.requests, 3);
  close(saving?.auditsUsd, 0.135);
});

test('the last tier’s assumed costs are corrected by audits that asked it', () => {
  // Long answers of the small tier: at the last one's price their tokens cost twice what its own do.
  const audits = Array.from({ length: 20 }, (_, number): Decision => {
    const of = spent(`audit-${number}`, 10e6, 100e6);
    const attempts = JSON.stringify([{ tier: 'large', costNanoUsd: number % 2 === 0 ? 40e6 : 60e6 }]);
    return { ...of, audit: auditRow(of.outcome.id, { attempts, costNanoUsd: 50e6, propensity: 0.1 }) };
  });
  const served = spent('served', 60e6, 50e6);
  const requests = [
    { ...served, outcome: { ...served.outcome, baselineMeasured: true } },
    ...Array.from({ length: 9 }, (_, number) => spent(`request-${number}`, 10e6, 100e6)),
  ];
  const few = estimateOf({ requests, audited: audits.slice(1) }, options).saving;
  close(few?.baselineUsd, 0.95);
  assert.equal(few?.baselineAudits, undefined);
  const { saving } = estimateOf({ requests, audited: audits }, options);
  assert.equal(saving?.baselineAudits, 20);
  close(saving.baselineUsd, 0.5);
  close(saving.share, 1 - 150 / 500);
  // The requests themselves leave it open too: the interval is wider by what the audits do, and the same around.
  const { lower = NaN, upper = NaN } = saving.interval ?? {};
  close(saving.share, (lower + upper) / 2);
  const exact = audits.map((each) => ({
    ...each,
    audit: auditRow(each.outcome.id, {
      attempts: JSON.stringify([{ tier: 'large', costNanoUsd: 50e6 }]),
      costNanoUsd: 50e6,
      propensity: 0.1,
    }),
  }));
  const sure = estimateOf({ requests, audited: exact }, options).saving;
  close(sure?.baselineUsd, 0.5);
  assert.ok((sure?.interval?.lower ?? 0) > lower);
  // An audit whose last tier failed tells no cost.
  const failed = audits.map((each) => ({
    ...each,
    audit: auditRow(each.outcome.id, {
      attempts: JSON.stringify([{ tier: 'large', costNanoUsd: 1, errorCode: 'upstream_error' }]),
      propensity: 0.1,
    }),
  }));
  assert.equal(estimateOf({ requests, audited: failed }, options).saving?.baselineAudits, undefined);
});

test('the interval of the loss has its nominal coverage, with a lenient judge and unequal chances', () => {
  const random = createRandom(5);
  const chance = (): number => uniformFloat64(random);
  // Half of the requests stay with the small tier; of these one in ten is wrong, and the judge misses a third of that.
  const truth = 0.05;
  const draws = 200;
  let covered = 0;
  for (let draw = 0; draw < draws; draw++) {
    const decisions: Decision[] = [];
    for (let number = 0; number < 4_000; number++) {
      const served = chance() < 0.5 ? 'small' : 'large';
      const propensity = chance() < 0.5 ? 0.1 : 0.3;
      const wrong = chance() < 0.1;
      const missed = chance() < 1 / 3;
      if (chance() >= propensity) continue;
      const id = `${draw}-${number}`;
      const judge = wrong && !missed ? 0 : 1;
      const looked = reviewDraw(id) !== undefined;
      decisions.push(
        audited(id, {
          served,
          propensity,
          verdicts: { judge: [judge, 1], ...(looked ? { operator: [wrong ? 0 : 1, 1] } : {}) },
        }),
      );
    }
    const { loss } = estimate(decisions, { ...options, certainty: 0.9 });
    if (loss !== undefined && loss.interval.lower <= truth && truth <= loss.interval.upper) covered++;
  }
  // Four standard deviations of the count.
  assert.ok(covered >= 0.9 * draws - 17 && covered <= 0.9 * draws + 17, `${covered} of ${draws}`);
});

test('an earlier audit counts for the loss, but not for what is spent now', () => {
  const requests = [spent('a', 10e6, 100e6), spent('b', 10e6, 100e6)];
  const dear = { ...audited('c', { verdicts: { judge: [0, 1] } }), ...spent('c', 90e6, 100e6) };
  const { labels } = audited('c', { verdicts: { judge: [0, 1] } });
  const found = estimateOf({ requests, audited: [{ ...dear, labels }] }, options);
  close(found.saving?.share, 0.9);
  assert.equal(found.loss?.audits, 1);
  assert.deepEqual(found.labels, { judge: 2 });
});
