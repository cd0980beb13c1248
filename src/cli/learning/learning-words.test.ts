import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStatus } from './learning-words.ts';

type Status = Parameters<typeof describeStatus>[0];

const saving = {
  share: 0.3,
  interval: { lower: 0.25, upper: 0.35 },
  requests: 100,
  few: false,
  leftOut: 0,
  servingUsd: 0.6,
  auditsUsd: 0.1,
  judgesUsd: 0,
  baselineUsd: 1,
  baselineAssumed: 60,
};

function words(changes: Partial<Status>): string {
  return describeStatus({
    route: 'auto',
    tiers: ['small', 'large'],
    promise: { maxQualityLoss: 0.02, certainty: 0.9 },
    labels: { complete: 20, certifying: 20 },
    tests: [],
    alarms: [],
    steps: [],
    estimates: { requests: 100, audits: 20, labels: {} },
    ...changes,
  }).join('\n');
}

const waiting = (inDays?: number): string =>
  words({ next: { what: 'fit', have: 20, needed: 80, ...(inDays === undefined ? {} : { inDays }) } });

test('the wait for labels is given in hours, from two days on in days, and not at all if it is not known', () => {
  assert.match(waiting(0.5 / 24), /needs 60 more; at this rate within an hour\.$/m);
  assert.match(waiting(5.2 / 24), /; at this rate in about 6 hours\.$/m);
  assert.match(waiting(1.9), /; at this rate in about 46 hours\.$/m);
  assert.match(waiting(2.1), /; at this rate in about 3 days\.$/m);
  assert.match(waiting(), /; too few verdicts came lately to say when\.$/m);
  assert.match(
    words({ next: { what: 'test', have: 90, needed: 80, inDays: 0 } }),
    /It has 90 and needs 0 more\.$/m,
  );
});

test('one of a thing is written in the singular', () => {
  assert.match(
    words({
      labels: { complete: 1, certifying: 1 },
      next: { what: 'fit', have: 1, needed: 2, inDays: 3 },
    }),
    /Labels: 1 audit with .*\n +Next: the next fit, after 2 audits\. It has 1 and needs 1 more; /,
  );
});

test('it says why a route cannot learn, and why audits are no labels', () => {
  assert.match(
    words({ problem: 'Small has no price.' }),
    /^ {2}This route cannot learn now: Small has no price\.$/m,
  );
  const audits = { judged: 20, unjudged: 7, noVerdict: 2, incomplete: 1, whyNoVerdict: 'It is away.' };
  assert.match(
    words({ audits }),
    /^ {2}Audits of the last seven days: 30\. Some teach nothing: 7 were never judged, 2 got no verdict, 1 is incomplete\.\n {2}The newest audit without a verdict says: It is away\.$/m,
  );
  assert.match(
    words({
      audits: { judged: 2, unjudged: 0, noVerdict: 0, incomplete: 3, whyIncomplete: 'large failed.' },
    }),
    /: 5\. Some teach nothing: 3 are incomplete\.\n {2}The newest incomplete audit says: large failed\.$/m,
  );
  assert.doesNotMatch(
    words({ audits: { judged: 2, unjudged: 0, noVerdict: 0, incomplete: 0 } }),
    /last seven days/,
  );
  assert.doesNotMatch(words({}), /learn|teach|judged/);
});

