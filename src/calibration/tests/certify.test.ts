import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import {
  acceptedWithoutError,
  bettingPValue,
  certificateSentence,
  furtherAccepted,
  furtherGraded,
  furtherPairs,
  isNonInferior,
  levelOfAttempt,
  selectiveRiskPValue,
  selectiveRiskStart,
  walkFixedSequence,
} from './certify.ts';
import type { CertifiedClaim } from './certify.ts';
import { PROPERTY, assertClose, golden, uniformBy } from '../testing.ts';

const betting: { losses: number[]; maxLoss: number; level: number; p: number }[] = JSON.parse(
  golden('betting'),
);
const hypothesis = { maxLoss: 0.02, level: 0.1 };

test('betting p-values are those of the formulas written out with NumPy', () => {
  for (const { losses, p, ...rest } of betting) assertClose(bettingPValue(losses, rest), p, 1e-9);
});

test('a betting p-value is within 0..1, and 1 without losses or where all is lost', () => {
  fc.assert(
    fc.property(fc.array(between(-1, 1)), (losses) => {
      const p = bettingPValue(losses, hypothesis);
      assert.ok(p > 0 && p <= 1);
    }),
    PROPERTY,
  );
  assert.equal(bettingPValue([], hypothesis), 1);
  assert.equal(bettingPValue(Array(200).fill(1), hypothesis), 1);
});

test('bets refuse what they were not made for', () => {
  assert.throws(() => bettingPValue([0, 1.2], hypothesis), /loss 1 is 1.2/);
  assert.throws(() => bettingPValue([NaN], hypothesis), /loss 0 is NaN/);
  assert.throws(() => bettingPValue([], { maxLoss: 1, level: 0.1 }), RangeError);
  assert.throws(() => bettingPValue([], { maxLoss: 0, level: 1 }), RangeError);
});

test('simulated at the margin, bets pass in less than a tenth of runs; where nothing is lost, in most', () => {
  const uniform = uniformBy(5);
  const rate = (mean: number): number => {
    let passed = 0;
    for (let run = 0; run < 600; run++) {
      // ½ and −½ in a tenth of the rows each, moved to the mean wanted.
      const losses = Array.from({ length: 800 }, () => {
        const u = uniform();
        return u < 0.1 + mean ? 0.5 : u < 0.2 ? -0.5 : 0;
      });
      if (bettingPValue(losses, hypothesis) <= hypothesis.level) passed++;
    }
    return passed / 600;
  };
  const size = rate(0.02);
  assert.ok(size <= 0.1 + 0.03, `${size}`);
  assert.ok(rate(-0.02) > 0.8);
});

test('without an error, 230, 114 and 45 accepted answers prove a risk of 1, 2 and 5 %, and no fewer do', () => {
  for (const [maxRisk, accepted] of [
    [0.01, 230],
    [0.02, 114],
    [0.05, 45],
  ] as const) {
    assert.equal(acceptedWithoutError(maxRisk, 0.1), accepted);
    assert.ok(selectiveRiskPValue({ wrong: 0, accepted }, maxRisk) <= 0.1);
    assert.ok(selectiveRiskPValue({ wrong: 0, accepted: accepted - 1 }, maxRisk) > 0.1);
  }
});

test('selective risk: the p-value rises with errors, falls with answers, and is 1 without any', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 300 }), (wrong, right) => {
      const p = selectiveRiskPValue({ wrong, accepted: wrong + right }, 0.05);
      assert.ok(p >= 0 && p <= 1);
      assert.ok(selectiveRiskPValue({ wrong: wrong + 1, accepted: wrong + right + 1 }, 0.05) >= p - 1e-12);
      assert.ok(selectiveRiskPValue({ wrong, accepted: wrong + right + 1 }, 0.05) <= p + 1e-12);
    }),
    PROPERTY,
  );
  assert.equal(selectiveRiskPValue({ wrong: 0, accepted: 0 }, 0.05), 1);
  assert.throws(() => selectiveRiskPValue({ wrong: 2, accepted: 1 }, 0.05), RangeError);
  assert.throws(() => selectiveRiskPValue({ wrong: 0, accepted: 1 }, 0), RangeError);
});

test('the walk for selective risk starts where the fit rows promise twice the answers that would do', () => {
  const options = { certifyRows: 1000, maxRisk: 0.05, level: 0.1 };
  assert.equal(selectiveRiskStart([0, 0.01, 0.089, 0.09, 0.5], options), 3);
  assert.equal(selectiveRiskStart([0, 0.01], options), undefined);
  assert.equal(selectiveRiskStart([], options), undefined);
});

test('a walk stops at the first failure and works out nothing beyond it', () => {
  const asked: number[] = [];
  const tests = [0.01, 0.1, 0.2, 0.001].map((p, index) => () => {
    asked.push(index);
    return p;
  });
  assert.deepEqual(walkFixedSequence(tests, 0.1), { passed: 2, pValues: [0.01, 0.1, 0.2] });
  assert.deepEqual(asked, [0, 1, 2]);
});

