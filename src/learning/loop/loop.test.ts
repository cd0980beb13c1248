import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionHash, versionSchema, type Version } from '../../routing/version.ts';
import { freezeCandidate } from './freeze.ts';
import { WEIGHTY_ROWS } from './row-weights.ts';
import type { AuditedRow } from './audited-row.ts';
import type { LoopState } from './state.ts';
import { certifyingRows, observeAudit, startLoop, fitOrTest, type LoopStep } from './loop.ts';
import { createTestRoute, testAudits, testHistory, testSettings, testTable } from './testing.ts';

// Of this seed no detector rings by chance.
const table = testTable({ rows: 2_000, seed: 10 });

test('from nothing to a certified policy that saves: fitted, frozen, tested on later audits, put in force', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(199));
  assert.deepEqual(route.events, [], 'too little to fit on');
  route.audit(testAudits(1_000).slice(199));
  const version = route.inForce();
  assert.ok(version !== undefined, route.kinds().join());
  assert.deepEqual(versionSchema.parse(version), version);
  const { certificate, evidence } = version;
  assert.equal(certificate?.limit, 0.1);
  assert.ok((certificate?.pValue ?? 1) <= 0.1);
  assert.ok(Number(evidence['relativeCost']) < 0.9, JSON.stringify(evidence));
  assert.equal(route.state().inForce?.hash, versionHash(version));
  assert.equal(route.kinds()[0], 'candidate');
  assert.ok(route.kinds().includes('promoted'));
  assert.equal(route.state().auditing, 'usual', 'once a bold test was made');
});

test('the same audits give the same steps, even if the state is written and read between them', () => {
  const once = createTestRoute(table);
  once.audit(testAudits(600));
  const again = createTestRoute(
    table,
    testSettings(),
    (state) => JSON.parse(JSON.stringify(state)) as LoopState,
  );
  again.audit(testAudits(600));
  assert.deepEqual(again.events, once.events);
});

test('audits that were drawn for learning only certify nothing, however many there are', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(1_200, { certifies: false }));
  assert.ok(!route.kinds().includes('tested'), route.kinds().join());
  assert.ok(route.kinds().includes('candidate'));
});

test('a candidate is tested only on requests that came after it was frozen, one of each conversation', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(300));
  assert.ok(route.state().candidate !== undefined);
  const late = testAudits(2_000).slice(300);
  const testsOf = (changes: Partial<AuditedRow>): number => {
    const other = createTestRoute(table);
    other.audit(testAudits(300));
    const before = other.kinds().filter((kind) => kind === 'tested').length;
    other.audit(late.map((row) => ({ ...row, ...changes })));
    return other.kinds().filter((kind) => kind === 'tested').length - before;
  };
  assert.equal(testsOf({ cluster: 'one conversation' }), 0);
  assert.ok(testsOf({}) > 0);
  assert.ok(testsOf({ atMs: 0 }) > 0, 'whatever a clock said: audits are ordered by their numbers');
});

test('a candidate whose test gets too few conversations is tested on fewer after a month, once', () => {
  const days = 86_400_000;
  const least = 100;
  const route = createTestRoute(table, testSettings(), (state) =>
    state.candidate === undefined
      ? state
      : { ...state, candidate: { ...state.candidate, looks: [{ rows: 330, least }] } },
  );
  route.audit(testAudits(200));
  const candidate = route.state().candidate;
  assert.ok(candidate !== undefined);
  // So many have come on the thirtieth day.
  const late = testAudits(1_000)
    .slice(200)
    .map((row, index) => ({
      ...row,
      atMs: candidate.frozenAtMs + (index + 1) * ((30 * days) / (least + 9)),
    }));
  const testsOf = (count: number): number => {
    route.audit(late.splice(0, count));
    return route.events.filter(({ kind }) => kind === 'tested').length;
  };
  assert.equal(testsOf(least + 8), 0, 'the rest is waited for');
  assert.equal(testsOf(1), 1);
});

test('a row that was fitted on never tests, even if a clock that went back says that it came later', () => {
  const route = createTestRoute(table);
  // They came an hour ahead of a clock that was set right before the fit.
  const early = testAudits(300).map((row) => ({ ...row, atMs: row.atMs + 3_600_000 }));
  route.rows.push(...early);
  const knowledge = { ...testHistory(table, route.rows), nowMs: 300_000 };
  const { state } = fitOrTest(testSettings(), startLoop(0), {}, knowledge);
  assert.ok(state.candidate !== undefined);
  assert.deepEqual(certifyingRows(route.rows, state.candidate.after), []);
});

/** Many audits, of which the newest alone are held. */
function manyAudits(count: number, held: number): AuditedRow[] {
  return testAudits(count).map((row, index) => ({ ...row, row: Math.max(-1, index - (count - held)) }));
}