test('it says what share of the due audits counts as lost and why, and since when nothing is certified for it', () => {
  const due = {
    due: 200,
    unjudged: { verdict: 7, answer: 3 },
    awaited: 0,
    most: 0.01,
    problem: 'It is away.',
  };
  assert.match(
    words({ due }),
    /^ {2}Due audits of the last seven days: 200\. 5\.0 % of them count as lost \(7 got no verdict, 3 lack a tier's answer or were dropped\); with more than 1 % nothing is certified\. The newest says: It is away\.$/m,
  );
  const uncertified = { since: '2026-11-05T09:30:00.000Z', why: '5 of the last 5 got none' };
  assert.match(
    words({ due: { ...due, uncertified } }),
    /^ {2}Nothing is certified since 2026-11-05 09:30: 5 of the last 5 got none\. The alarm says what to mend\.$/m,
  );
  assert.doesNotMatch(words({ due: { ...due, unjudged: {} } }), /Due audits/);
  const lapsed = { version: 'abc', since: uncertified.since, why: 'It is away.', isForNow: true as const };
  assert.match(
    words({ lapsed }),
    /Version abc waits for your approval, but its certificate does not hold now: it lapsed /,
  );
});

test('it says how many due requests were not audited, and why, if they are more than a few', () => {
  assert.match(
    words({ dropped: { due: 200, dropped: 100, overBudget: 90 } }),
    /^ {2}About 50\.0 % of the recent requests that were due for an audit were not audited: 45\.0 % because their tenant's daily budget .* was spent: a certificate says nothing of these; 5\.0 % because too many waited, .*: these count as lost \(.*\)\.$/m,
  );
  assert.doesNotMatch(words({ dropped: { due: 200, dropped: 100, overBudget: 100 } }), /count as lost/);
  assert.doesNotMatch(words({ dropped: { due: 200, dropped: 100, overBudget: 0 } }), /budget/);
  assert.doesNotMatch(words({ dropped: { due: 200, dropped: 9, overBudget: 9 } }), /not audited/);
});

test('it says how many controls the judge called good, and adds the warning if there is one', () => {
  const said = words({ controls: { asked: 12, good: 9, warning: 'The judge is no good.' } });
  assert.match(
    said,
    /^ {2}The judge called 9 of 12 answers good that are certainly wrong\.\n {2}The judge is no good\.$/m,
  );
  assert.match(
    words({ controls: { asked: 1, good: 0 } }),
    /called 0 of 1 answer good that is certainly wrong\.$/m,
  );
  assert.doesNotMatch(words({}), /certainly wrong/);
});

test('a saving of few requests says so, shows no interval that cannot be, and what it does not count', () => {
  const said = (of: object): string =>
    words({ estimates: { requests: 3, audits: 0, labels: {}, saving: { ...saving, ...of } } });
  const { interval: _, ...open } = saving;
  const few = words({
    estimates: { requests: 3, audits: 0, labels: {}, saving: { ...open, requests: 3, few: true } },
  });
  assert.match(few, /saved {9}30\.0 % of what always asking large costs, .* over only 3 requests/);
  assert.match(few, /too few, or their costs too different, for an interval/);
  assert.match(
    said({ narrowed: { requests: 2, share: 0.9 } }),
    /not in it: 2 requests that headers kept from some tiers, saving 90\.0 %/,
  );
  assert.match(said({ baselineLeastUsd: 0.4 }), /may have cost only 40\.0 % of that/);
  assert.doesNotMatch(said({}), /only|narrow|headers|undefined|NaN/);
});

test('a saving says where the last tier’s costs come from', () => {
  const said = (of: typeof saving & { baselineAudits?: number }): string =>
    words({ estimates: { requests: 100, audits: 20, labels: {}, saving: of } });
  assert.match(
    said(saving),
    /where large did not serve \(60 requests\), its cost is its price for the served answer's tokens$/m,
  );
  assert.match(
    said({ ...saving, baselineAudits: 25 }),
    /where large did not serve \(60 requests\), its cost is estimated from 25 audits$/m,
  );
  assert.doesNotMatch(said(saving), /left out|undefined|NaN/);
  assert.doesNotMatch(said({ ...saving, baselineAssumed: 0 }), /did not serve/);
  assert.match(
    said({ ...saving, baselineAssumed: 1, leftOut: 1, requests: 1 }),
    /over 1 request\n.*\(1 request\), .*\n +1 request left out: cost not known$/m,
  );
});

test('a version that waits for approval when a change comes can no longer be approved', () => {
  const lapsed = { version: 'abc', since: '2026-11-05T09:30:00.000Z', why: 'The judge is another one.' };
  assert.match(
    words({ lapsed }),
    /Version abc can no longer be approved: its certificate lapsed 2026-11-05 09:30 \(The judge is another one\)\./,
  );
  assert.match(words({ proposed: 'abc' }), /`npm run -s weir -- versions promote abc`/);
});

test('a version in force whose certificate has lapsed is called not certified, with the time and the reason', () => {
  const lapsed = { since: '2026-11-05T09:30:00.000Z', why: 'The judge is another one.' };
  assert.match(
    words({ inForce: { version: 'abc', certified: false, lapsed } }),
    /Version abc is in force: not certified; its certificate lapsed 2026-11-05 09:30 \(The judge is another one\)\.$/m,
  );
  assert.match(words({ inForce: { version: 'abc', certified: false } }), /is in force: not certified\.$/m);
});

test('a promoted version that does not apply is not called in force, and what decides instead is named', () => {
  const inForce = {
    version: 'abc',
    certified: false,
    obstacle: 'version abc was made for another objective',
  };
  const said = words({ inForce });
  assert.match(
    said,
    /Version abc was promoted but does not apply: version abc was made for another objective\. So large answers everything\.$/m,
  );
  assert.doesNotMatch(said, /in force/);
  assert.match(
    words({ inForce, byHand: 'thresholds' }),
    /So thresholds set by hand decide, not certified\.$/m,
  );
});

test('it says which audits do not count, and what helps if a test takes too long', () => {
  const said = words({ next: { what: 'test', have: 2, needed: 330, repeated: 60, hint: 'Do this.' } });
  assert.match(said, /Certification audits since then that do not count, because .*: 60\.$/m);
  assert.match(said, /^ {2}Do this\.$/m);
});

test('it says what decides without a version, and that a rule set by hand is not certified', () => {
  assert.match(words({}), /No version is in force: large answers everything\.$/m);
  assert.match(words({ byHand: 'thresholds' }), /in force: thresholds set by hand decide, not certified\.$/m);
  assert.match(
    words({ byHand: 'heuristic' }),
    /in force: a fixed rule of the configuration decides, not certified\.$/m,
  );
});

test('the step that an alarm caused stands above it, with its version', () => {
  const at = '2026-11-05T09:30:00.000Z';
  const lines = words({
    tests: [{ kind: 'tested', at: '2026-11-04T09:30:00.000Z', message: 'Attempt 1.' }],
    alarms: [{ kind: 'alarm', at, message: 'It fell.' }],
    steps: [
      { kind: 'rolled-back', at, message: 'The last tier answers.' },
      { kind: 'promoted', at: '2026-11-04T09:30:00.000Z', message: 'It serves.', version: 'abc' },
    ],
  }).split('\n');
  assert.deepEqual(lines.slice(-5, -1), [
    '  Rolled back 2026-11-05 09:30: The last tier answers.',
    '  Alarm 2026-11-05 09:30: It fell.',
    '  Promoted 2026-11-04 09:30: It serves. (version abc)',
    '  Test 2026-11-04 09:30: Attempt 1.',
  ]);
});