test('a walk over nothing passes nothing, and one without failure passes all', () => {
  assert.deepEqual(walkFixedSequence([], 0.1), { passed: 0, pValues: [] });
  assert.deepEqual(walkFixedSequence([() => 0, () => 0.1], 0.1), { passed: 2, pValues: [0, 0.1] });
  assert.throws(() => walkFixedSequence([() => NaN], 0.1), /hypothesis 0 is not a number/);
});

test('the levels of all attempts sum to no more than the level', () => {
  assert.equal(levelOfAttempt(0.1, 1), 0.05);
  const sum = Array.from({ length: 10_000 }, (_, index) => levelOfAttempt(0.1, index + 1)).reduce(
    (a, b) => a + b,
  );
  assert.ok(sum < 0.1 && sum > 0.0999);
  assert.throws(() => levelOfAttempt(0.1, 0), RangeError);
});

test('a policy that passes needs no further labels; one that loses too much gets no number', () => {
  assert.equal(furtherPairs({ worse: 5, better: 5, pairs: 1000 }, hypothesis), 0);
  assert.equal(furtherPairs({ worse: 50, better: 20, pairs: 1000 }, hypothesis), undefined);
  // What the prior guess alone brings under the margin was not measured to be under it.
  assert.equal(furtherPairs({ worse: 1, better: 0, pairs: 11 }, { maxLoss: 0.05, level: 0.1 }), undefined);
  assert.equal(furtherGraded(Array(1000).fill(-0.1), hypothesis), 0);
  assert.equal(furtherGraded(Array(100).fill(0.1), hypothesis), undefined);
  assert.equal(furtherGraded([], hypothesis), undefined);
});

test('the stricter the promise and the noisier the policy, the more labels', () => {
  const missing = (worse: number, better: number, pairs: number, maxLoss: number): number =>
    furtherPairs({ worse, better, pairs }, { maxLoss, level: 0.1 }) ?? Infinity;
  assert.ok(missing(3, 3, 60, 0.02) > missing(3, 3, 60, 0.05));
  assert.ok(missing(3, 3, 60, 0.05) > missing(1, 1, 60, 0.05));
  // With no row at all: what a policy that hardly differs from the last tier would need.
  const fromNothing = missing(0, 0, 0, 0.02);
  assert.ok(fromNothing > 100 && fromNothing < 800, `${fromNothing}`);
});

test('with the labels asked for, about four in five policies pass; with half of them far fewer', () => {
  const uniform = uniformBy(77);
  const truth = { worse: 0.06, better: 0.055 };
  const further = furtherPairs({ worse: 60, better: 55, pairs: 1000 }, { ...hypothesis, level: 0.001 });
  assert.ok(further !== undefined);
  const share = (pairs: number): number => {
    let passed = 0;
    for (let run = 0; run < 300; run++) {
      let [worse, better] = [0, 0];
      for (let pair = 0; pair < pairs; pair++) {
        const u = uniform();
        if (u < truth.worse) worse++;
        else if (u < truth.worse + truth.better) better++;
      }
      if (isNonInferior({ worse, better, pairs }, { ...hypothesis, level: 0.001 })) passed++;
    }
    return passed / 300;
  };
  const whole = share(1000 + further);
  assert.ok(whole > 0.7 && whole < 0.9, `${whole} with ${1000 + further}`);
  assert.ok(share(Math.round((1000 + further) / 2)) < 0.5);
});

test('with the labels asked for, about four in five graded policies pass', () => {
  const uniform = uniformBy(78);
  const draw = (count: number): number[] =>
    Array.from({ length: count }, () => (uniform() < 0.1 ? (uniform() < 0.5 ? 0.5 : -0.5) : 0));
  // A balanced sample has the true mean, 0.
  const seen = Array.from({ length: 200 }, (_, index) => (index < 10 ? 0.5 : index < 20 ? -0.5 : 0));
  const further = furtherGraded(seen, hypothesis);
  assert.ok(further !== undefined && further > 0);
  let passed = 0;
  for (let run = 0; run < 300; run++) if (bettingPValue(draw(200 + further), hypothesis) <= 0.1) passed++;
  assert.ok(passed / 300 > 0.7, `${passed / 300} with ${200 + further}`);
});

test('how many graded labels are missing depends on how far the losses are from the promise, not on where both lie', () => {
  const seen = Array.from({ length: 200 }, (_, index) =>
    index % 20 === 3 ? 0.5 : index % 20 === 7 ? -0.5 : 0,
  );
  const missing = (by: number): number | undefined =>
    furtherGraded(
      seen.map((loss) => loss + by),
      { maxLoss: 0.02 + by, level: 0.1 },
    );
  assert.ok((missing(0) ?? 0) > 100);
  for (const by of [0.125, 0.25, -0.4]) assert.equal(missing(by), missing(0));
});