test('audits that are too old to be held are counted: the next candidate comes as soon as there are twice as many as the tested one was fitted on', () => {
  const candidate = { hash: 'abc', frozenAtMs: 0, after: 0, fitRows: 2_520, looks: [], taken: 0 };
  const { version } = freezeCandidate(
    testSettings(),
    startLoop(0),
    undefined,
    testHistory(table, testAudits(100)),
  );
  const kindsOf = (rows: AuditedRow[]) =>
    fitOrTest(
      testSettings(),
      { ...startLoop(0), epoch: { ...startLoop(0).epoch, boldFitRows: 2_520 }, candidate },
      { candidate: version },
      testHistory(table, rows),
    ).events.map(({ kind }) => kind);
  assert.deepEqual(kindsOf(manyAudits(5_039, 500)), []);
  assert.deepEqual(kindsOf(manyAudits(5_040, 500)), ['candidate']);
});

test('a fit leaves out rows without weight, and its bold test waits for no more rows than the table holds', () => {
  const rows = manyAudits(9_000, 500);
  const { candidate, version } = freezeCandidate(
    testSettings(),
    startLoop(0),
    undefined,
    testHistory(table, rows),
  );
  assert.equal(candidate.fitRows, 9_000, 'what is compared with those to come');
  assert.equal(version.evidence['fitRows'], 500);
  assert.equal(candidate.looks.at(-1)?.rows, Math.round(WEIGHTY_ROWS / 2));
});

test('an audit that is too old to be held neither certifies nor alarms', () => {
  const rows = manyAudits(10, 4);
  assert.deepEqual(
    certifyingRows(rows, 0).map(({ row }) => row),
    [0, 1, 2, 3],
  );
  const old = testHistory(table, rows.slice(0, 3));
  const state: LoopState = { ...startLoop(0), inForce: { hash: 'abc', sinceMs: 0, after: 0 } };
  const { version } = freezeCandidate(testSettings(), state, undefined, testHistory(table, testAudits(100)));
  assert.deepEqual(observeAudit(testSettings(), state, version, rows[2] ?? assert.fail(), old).state, state);
});

test('if the small model adds nothing, the last tier still serves and nothing false is certified', () => {
  const hopeless = testTable({
    rows: 1_500,
    tiers: [
      { name: 'small', ability: -4, costUsd: 1e-4 },
      { name: 'large', ability: 3, costUsd: 2e-3 },
    ],
  });
  const route = createTestRoute(
    hopeless,
    testSettings({ objective: { maxQualityLoss: 0.02, certainty: 0.9 } }),
  );
  route.audit(testAudits(1_500));
  assert.equal(route.inForce(), undefined, route.events.at(-1)?.message);
  assert.ok(!route.kinds().includes('promoted'));
});

test('if an operator must approve, a certified version waits', () => {
  const route = createTestRoute(table, testSettings({ promote: 'approve' }));
  for (const audit of testAudits(800)) if (!route.kinds().includes('proposed')) route.audit([audit]);
  assert.equal(route.inForce(), undefined);
  const proposed = route.events.find(({ kind }) => kind === 'proposed');
  assert.ok(proposed?.version !== undefined);
  assert.match(
    proposed.message,
    new RegExp(
      `npm run -s weir -- versions promote ${proposed.version}\\\`\\. On the \\d+ audits that certified it, it cost .* … .*lost .* … .*\\. The cost of audits is not included\\.$`,
    ),
  );
  const tested = route.events.find(({ kind }) => kind === 'tested');
  assert.match(tested?.message ?? '', /^Test 1, on \d+ audits: /);
  const { candidate } = route.state();
  assert.equal(route.kept.get(proposed.version)?.evidence['candidate'], candidate?.hash);
  route.obey(proposed.version);
  assert.equal(route.state().inForce?.hash, proposed.version);
  assert.deepEqual(route.state().candidate, candidate, 'its own further tests go on');
  route.obey('of an operator');
  assert.equal(route.state().candidate, undefined, 'what waited to be tested was to replace another');
});

test('requests alarm only while a version is in force', () => {
  const route = createTestRoute(table);
  for (let index = 0; index < 3_000; index++)
    route.request({ accepted: index > 1_500, confidence: index > 1_500 ? 0.99 : 0.01, atMs: index });
  assert.deepEqual(route.events, []);
});

/** A route with a version in force, and requests until an alarm of what they show. */
function changedTraffic() {
  const route = createTestRoute(table);
  route.audit(testAudits(1_000));
  const [place, price] = [route.inForce()?.rule.place ?? 0, priceOf(route.inForce())];
  const from = 1_000_000;
  for (let index = 0; index < 3_000 && !route.kinds().includes('alarm'); index++)
    route.request({
      accepted: index < 600 ? index % 4 > 0 : index % 4 === 0,
      confidence: 0.8,
      atMs: from + index,
    });
  return { route, place, price };
}

