import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKS } from '../../routing/provenance.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import { diffVersions } from './version-diff.ts';
import { TEST_CERTIFICATE, testVersion } from '../table/testing.ts';
import { describeVersion, describeVersionDiff } from './version-words.ts';

const before = testVersion();

/** A version that differs in one part of its rule. */
const withRule = (changes: Partial<Version['rule']>): Version =>
  testVersion({ rule: { ...before.rule, ...changes } });

function saysOf(after: Version, pattern: RegExp): void {
  const lines = describeVersionDiff(before, after);
  assert.ok(
    lines.some((line) => pattern.test(line)),
    `${pattern} is not in\n${lines.join('\n')}`,
  );
}

test('a version is described by its objective, its policies, what it promises and its evidence', () => {
  assert.deepEqual(describeVersion(before), [
    `Version ${versionHash(before)} of route auto, created 2026-11-24T12:00:00.000Z.`,
    'Objective: at most 2 % of quality lost, with a certainty of 90 %.',
    'Tiers: small (small-model) → large (large-model).',
    `  The answers of small were of made up, put to the checks ${CHECKS}.`,
    `  The answers of large were of made up, put to the checks ${CHECKS}.`,
    'Price of quality: one more acceptable answer is worth $0.000400.',
    'It has one policy.',
    `Certified: ${TEST_CERTIFICATE.sentence}`,
    '  at most 0.02, wrong at most 0.1 of the time; exact test on 1000 labels, p-value 0.031',
    'On the 1000 labels that tested it, it cost 50.0 % of what always asking the last tier costs, and lost 0.9 % of its quality. Costs of audits and judges are not included.',
    'Figures of its evidence:',
    '  rows 1000',
  ]);
  const { certificate: _, ...uncertified } = before;
  assert.ok(describeVersion(uncertified).includes('Not certified: it promises nothing.'));
});

/** The description of a version with 19 policies. */
function described(rule: Partial<Version['rule']>, changes: Partial<Version> = {}): string {
  const [point] = before.rule.path;
  assert.ok(point !== undefined);
  const path = Array.from({ length: 19 }, () => point);
  return describeVersion(testVersion({ rule: { ...before.rule, path, ...rule }, ...changes })).join('\n');
}

test('the description says which of the policies decides, in which mix, and which are never used', () => {
  assert.match(
    described({ place: 12, furthest: 12 }),
    /^It has 19 policies, from number 1, the strictest, to number 19, the least strict; number 13 decides\. Those after number 13 are never used, because they are not certified\.$/m,
  );
  assert.match(
    described({ place: 12.1, furthest: 18, objective: { budgetUsdPerRequest: 0.01 } }),
    /; a random mix of number 13 \(90\.0 % of the requests\) and number 14 \(10\.0 %\) decides, until the budget moves it\.$/m,
  );
});

test('what a version did is described with its rows and intervals, and without the cost of audits', () => {
  const evidence = {
    certifyRows: 210,
    relativeCost: 0.61,
    relativeCostInterval: { lower: 0.57, upper: 0.65 },
    loss: 0.01,
    lossInterval: { lower: -0.002, upper: 0.02 },
  };
  assert.match(
    described({}, { evidence }),
    /^On the 210 labels that tested it, it cost 61\.0 % of what always asking the last tier costs \(57\.0 % … 65\.0 %\), and lost 1\.0 % of its quality \(−0\.2 % … 2\.0 %\), with 95 % intervals\. Costs of audits and judges are not included\.$/m,
  );
  assert.doesNotMatch(described({}, { evidence }), /^ {2}(relativeCost|loss)/m);
  assert.match(
    described({}, { evidence: { ...evidence, moved: { rows: 3 } } }),
    /that tested it, the policy that it first used cost 61/,
  );
  assert.doesNotMatch(described({}, { evidence: { certifyRows: 210 } }), /that tested it/);
});

test('a version compared with itself has no differences; compared with nothing it is described', () => {
  assert.deepEqual(describeVersionDiff(before, testVersion()), [`Both are version ${versionHash(before)}.`]);
  const lines = describeVersionDiff(undefined, before);
  assert.match(lines[0] ?? '', /^There is no version in force/);
  assert.deepEqual(lines.slice(1), describeVersion(before));
});

test('what is the same takes a line each, and empty lists are left out', () => {
  const after = testVersion({ createdAt: '2026-11-25T12:00:00.000Z' });
  assert.deepEqual(describeVersionDiff(before, after), [
    `Version ${versionHash(after)} compared with ${versionHash(before)}:`,
    'The objective is the same: at most 2 % of quality lost, with a certainty of 90 %.',
    'The tiers are the same: small (small-model) → large (large-model).',
    'It is equally strict: one more acceptable answer is worth $0.000400 (policy 1 of 1, was 1 of 1).',
    'It promises the same, on the same number of labels:',
    `  ${TEST_CERTIFICATE.sentence}`,
    '  at most 0.02, wrong at most 0.1 of the time; exact test on 1000 labels, p-value 0.031; before: at most 0.02, wrong at most 0.1 of the time; exact test on 1000 labels, p-value 0.031',
  ]);
});

