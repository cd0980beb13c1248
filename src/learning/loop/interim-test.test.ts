import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freezeCandidate } from './freeze.ts';
import { certifyingRows, runInterimTest } from './interim-test.ts';
import { startLoop } from './loop.ts';
import { newEpoch } from './steps.ts';
import { testAudits, testHistory, testSettings, testTable } from './testing.ts';

const FROZEN_AFTER = 300;

/** A path that was frozen after 300 audits, tested boldly on the 400 after them, on which the small model loses so much. */
function tested(lossAt: (row: number) => number, audits = testAudits(700)) {
  const table = testTable({ rows: 700 });
  const [small, large] = table.answers;
  for (let row = FROZEN_AFTER; row < 700; row++) {
    small?.score.fill(0.5 - lossAt(row), row, row + 1);
    large?.score.fill(0.5, row, row + 1);
  }
  const settings = testSettings();
  const frozen = freezeCandidate(
    settings,
    startLoop(0),
    undefined,
    testHistory(table, audits.slice(0, FROZEN_AFTER)),
  );
  const candidate = { ...frozen.candidate, looks: [{ rows: 400 }] };
  const later = certifyingRows(audits, candidate.after);
  return runInterimTest(
    settings,
    candidate,
    frozen.version,
    newEpoch('', { nowMs: 0, upTo: 0 }),
    testHistory(table, audits),
    later,
  );
}

test('graded verdicts certify, by betting', () => {
  const { certified, rows } = tested(() => 0);
  assert.equal(rows, 400);
  assert.equal(certified?.version.certificate?.test, 'betting');
  assert.equal(certified.figures.loss, 0);
});

test('the version has the figures with their intervals, and the result those of the first policy that failed', () => {
  const { certified, failed } = tested(() => 0);
  assert.equal(failed, undefined);
  const { evidence } = certified?.version ?? {};
  assert.deepEqual(
    [evidence?.['loss'], evidence?.['lossInterval'], evidence?.['certifyRows']],
    [0, certified?.figures.lossInterval, 400],
  );
  const { lower = NaN, upper = NaN } = certified?.figures.relativeCostInterval ?? {};
  assert.ok(lower < (certified?.figures.relativeCost ?? NaN) && upper < 1, `${lower} … ${upper}`);
  const bad = tested(() => 0.5);
  assert.ok((bad.failed?.loss ?? 0) > 0.05 && bad.failed?.lossInterval !== undefined, `${bad.failed?.loss}`);
});

test('good results at first and bad ones later are no proof: graded losses are bet on in random order', () => {
  const { certified } = tested((row) => (row < 500 ? 0 : 0.5));
  assert.ok(certified === undefined || certified.figures.loss <= 0.1, `${certified?.figures.loss} lost`);
});

test('gains on some requests certify no loss on others, and the figures tell of both', () => {
  const { complete, failed } = tested((row) => (row % 20 < 10 ? 0.5 : -0.5));
  assert.equal(complete, false);
  assert.ok((failed?.loss ?? NaN) < 0.05, `${failed?.loss}: as many gained as lost`);
  assert.equal(tested((row) => (row % 20 < 1 ? 0.5 : -0.5)).complete, true);
});

test('the certificate says that one of each conversation was counted if others were left aside', () => {
  const sentence = (audits: ReturnType<typeof testAudits>) =>
    tested(() => 0, audits).certified?.version.certificate?.sentence ?? '';
  assert.match(sentence(testAudits(700)), /, 400 rows\], /);
  const inPairs = testAudits(700).map((audit) => ({ ...audit, cluster: Math.floor(audit.row / 2) }));
  assert.match(sentence(inPairs), /, 200 rows, one of each prompt or conversation\], /);
  const onlyLearned = inPairs.map((audit) => ({ ...audit, certifies: audit.row % 2 === 0 }));
  assert.match(sentence(onlyLearned), /, 200 rows\], /, 'what never certifies was not left aside');
});