test('further accepted answers: none where it passes, no number where it is too often wrong, else enough at the rate seen', () => {
  const options = { maxRisk: 0.05, level: 0.1 };
  assert.equal(furtherAccepted({ wrong: 0, accepted: 45 }, options), 0);
  assert.equal(furtherAccepted({ wrong: 10, accepted: 100 }, options), undefined);
  assert.equal(furtherAccepted({ wrong: 1, accepted: 16 }, options), undefined);
  const further = furtherAccepted({ wrong: 2, accepted: 60 }, options);
  assert.ok(further !== undefined && further > 100, `${further}`);
  const answers = 60 + further;
  const likely = Math.round((2.25 / 70) * answers);
  assert.ok(selectiveRiskPValue({ wrong: likely, accepted: answers }, 0.05) <= 0.1);
});

test('with the answers asked for, about four in five tiers pass; a tenth of the missing ones fewer are not the least', () => {
  const options = { maxRisk: 0.05, level: 0.001 };
  const seen = { wrong: 20, accepted: 600 };
  const further = furtherAccepted(seen, options) ?? assert.fail();
  const uniform = uniformBy(79);
  let passed = 0;
  for (let run = 0; run < 1000; run++) {
    let wrong = 0;
    for (let answer = 0; answer < 600 + further; answer++) if (uniform() < 1 / 30) wrong++;
    if (selectiveRiskPValue({ wrong, accepted: 600 + further }, 0.05) <= 0.001) passed++;
  }
  assert.ok(passed > 740 && passed < 860, `${passed} of 1000 with ${600 + further}`);
  // Without luck, good or bad, as many are wrong as were seen to be, ten answers of half the risk added.
  const risk = (20 + 10 * 0.025) / 610;
  const passes = (accepted: number): boolean =>
    selectiveRiskPValue({ wrong: Math.ceil(accepted * risk), accepted }, 0.05) <= 0.001;
  const even = furtherAccepted(seen, options, 0.5) ?? assert.fail();
  assert.ok(even < further && passes(600 + even) && !passes(600 + Math.floor(0.9 * even)), `${even}`);
});

test('what was measured at the limit gets no number, nor what would take more than a million labels', () => {
  assert.equal(furtherPairs({ worse: 20, better: 0, pairs: 1000 }, hypothesis), undefined);
  assert.equal(furtherPairs({ worse: 1, better: 0, pairs: 1 }, hypothesis), undefined);
  assert.equal(furtherAccepted({ wrong: 5, accepted: 100 }, { maxRisk: 0.05, level: 0.1 }), undefined);
  assert.equal(furtherAccepted({ wrong: 1, accepted: 1 }, { maxRisk: 0.05, level: 0.1 }), undefined);
  assert.equal(
    furtherAccepted({ wrong: 9_999, accepted: 200_000 }, { maxRisk: 0.05, level: 0.1 }),
    undefined,
  );
});

const claim: CertifiedClaim = {
  promise: 'loss',
  limit: 0.02,
  level: 0.1,
  source: 'route auto',
  dates: ['2026-11-01', '2026-11-24'],
  rows: 1000,
  scorer: 'exact match',
};

test('the sentence of a certificate', () => {
  assert.equal(
    certificateSentence(claim),
    'For requests like [route auto, 2026-11-01 to 2026-11-24, 1000 rows], the mean of score(last) − score(served), judged by ' +
      'exact match, is at most 2 %; statements made this way are wrong at most 10 % of the time. ' +
      'It promises nothing for one topic, tenant or answer, nor for changed traffic.',
  );
});

test('the sentence says where of questions that belong together one was counted', () => {
  assert.match(
    certificateSentence({ ...claim, oneOfEach: true }),
    /1000 rows, one of each prompt or conversation\], the mean/,
  );
});

test('labels that were fitted on as well make the certainty one of the limit, and the sentence says so', () => {
  assert.match(
    certificateSentence({ ...claim, folds: 5 }),
    /at most 10 % of the time; each label was both fitted on and tested with \(5 folds\): this certainty holds in the limit of many labels, not exactly for few\. It promises nothing/,
  );
});

test('the sentence of a selective risk speaks of accepted answers, and one day is one date', () => {
  const sentence = certificateSentence({ ...claim, promise: 'risk', dates: ['2026-11-24'] });
  assert.ok(
    sentence.includes('2026-11-24, 1000 rows], the share of wrong answers among those accepted, judged by'),
  );
});

test('percentages are rounded up, never to what is not held', () => {
  const printed = (limit: number): string | undefined =>
    /is at most ([\d.]+ %)/.exec(certificateSentence({ ...claim, limit }))?.[1];
  assert.equal(printed(0.07), '7 %');
  assert.equal(printed(0.1 / 6), '1.67 %');
  assert.equal(printed(0.016_641), '1.67 %');
  assert.equal(printed(0.005), '0.5 %');
  assert.equal(printed(0.9996), '100 %');
});