const priceOf = (version: Version | undefined): number =>
  version?.rule.path[version.rule.place]?.priceOfQuality ?? NaN;

test('when requests show that traffic has changed: a stricter certified policy, more audits, and certificates are earned again', () => {
  const { route, price } = changedTraffic();
  assert.deepEqual(route.kinds().slice(-2), ['alarm', 'moved']);
  const rang = route.events.findLast(({ kind }) => kind === 'alarm');
  assert.match(rang?.message ?? '', /Certificates must be earned again, on more audits than usual\.$/);
  assert.equal(route.state().auditing, 'raised');
  assert.equal(route.state().candidate, undefined);
  assert.equal(route.state().epoch.certified, false);
  assert.deepEqual(route.state().epoch.wealth, { attempts: 0, carried: 0 });
  assert.ok(priceOf(route.inForce()) >= 2 * price);
  assert.ok(route.inForce()?.certificate !== undefined);
  assert.notEqual(route.state().inForce?.hash, undefined);
});

test('when audits show losses, the version in force is rolled back until another policy is certified', () => {
  const changed = testTable({
    rows: 4_000,
    tiers: [
      { name: 'small', ability: 1.2, costUsd: 1e-4 },
      { name: 'large', ability: 2.4, costUsd: 2e-3 },
    ],
  });
  // From row 2,000 on the small model is always wrong, and as sure of itself as before.
  changed.answers[0]?.score.fill(0, 2_000);
  changed.answers[1]?.score.fill(1, 2_000);
  const route = createTestRoute(changed);
  const audits = testAudits(4_000);
  route.audit(audits.slice(0, 1_000));
  assert.ok(route.inForce() !== undefined);
  const done = route.events.length;
  route.audit(audits.slice(2_000, 2_120));
  const since = route.events.slice(done).map(({ kind }) => kind);
  const alarm = since.indexOf('alarm');
  assert.deepEqual(since.slice(alarm, alarm + 2), ['alarm', 'rolled-back'], since.join());
  assert.equal(route.inForce(), undefined, 'every policy that saves loses');
  assert.equal(route.state().auditing, 'raised');
  route.audit(audits.slice(2_120, 2_900));
  assert.equal(route.inForce(), undefined, 'nothing false is certified of the new model');
});

test('while nothing is certified since a change, a proof of too much loss rolls back but begins no other epoch', () => {
  const losing = testTable({ rows: 2_000, seed: 10 });
  // A request that the policy in force leaves with the small model, whose answer is worthless.
  losing.answers[0]?.score.fill(0, 1_000);
  losing.answers[1]?.score.fill(1, 1_000);
  const route = createTestRoute(losing);
  route.audit(testAudits(1_000));
  const [inForce, state] = [route.inForce(), route.state()];
  assert.ok(inForce !== undefined && state.inForce !== undefined);
  const known = testHistory(losing, testAudits(2_000));
  const lost = known.rows.findIndex(
    ({ row }) => row >= 1_000 && (known.measure(inForce, [row], inForce.rule.place).losses[0] ?? 0) > 0,
  );
  const step = (certified: boolean): LoopStep =>
    observeAudit(
      testSettings(),
      {
        ...state,
        epoch: { ...state.epoch, certified },
        inForce: { hash: versionHash(inForce), sinceMs: 0, after: 0, lossRate: 0.9 },
        watch: { ...state.watch, audits: { ...state.watch.audits, loss: { evidence: 999, alarm: false } } },
      },
      inForce,
      known.rows[lost] ?? assert.fail(),
      testHistory(losing, known.rows.slice(0, lost + 1)),
    );
  for (const certified of [true, false]) {
    const { events, state: after } = step(certified);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['alarm', 'rolled-back'],
    );
    assert.equal(after.epoch.beganAtMs > state.epoch.beganAtMs, certified, 'an epoch begins');
    assert.equal(after.candidate === undefined, certified, 'what was frozen goes on being tested');
  }
});

test('a model that changed begins an epoch, with a stricter policy: its audits count in full, those before a fifth', () => {
  const route = createTestRoute(table);
  route.audit(testAudits(1_000));
  const price = priceOf(route.inForce());
  route.change('model');
  assert.equal(route.state().epoch.beganAtMs, 1_000_000);
  assert.ok(priceOf(route.inForce()) >= 2 * price, 'nobody knows yet what the change did');
  const done = route.events.length;
  route.audit(testAudits(1_198).slice(1_000));
  assert.equal(route.events.length, done, 'too few of the new model to fit on');
  route.audit(testAudits(1_200).slice(1_198));
  assert.equal(route.events[done]?.kind, 'candidate');
});
