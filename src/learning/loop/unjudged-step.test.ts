import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditedRow } from './audited-row.ts';
import { certifyingRows, rowOrLost } from './interim-test.ts';
import { LOST } from './measure-version.ts';
import { createTestRoute, testAudits, testSettings, testTable } from './testing.ts';

// Of this seed no detector rings by chance.
const table = testTable({ rows: 2_000, seed: 10 });
const settings = testSettings({ judge: { model: 'umpire', prompt: '' } });

/** These audits, of which some got no verdict. */
function judged(rows: readonly AuditedRow[], isUnjudged: (index: number) => boolean): AuditedRow[] {
  return rows.map((row, index) =>
    isUnjudged(index) ? { ...row, row: LOST, lacks: 'verdict', problem: 'The judge failed.' } : row,
  );
}

test('when the judge dies after a version was certified, an alarm names it, and no certificate holds until it is mended', () => {
  const route = createTestRoute(table, settings);
  route.audit(testAudits(700));
  const inForce = route.inForce();
  assert.ok(inForce !== undefined && route.state().epoch.certified);
  const { wealth } = route.state().epoch;
  const done = route.events.length;
  route.audit(judged(testAudits(720).slice(700), () => true));
  const alarms = route.events.slice(done);
  assert.deepEqual(
    alarms.map(({ kind }) => kind),
    ['alarm'],
  );
  assert.match(
    alarms[0]?.message ?? '',
    /^\d of the last \d+ due audits got no verdict from the judge 'umpire', .*no certificate holds .*Mend the judge 'umpire': .* The newest of them says: The judge failed\.$/,
  );
  const { since } = route.state().unjudged;
  assert.ok(since !== undefined && Number(alarms[0]?.details['audits']) <= 5);
  assert.equal(route.inForce(), inForce, 'it serves on, not certified');
  assert.equal(route.state().candidate, undefined);
  assert.ok(route.state().epoch.wealth.attempts >= wealth.attempts);
  route.audit(testAudits(770).slice(720));
  assert.ok(route.state().unjudged.since !== undefined, 'not before enough of them got verdicts');
  route.audit(testAudits(781).slice(770));
  assert.equal(route.state().unjudged.since, undefined);
  assert.equal(route.kinds().filter((kind) => kind === 'recovered').length, 1);
  assert.ok(route.kinds().slice(done).includes('candidate'), 'another candidate is frozen at once');
});

test('giving up a candidate that audits were to test spends the level of its next test', () => {
  const route = createTestRoute(table, settings);
  route.audit(testAudits(225));
  const { candidate, epoch } = route.state();
  assert.ok((candidate?.looks.length ?? 0) > 0 && epoch.wealth.attempts === 0);
  route.audit(judged(testAudits(240).slice(225), () => true));
  assert.equal(route.state().candidate, undefined);
  assert.deepEqual(route.state().epoch.wealth, { attempts: 1, carried: 0 });
  route.audit(judged(testAudits(260).slice(240), () => true));
  assert.equal(route.state().epoch.wealth.attempts, 1, 'once');
});

test('while the judge fails, losses in what it judges still roll back', () => {
  const losing = testTable({ rows: 2_000, seed: 10 });
  losing.answers[0]?.score.fill(0, 720);
  losing.answers[1]?.score.fill(1, 720);
  const route = createTestRoute(losing, settings);
  route.audit(testAudits(700));
  route.audit(judged(testAudits(720).slice(700), () => true));
  const done = route.events.length;
  route.audit(judged(testAudits(900).slice(720), (index) => index % 3 === 0));
  assert.ok(route.kinds().slice(done).includes('rolled-back'), route.kinds().join());
});

test('of a conversation one audit counts, drawn from all of them whether they have verdicts or not', () => {
  const turns = 4;
  const rows = testAudits(400).map((row, index): AuditedRow => ({
    ...row,
    cluster: `conversation ${Math.floor(index / turns)}`,
  }));
  const counted = certifyingRows(rows, 0);
  assert.equal(counted.length, 100);
  const ofTurn = Array.from(
    { length: turns },
    (_, turn) => counted.filter(({ row }) => row % turns === turn).length,
  );
  assert.ok(
    ofTurn.every((count) => count > 10),
    ofTurn.join(),
  );
  const without = judged(rows, (index) => index % 3 > 0);
  assert.deepEqual(
    certifyingRows(without, 0).map(({ number }) => number),
    counted.map(({ number }) => number),
    'verdicts decide nothing about it',
  );
  assert.ok(certifyingRows(without, 0).map(rowOrLost).includes(LOST));
});

test('a conversation that was seen before the freeze does not count, and later ones are not waited for', () => {
  const one = testAudits(4, { cluster: 'one' });
  assert.deepEqual(certifyingRows(one, 1), []);
  const two = [...one, ...testAudits(8, { cluster: 'two' }).slice(4)];
  const numbers = (most?: number): number[] => certifyingRows(two, 0, most).map(({ number }) => number);
  assert.deepEqual(numbers(1), [1], 'what came up to the first audit of the last conversation');
  assert.equal(numbers().length, 2);
  assert.deepEqual(numbers(2), [numbers()[0], 5]);
});