test('another objective, tier or price of quality is described in words before figures', () => {
  saysOf(
    withRule({ objective: { budgetUsdPerRequest: 0.01 } }),
    /^The objective changed from 'at most 2 % .* to '\$0\.01 a request /,
  );
  saysOf(
    testVersion({
      tiers: [
        { name: 'small', model: 'newer' },
        { name: 'large', model: 'large-model' },
      ],
    }),
    /^The tiers changed from small \(small-model\) → large .* to small \(newer\)/,
  );
  const [point] = before.rule.path;
  assert.ok(point !== undefined);
  saysOf(
    withRule({ path: [{ ...point, priceOfQuality: 800_000 }] }),
    /^It is stricter: .*\$0\.000800, up from \$0\.000400/,
  );
  saysOf(withRule({ path: [{ ...point, priceOfQuality: 1_000 }] }), /^It is less strict: .* down from /);
});

test('certificates are compared by promise, labels and p-value', () => {
  saysOf(
    testVersion({ certificate: { ...TEST_CERTIFICATE, rows: 1_400, pValue: 0.01 } }),
    /^It promises the same, on more labels/,
  );
  saysOf(
    testVersion({ certificate: { ...TEST_CERTIFICATE, limit: 0.05 } }),
    /^It promises something else, on the same number/,
  );
  const crossFitted = testVersion({ certificate: { ...TEST_CERTIFICATE, test: 'cross-fitted pairs' } });
  saysOf(crossFitted, /^It promises the same, but only in the limit of many labels, on the same number/);
  saysOf(crossFitted, /; cross-fitted pairs test on 1000 labels, p-value 0\.031/);
  assert.match(
    describeVersionDiff(crossFitted, before).join('\n'),
    /It promises the same, and not only in the limit of many labels, on the same number/,
  );
  const { certificate: _, ...uncertified } = testVersion();
  saysOf(uncertified, /^It is not certified; the other version is\.$/);
  assert.match(
    describeVersionDiff(uncertified, before).join('\n'),
    /It is certified; the other version is not/,
  );
});

test('figures, costs and coefficients that changed are listed, the largest change first', () => {
  const answered = before.confidenceModel.tiers?.['small']?.answered;
  assert.ok(answered !== undefined);
  const after = testVersion({
    evidence: { relativeCost: 0.4, loss: 0.009, test: { auroc: 0.8 } },
    rule: {
      ...before.rule,
      askCost: {
        small: { groups: { maths: 5 }, elsewhere: 1_100 },
        large: { groups: {}, elsewhere: 300_000 },
      },
    },
    confidenceModel: {
      ...before.confidenceModel,
      tiers: { small: { answered: { ...answered, acceptable: { shared: [4.5, 1], groups: {} } } } },
    },
  });
  const diff = diffVersions(before, after);
  assert.deepEqual(diff.evidence, [
    { name: 'relativeCost', before: 0.5, after: 0.4 },
    { name: 'test.auroc', after: 0.8 },
    { name: 'rows', before: 1_000 },
  ]);
  assert.deepEqual(
    diff.costs.map(({ name }) => name),
    ['asking small, group maths', 'asking large, elsewhere', 'asking small, elsewhere'],
  );
  assert.deepEqual(diff.coefficients, [
    {
      state: 'small',
      predicts: 'acceptable',
      changes: [
        { name: 'meanLogprob (identity)', before: 4, after: 1 },
        { name: 'intercept', before: 4, after: 4.5 },
      ],
    },
  ]);
  const text = describeVersionDiff(before, after).join('\n');
  assert.match(
    text,
    /Figures of its evidence:\n {2}relativeCost: 0\.4, was 0\.5\n {2}test\.auroc: 0\.8, new\n {2}rows: removed, was 1000/,
  );
  assert.match(
    text,
    /Costs that changed most:\n {2}asking small, group maths: \$\S+, new\n {2}asking large, elsewhere: \$0\.000300, was \$0\.000100/,
  );
  assert.match(
    text,
    /Coefficients that changed most:\n {2}meanLogprob \(identity\) in the confidence in small's answer: 1, was 4\n/,
  );
});

test('the price between two points is the mean weighted by how often each is taken', () => {
  const [point] = before.rule.path;
  assert.ok(point !== undefined);
  const path = [400_000, 200_000].map((priceOfQuality) => ({ ...point, priceOfQuality }));
  const after = withRule({ path, place: 0.25, furthest: 1 });
  assert.equal(diffVersions(before, after).priceOfQuality.after, 350_000);
  assert.equal(diffVersions(before, withRule({ path, place: 1, furthest: 0 })).priceOfQuality.after, 400_000);
});

test('long lists are cut, and say how many lines are missing', () => {
  const evidence = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`figure${index}`, index]));
  assert.ok(describeVersionDiff(before, testVersion({ evidence })).includes('  and 11 more'));
});
